"""The pages of a withdrawal: two steps, the same answers to all but the buyer, nothing lost."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from blueprints import locale
from blueprints.withdrawals.declaration import VERSION, words_in
from domain.database import writing
from domain.languages import LANGUAGES
from domain.purchases import withdrawal_limits
from domain.purchases.models import Purchase
from domain.purchases.withdrawal_models import Withdrawal
from tests.account_pages import customer_client, send_form
from tests.companies import LOTUS, save_company
from tests.conftest import only_sqlite
from tests.html import find, find_all, inputs, text_of, texts, values, without
from tests.pseudo_translation import Marked, unmarked
from tests.purchases import paid_purchase
from tests.withdrawals import (
    acknowledgements,
    buyer_of,
    count_declarations,
    email_of,
    take_in_all,
    withdrawals,
)

PAGE = "/withdraw?lang=en"
TYPED = {"name": "Ayşe  Yıldırım", "number": "p-1", "email": "Ayse@Posta.example"}
WORDS = Path(__file__).parent.parent / "templates" / "withdrawals" / "declaration"


def confirm(client: FlaskClient, **typed: str) -> TestResponse:
    return send_form(client, PAGE, **TYPED | {"act": "confirm"} | typed)


@pytest.fixture
def paid(session: Session) -> int:
    return paid_purchase(session).purchase_id


@pytest.fixture
def owner(app: Flask, engine: Engine, session: Session, paid: int) -> FlaskClient:
    return customer_client(app, engine, buyer_of(session, paid))


def test_two_steps_lead_to_an_acknowledgement(
    client: FlaskClient, session: Session, paid: int
) -> None:
    """Caught: what was typed sent at the first press."""
    page = client.get(f"{PAGE}&number=P-1")
    assert page.headers["Cache-Control"] == "private, no-store"
    assert inputs(page.text, ".card input[type=text]") == {"name": "", "number": "P-1"}
    email = email_of(session, paid)
    review = send_form(client, PAGE, **TYPED | {"email": email})
    assert review.status_code == 200
    assert texts(review.text, "blockquote") == [
        "I, Ayşe Yıldırım, withdraw from the contract with the number P-1."
    ]
    assert texts(review.text, ".facts dd") == ["Ayşe Yıldırım", "P-1", email]
    assert texts(review.text, ".shop-main button") == ["Confirm withdrawal", "Change something"]
    assert count_declarations(session) == 0
    kept = inputs(review.text, ".form-foot input")
    answer = client.post(PAGE, data=kept | {"act": "confirm"})
    assert (answer.status_code, answer.location) == (303, "/withdraw/received?lang=en")
    received = client.get(answer.location).text
    assert texts(received, "h1") == ["Your declaration was received"]
    shown = text_of(find(received, "main"))
    assert re.search(r"Received on \d+ \w+ \d{4}, \d\d:\d\d \(UTC\)\.", shown)
    take_in_all(session)
    assert [mail.recipient for mail in acknowledgements(session)] == [email]


@pytest.mark.parametrize(
    "typed",
    [
        {"email": "eve@posta.example"},
        {"number": "P-999"},
        {"number": "2026-000999"},
        {"email": "ayse@posta.example", "name": "Somebody"},
    ],
)
def test_all_get_the_same_answer(
    app: Flask, session: Session, paid: int, typed: dict[str, str]
) -> None:
    """Caught: "no such purchase"; another status for what does not fit."""
    fitting = app.test_client(), {"email": email_of(session, paid)}
    assert answers(app.test_client(), typed) == answers(*fitting)


def answers(client: FlaskClient, typed: dict[str, str]) -> list[object]:
    """Both steps and the page at the end, but for the minute."""
    review, answer = send_form(client, PAGE, **TYPED | typed), confirm(client, **typed)
    end = text_of(find(client.get(answer.location).text, "main"))
    shown = len(find_all(review.text, "section")), re.sub(r"\d\d:\d\d", "", end)
    return [review.status_code, answer.status_code, answer.location, *shown]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "  "}, "Enter your name."),
        ({"name": "x" * 121}, "The name is too long. Use at most 120 characters."),
        ({"number": ""}, "Enter the number of the receipt or of the purchase."),
        ({"number": "my order"}, "Enter the number as it stands on the receipt"),
        ({"email": ""}, "Enter your email."),
        ({"email": "ayse@"}, "Enter an email address, like name@example.com."),
    ],
)
@pytest.mark.parametrize("act", ["", "confirm", "change"])
def test_bad_input_keeps_what_was_typed(
    client: FlaskClient, session: Session, act: str, typed: dict[str, str], said: str
) -> None:
    """Caught: `confirm` before the form was looked at."""
    answer = send_form(client, PAGE, **TYPED | typed, act=act)
    assert answer.status_code == 422
    assert find(answer.text, "title").text().startswith("Error: ")
    [field] = typed
    shown = find(answer.text, f"#withdrawal-{field}")
    assert (shown.attributes["value"] or "", shown.attributes["aria-invalid"]) == (
        typed[field],
        "true",
    )
    assert said in texts(answer.text, f"#withdrawal-{field}-error")[0]
    assert values(answer.text, "[role=alert] a", "href") == [f"#withdrawal-{field}"]
    everything = inputs(answer.text, ".card input:not([type=hidden])")
    assert everything == TYPED | typed
    assert count_declarations(session) == 0


def test_change_something_leads_back_with_all(client: FlaskClient) -> None:
    answer = send_form(client, PAGE, **TYPED, act="change")
    assert answer.status_code == 200
    assert inputs(answer.text, ".card input:not([type=hidden])") == TYPED


def test_a_field_that_is_sent_twice_is_refused(client: FlaskClient) -> None:
    twice = {"name": ["A", "B"], "number": "P-1", "email": "a@posta.example"}
    assert send_form(client, PAGE, **twice).status_code == 400  # type: ignore[arg-type]


def test_without_a_token_nothing_is_taken_and_nothing_lost(
    client: FlaskClient, session: Session
) -> None:
    """Caught: a form of another site that sends a declaration."""
    sent = TYPED | {"act": "confirm"}
    answer = client.post(PAGE, data=sent)
    assert (answer.status_code, find_all(answer.text, "form")) == (400, [])
    answer = client.post(PAGE, data=sent, headers={"Origin": "http://localhost"})
    assert answer.status_code == 400
    kept = inputs(answer.text, ".calm input")
    assert {name: kept[name] for name in sent} == sent
    assert count_declarations(session) == 0


def test_nothing_was_received_from_this_browser(client: FlaskClient) -> None:
    for purchase in ("", "1", "x", "9" * 30):
        answer = client.get(f"/withdraw/received?lang=de&purchase={purchase}")
        assert (answer.status_code, answer.location) == (303, "/withdraw?lang=de")


def test_too_many_are_told_when_to_come_back(
    client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: what was typed lost with the refusal."""
    none = withdrawal_limits.LIMITS.per_network._replace(free=1)
    fewer = withdrawal_limits.LIMITS._replace(per_network=none)
    monkeypatch.setattr(withdrawal_limits, "LIMITS", fewer)
    assert confirm(client).status_code == 303
    answer = confirm(client)
    assert (answer.status_code, count_declarations(session)) == (429, 1)
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert "Nothing has been recorded yet" in texts(answer.text, "[role=alert]")[0]
    kept = inputs(answer.text, ".form-foot input")
    assert {name: kept[name] for name in TYPED} == TYPED


