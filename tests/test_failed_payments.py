"""Failed payments: what is one case, who can mend it, and what support does about it."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from blueprints.checkout.outcomes import DECLINES
from domain.database import writing
from domain.keyset import PAGE_ROWS
from domain.purchases.case_models import CaseNote
from domain.purchases.case_rules import MOST_CARDS
from domain.purchases.failed_payments import get_case, read_outlines
from domain.purchases.models import Checkout, Purchase, PurchaseStep
from domain.purchases.rules import Failure, Step
from extensions import db
from tests.counting import MOST_QUESTIONS, watching
from tests.html import find, find_all, text_of, texts, values
from tests.page_helpers import post
from tests.purchase_rows import add_buyer, add_purchase
from tests.purchases import open_checkout, settled, snapshot

PAGE = "/purchases/failed"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)
FRAUD_WORDS = ("fraud", "stolen", "lost", "cards were tried")


def fail(
    session: Session,
    buyer: int,
    failure: str | None = "no_funds",
    ago: timedelta = HOUR,
    **more: Any,  # noqa: ANN401
) -> int:
    state = more.pop("state", "expired")
    paid_at = {"paid_at": NOW - ago} if state == "paid" else {}
    values_of_it = {"failure": failure, "created_at": NOW - ago, **paid_at, **more}
    return add_purchase(session, buyer, state, **values_of_it)


def groups(session: Session) -> dict[str, int]:
    with writing(session):
        return dict(Counter(one.who.value for one in read_outlines(session) if one.show == "open"))


def names(html: str) -> list[str]:
    return texts(html, ".failed > div > p:first-child a")


def facts(html: str) -> list[str]:
    return texts(html, ".failed p.muted")


WHO = [
    *((failure, "buyer") for failure in ("no_funds", "card_expired", "wrong_code")),
    *(("not_confirmed", "buyer"), ("declined", "bank"), ("bank_failed", "bank")),
    *(("try_later", "us"), (None, "left")),
]


@pytest.mark.parametrize(("failure", "who"), WHO)
def test_who_can_mend_it(session: Session, failure: str | None, who: str) -> None:
    """Each failure that there is has a place."""
    fail(session, add_buyer(session), failure)
    assert groups(session) == {who: 1}
    assert {failure for failure, _who in WHO if failure} == {*Failure}


def test_what_went_wrong_with_us_is_ours(session: Session) -> None:
    """Caught: what was paid with another amount, among those who left."""
    fail(session, add_buyer(session), None, state="open", hold="mismatch")
    assert groups(session) == {"us": 1}


def test_a_page_that_never_opened_is_ours(session: Session) -> None:
    """Caught: the buyer, who never saw a page to pay at, among those who left it."""
    never_sent = open_checkout(session)
    with writing(session):
        checkout = session.get_one(Checkout, never_sent.checkout_id)
        checkout.state, checkout.ref = "expired", None
        session.get_one(Purchase, never_sent.purchase_id).state = "expired"
    assert groups(session) == {"us": 1}


def test_who_may_still_pay_and_who_has_paid_are_not_there(session: Session) -> None:
    buyer = add_buyer(session)
    fail(session, buyer, None, state="open")
    fail(session, buyer, None, state="processing")
    fail(session, buyer, None, state="paid")
    fail(session, buyer, ago=31 * DAY)
    assert groups(session) == {}


def test_cards_that_are_tried_out_are_nobodys(signed_in: FlaskClient, session: Session) -> None:
    """Caught: as many declines of one card."""
    honest, tester = add_buyer(session, "Ayşe"), add_buyer(session, "T")
    for number in range(MOST_CARDS):
        fail(session, honest, "declined", card_last4="4242")
        fail(session, tester, "declined", card_last4=f"000{number}")
    assert groups(session) == {"bank": 1, "nobody": 1}
    page = signed_in.get(f"{PAGE}?who=nobody").text
    assert facts(page)[0].startswith(f"Many cards were tried · {MOST_CARDS} tries")
    assert not find_all(page, ".failed a.button")


def test_a_fraud_is_told_to_admins_and_never_to_buyers(
    signed_in: FlaskClient, session: Session
) -> None:
    """It is no failure of its own, as buyers read the words of failures."""
    started = open_checkout(session)
    seen = snapshot(session, started, "open", failure=Failure.DECLINED, is_fraud=True)
    bought = settled(session, seen)
    assert (bought.failure, bought.is_fraud) == (Failure.DECLINED, True)
    assert facts(signed_in.get(PAGE).text)[0].startswith("Bank suspects fraud")
    told = " ".join(f"{words.title} {words.text}" for words in DECLINES.values()).lower()
    assert not [word for word in FRAUD_WORDS if word in told]
    session.rollback()
    steps = session.scalars(select(PurchaseStep.data)).all()
    session.rollback()
    assert "fraud" not in str(steps)


def test_tries_of_one_buyer_for_one_package_are_one_case(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: a line for each purchase; a purchase with two declines counted once."""
    buyer, other = add_buyer(session, "Ayşe"), add_buyer(session, "Bora")
    first = fail(session, buyer, "no_funds", 5 * HOUR)
    with writing(session):
        for minutes in (1, 4):
            at = NOW - 5 * HOUR + timedelta(minutes=minutes)
            session.add(PurchaseStep(purchase_id=first, kind=Step.DECLINED, data={}, at=at))
    fail(session, buyer, "card_expired", 3 * HOUR)
    fail(session, buyer, "no_funds", 2 * HOUR, package_id=77, name="Another")
    fail(session, other, "no_funds", HOUR)
    page = signed_in.get(PAGE).text
    assert names(page) == ["Bora", "Ayşe", "Ayşe"]
    assert facts(page)[2].startswith("Card has expired · 3 tries ·")
    with writing(session):
        it = get_case(session, buyer, 1)
    assert (it.first_at, it.last_at) == (NOW - 5 * HOUR, NOW - 3 * HOUR)