# The buyer, signed in.


def test_the_buyer_sees_before_what_goes_back(
    owner: FlaskClient, session: Session, paid: int
) -> None:
    """Caught: the same shown to anybody who types the number."""
    page = owner.get(f"{PAGE}&number=P-1").text
    filled = inputs(page, ".card input:not([type=hidden])")
    assert filled == {"name": "Ayşe", "number": "P-1", "email": email_of(session, paid)}
    review = send_form(owner, PAGE, **filled).text
    assert texts(review, ".amounts > div") == [
        *("Credits bought 100", "Used, and kept as performed 0", "Not used, taken back 100"),
        "Money back US$19.99",
    ]
    answer = confirm(owner)
    assert answer.location == "/withdraw/received?purchase=1&lang=en"
    received = owner.get(answer.location).text
    assert texts(received, "h1") == ["You have withdrawn from the contract"]
    assert f"An acknowledgement goes to {email_of(session, paid)}." in text_of(
        find(received, "main")
    )
    assert "Money back US$19.99" in texts(received, ".amounts > div")
    assert confirm(owner).location == answer.location
    [one] = withdrawals(session)
    assert (one.is_owner, one.name) == (True, "Ayşe Yıldırım")
    assert len(acknowledgements(session)) == 1
    again = send_form(owner, PAGE, **TYPED).text
    assert "You have withdrawn from this contract already." in text_of(find(again, "main"))
    assert not find_all(again, "button[value=confirm]")