def test_who_paid_afterwards_has_recovered(signed_in: FlaskClient, session: Session) -> None:
    """Caught: another package, another customer, or a payment before it failed."""
    ayse, bora = add_buyer(session, "Ayşe"), add_buyer(session, "Bora")
    fail(session, ayse, None, 6 * HOUR, state="paid")
    fail(session, ayse, ago=5 * HOUR)
    fail(session, ayse, None, 4 * HOUR, state="paid", package_id=77)
    fail(session, bora, None, 4 * HOUR, state="paid")
    assert groups(session) == {"buyer": 1}
    fail(session, ayse, None, 3 * HOUR, state="paid")
    assert groups(session) == {}
    page = signed_in.get(f"{PAGE}?show=recovered").text
    assert texts(page, ".failed .state") == ["Recovered after 2 hours"]
    fail(session, ayse, ago=HOUR)
    assert groups(session) == {"buyer": 1}


def test_what_is_done_comes_back_when_it_fails_again(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: a case that is done for good; one that is done by who has not seen the last try."""
    buyer = add_buyer(session, "Ayşe")
    seen = fail(session, buyer)
    path = f"{PAGE}/{buyer}/1"
    answer = post(signed_in, f"{path}/done", {"seen": str(seen), "next": PAGE})
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert texts(signed_in.get(PAGE).text, ".nothing h2") == ["Nothing to do"]
    page = signed_in.get(f"{PAGE}?show=done").text
    assert names(page) == ["Ayşe"]
    assert "Done by you" in text_of(find(signed_in.get(path).text, ".page-head"))
    assert post(signed_in, f"{path}/undo").location == path
    assert groups(session) == {"buyer": 1}
    post(signed_in, f"{path}/done", {"seen": str(seen)})
    later = fail(session, buyer, "declined")
    assert groups(session) == {"bank": 1}
    stale = post(signed_in, f"{path}/done", {"seen": str(seen)})
    assert "It failed once more since you looked." in signed_in.get(stale.location).text
    assert groups(session) == {"bank": 1}
    post(signed_in, f"{path}/done", {"seen": str(later)})
    post(signed_in, f"{path}/done", {"seen": str(seen)})
    assert groups(session) == {}
    other = fail(session, add_buyer(session, "B"))
    for wrong in (str(other), "", "x", "9" * 30):
        assert post(signed_in, f"{path}/done", {"seen": wrong}).status_code == 409


def test_a_note_is_kept_for_colleagues(signed_in: FlaskClient, session: Session) -> None:
    buyer = add_buyer(session, "Ayşe")
    fail(session, buyer)
    path = f"{PAGE}/{buyer}/1"
    for _ in range(2):
        answer = post(signed_in, f"{path}/notes", {"text": "  She  calls back "})
        assert answer.location == f"{path}#notes"
    assert texts(signed_in.get(PAGE).text, ".failed-note") == ["She calls back"]
    assert texts(signed_in.get(path).text, ".note") == ["She calls back"]
    session.rollback()
    assert len(session.scalars(select(CaseNote)).all()) == 1
    for text, words in (
        ("", "Enter a text."),
        ("x" * 501, "The text is too long. Use at most 500 characters."),
        ("a\u202eb", "It holds an invisible character. Type the text by hand."),
    ):
        refused = post(signed_in, f"{path}/notes", {"text": text})
        assert refused.status_code == 422
        assert texts(refused.text, ".field-error") == [words]


def test_a_case_leads_to_its_purchases_and_to_a_payment_link(
    signed_in: FlaskClient, session: Session
) -> None:
    buyer = add_buyer(session, "Ayşe")
    id = fail(session, buyer)
    path = f"{PAGE}/{buyer}/1"
    page = signed_in.get(path).text
    assert values(page, ".bought a", "href") == [f"/purchases/{id}"]
    [link] = values(page, ".page-links a[href*=payment-links]", "href")
    assert link == f"/customers/{buyer}/payment-links?package=1"
    assert values(signed_in.get(link).text, "#link-package [selected]", "value") == ["1"]
    assert PAGE in values(signed_in.get("/purchases/").text, "a", "href")
    for action in ("", "/notes", "/done", "/undo"):
        missing = f"{PAGE}/{buyer}/99{action}"
        answer = post(signed_in, missing) if action else signed_in.get(missing)
        assert answer.status_code == 404


def test_each_group_shows_some_and_leads_to_all(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a page that begins again, or leaves one out."""
    for number in range(PAGE_ROWS + 3):
        fail(session, add_buyer(session, f"B{number:02}"))
    page = signed_in.get(PAGE).text
    assert len(names(page)) == 5
    assert texts(page, ".failed-title") == ["The buyer can mend it All 53 The buyer can mend it"]
    [address] = values(page, ".failed-title a", "href")
    first = signed_in.get(address).text
    [older] = values(first, "a[rel=next]", "href")
    second = signed_in.get(older).text
    assert names(first) + names(second) == [f"B{n:02}" for n in reversed(range(PAGE_ROWS + 3))]
    [newer] = values(second, "a[rel=prev]", "href")
    assert names(signed_in.get(newer).text) == names(first)
    for odd in ("?show=x&who=y", "?below=0", "?below=99999999999999999999", "?who=bank"):
        assert signed_in.get(f"{PAGE}{odd}").status_code == 200


def test_without_any_it_says_so(signed_in: FlaskClient) -> None:
    assert texts(signed_in.get(PAGE).text, ".nothing h2") == ["Nothing to do"]
    page = signed_in.get(f"{PAGE}?show=done").text
    assert texts(page, ".nothing h2") == ["None in the last 30 days"]


def test_a_page_asks_as_often_however_many_there_are(
    app: Flask, signed_in: FlaskClient, session: Session
) -> None:
    for failure in (*Failure, None):
        for _ in range(5):
            fail(session, add_buyer(session), failure)
    with app.app_context():
        engine = db.engine
    with watching(engine) as asked:
        signed_in.get(f"{PAGE}?who=buyer")
    assert len(asked.statements) <= MOST_QUESTIONS
    with watching(engine) as asked:
        signed_in.get(PAGE)
    assert len(asked.statements) <= MOST_QUESTIONS