def test_another_customer_is_a_stranger(
    app: Flask, engine: Engine, session: Session, owner: FlaskClient
) -> None:
    """Caught: what goes back, shown to another customer; their withdrawal taken as the buyer's."""
    eve = customer_client(app, engine, buyer_of(session, paid_purchase(session).purchase_id))
    assert not find_all(send_form(eve, PAGE, **TYPED).text, ".amounts")
    assert confirm(eve).location == "/withdraw/received?lang=en"
    assert withdrawals(session) == []
    confirm(owner)
    answer = eve.get("/withdraw/received?purchase=1&lang=en").text
    assert texts(answer, "h1") == ["Your declaration was received"]


def test_late_is_said_before_and_in_the_mail(
    owner: FlaskClient, session: Session, paid: int
) -> None:
    with writing(session):
        session.get_one(Purchase, paid).paid_at = datetime.now(UTC) - timedelta(days=20)
    review = send_form(owner, PAGE, **TYPED).text
    assert "The 14 days for it are over. Your declaration is recorded all the same" in review
    confirm(owner)
    [mail] = acknowledgements(session)
    assert mail.data["is_in_time"] is False


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("refunding", "US$19.99 goes back the way you paid."),
        ("refunded", "The money went back the way you paid."),
        ("declined", "A person has looked at it: no money goes back."),
    ],
)
def test_the_buyer_sees_what_became_of_it(
    owner: FlaskClient, session: Session, state: str, said: str
) -> None:
    there = confirm(owner).location
    with writing(session):
        one = session.get_one(Withdrawal, 1)
        one.state, one.handled_at, one.handled_by = state, one.received_at, "admin:1"
    assert said in text_of(find(owner.get(there).text, "main"))


# Where it is found.


def test_each_page_for_buyers_leads_there(
    client: FlaskClient, owner: FlaskClient, paid: int
) -> None:
    """Caught: the link left out at the foot of the packages."""
    pages = [client.get(path).text for path in ("/packages?lang=en", "/account/sign-in?lang=en")]
    paths = ("/account", "/account/purchases", "/checkout/purchases/1", f"/checkout/{paid}", PAGE)
    pages += [owner.get(f"{path}{'&' if '?' in path else '?'}lang=en").text for path in paths]
    for page in pages:
        assert texts(page, ".shop-foot a[href='/withdraw?lang=en']") == [
            "Withdraw from the contract here"
        ]
    receipt = owner.get(f"/account/purchases/{paid}/receipt?lang=en").text
    number = find(receipt, ".paper-number").text()
    links = values(receipt, ".crumb a[href^='/withdraw']", "href")
    assert links == [f"/withdraw?number={number}&lang=en"]
    assert inputs(client.get(links[0]).text, "#withdrawal-number") == {"number": number}


def test_a_seller_who_is_known_can_be_written_to(client: FlaskClient, session: Session) -> None:
    save_company(session)
    received = client.get(confirm(client).location).text
    assert values(received, ".advice a[href^=mailto]", "href") == [f"mailto:{LOTUS.email}"]


DIGESTS = {
    "2026-12/ar.html": "9a78b6ca33e535f6",
    "2026-12/de.html": "5677aefe95e6f689",
    "2026-12/en.html": "3530331d470246be",
    "2026-12/tr.html": "9d8d5f166487f71f",
}


def test_words_that_were_shown_are_never_changed() -> None:
    """Caught: a word changed in a declaration that withdrawals name."""
    there = {
        path.relative_to(WORDS).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in WORDS.rglob("*.html")
    }
    assert there == DIGESTS
    assert {words_in(code) for code in LANGUAGES} == {
        f"withdrawals/declaration/{VERSION}/{code}.html" for code in LANGUAGES
    }


@only_sqlite
def test_every_text_is_looked_up(
    client: FlaskClient,
    owner: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Caught: a label written into a template as it is."""
    monkeypatch.setattr(locale, "_texts", lambda _code: Marked())
    pages = [client.get(PAGE), send_form(client, PAGE), send_form(client, PAGE, **TYPED)]
    pages.append(client.get(confirm(client).location))
    pages += [send_form(owner, PAGE, **TYPED), owner.get(confirm(owner).location)]
    for page in pages:
        html = without(page.text, "blockquote")
        known = ("Our platform", "Ayşe", "Yıldırım", "P-1", "Package", "ayse", "posta.example")
        assert unmarked(html, known) == []


def test_junk_is_refused_and_never_an_error(client: FlaskClient) -> None:
    for text in ("\0", "a\0b", "\ud800", "%25_%5C", "'\";--", "x" * 3000, str(2**63), "9" * 40):
        junk = text.encode(errors="replace").decode()
        for field in TYPED:
            assert confirm(client, **{field: junk}).status_code in (303, 422, 429)
        assert client.get("/withdraw", query_string={"number": junk}).status_code == 200
        path = "/withdraw/received"
        assert client.get(path, query_string={"purchase": junk}).status_code in (200, 303)
