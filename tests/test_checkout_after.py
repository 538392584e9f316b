"""From Buy now to the provider's page and back: each thing that may become of a payment has a calm
page. Against the payment simulator, a process of its own."""

from contextlib import ExitStack

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from blueprints import locale
from blueprints.checkout import polling
from blueprints.payment_provider import MOST_AT_ONCE, room_for_a_checkout, room_for_a_sync
from domain.customers.holdings import read_holdings
from domain.database import utc_now, writing
from domain.ledger import corrections
from domain.purchases import limits
from domain.purchases.models import Checkout, Purchase
from domain.purchases.rules import Failure
from tests.account_pages import send_form
from tests.checkouts import BUY, count, make_shop, new_buyer, press_buy
from tests.conftest import Once
from tests.customer_wallets import add_wallet
from tests.html import find_all, texts, values
from tests.page_helpers import HTMX, apply_all, edit, partials, remove
from tests.pseudo_translation import Marked, unmarked
from tests.purchase_rows import add_purchase
from tests.shops import keep_shop
from tests.simulator import GOOD, NO_FUNDS, Simulator

AFTER = "/checkout/purchases/1?country=DE&lang=en"
RETURNED = f"{AFTER}&returned=1"
STATE = "/checkout/purchases/1/state?country=DE&lang=en&returned=1"
HELD = {"state": "paid", "hold": "mismatch", "paid_at": utc_now()}
AGAIN = "/checkout/purchases/1/again?country=DE&lang=en"


@pytest.fixture
def app(database: str, kept_simulator: Simulator, kept_apps: dict[str, Flask]) -> Flask:
    return keep_shop(database, kept_simulator, kept_apps)


@pytest.fixture
def buyer(once: Once, app: Flask, engine: Engine, simulator: Simulator) -> FlaskClient:  # noqa: ARG001 - empty
    once(make_shop)
    return new_buyer(app, engine)


def checkouts(session: Session) -> list[Checkout]:
    session.rollback()
    return list(session.scalars(select(Checkout).order_by(Checkout.id)))


def ref_of(session: Session) -> str:
    """The newest checkout's at the provider."""
    return checkouts(session)[-1].ref or ""


def outcome(page: TestResponse) -> str:
    [found] = values(page.text, "#state", "data-outcome")
    return found


def credits_of(session: Session, customer_id: int = 1) -> int:
    session.rollback()
    return read_holdings(session, customer_id).free


def set_purchase(session: Session, **values: object) -> None:
    """Behind the back of everybody."""
    with writing(session):
        session.execute(update(Purchase).values(**values))


# There and back.


def test_buy_now_leads_to_the_providers_page_once(
    buyer: FlaskClient, session: Session, simulator: Simulator
) -> None:
    """Caught: a second press that begins a second payment; a page that says 200 and leads on by a
    script."""
    first, second = press_buy(buyer), press_buy(buyer)
    assert first.status_code == 303
    assert first.location.startswith(f"{simulator.url}/pay/")
    assert second.location == first.location
    assert (count(session, Purchase), count(session, Checkout)) == (1, 1)
    asked = simulator.ask(f"/v1/checkout/sessions/{ref_of(session)}")
    assert (asked["amount_total"], asked["currency"], asked["locale"]) == (2089, "eur", "en")
    assert asked["customer_email"] == "ayse@posta.example"
    assert asked["success_url"] == f"http://localhost{RETURNED}"
    assert asked["cancel_url"] == f"http://localhost{AFTER}"


def test_paid_means_credits_once_however_often_one_looks(
    app: Flask, engine: Engine, buyer: FlaskClient, session: Session, simulator: Simulator
) -> None:
    """Caught: credits for each visit; another buyer's purchase shown."""
    press_buy(buyer)
    simulator.pay(ref_of(session), GOOD)
    pages = [buyer.get(RETURNED) for _ in range(20)]
    assert {page.status_code for page in pages} == {200}
    page = pages[-1]
    assert texts(page.text, "h1") == ["100 credits are yours"]
    paid = "Paid €20.89 with Visa ending 4242. The receipt is on its way to ayse@posta.example."
    assert texts(page.text, "#state > p.muted") == [paid]
    assert texts(page.text, ".balance") == ["Your balance 100 credits to use"]
    assert not find_all(page.text, "[hx-get]")
    assert page.headers["Cache-Control"] == "private, no-store"
    assert credits_of(session) == 100
    other = new_buyer(app, engine, email="bora@posta.example")
    nobody = app.test_client()
    for path in (AFTER, RETURNED, STATE):
        assert other.get(path).status_code == 404
    assert send_form(other, AGAIN).status_code == 404
    assert nobody.get(STATE).status_code == 401
    assert nobody.get(AFTER).location.startswith("/account/sign-in?next=/checkout/purchases/1")
    assert send_form(nobody, AGAIN).status_code == 303
    assert buyer.get("/checkout/purchases/99").status_code == 404


@pytest.mark.parametrize(
    ("owed", "said"),
    [
        (
            40,
            "Your balance 60 credits to use 40 of the credits that you bought paid what you owed.",
        ),
        (140, "Your balance 0 credits to use All that you bought went to what you owed."),
    ],
)
def test_it_says_what_went_to_a_debt(
    buyer: FlaskClient, session: Session, simulator: Simulator, owed: int, said: str
) -> None:
    """Caught: "100 credits are yours", a balance of 60, and no word of the debt."""
    wallet = add_wallet(session, 1)
    wallet.bought(owed, 90)
    wallet.spend(owed)
    wallet.entry(corrections.revoke, owed, purchase_id=90, may_owe=True, actor="scrip")
    press_buy(buyer)
    simulator.pay(ref_of(session), GOOD)
    assert texts(buyer.get(RETURNED).text, ".balance") == [said]


def test_a_buyer_who_left_goes_on_where_they_were(buyer: FlaskClient, session: Session) -> None:
    address = press_buy(buyer).location
    page = buyer.get(AFTER)
    assert texts(page.text, "h1") == ["You have not paid yet"]
    assert values(page.text, "#state a.primary", "href") == [address]
    assert texts(page.text, ".bought > div") == ["Start 100 credits", "Total €20.89"]
    assert credits_of(session) == 0


# While nobody knows.


def test_it_asks_again_until_the_payment_is_confirmed(
    buyer: FlaskClient, session: Session, simulator: Simulator
) -> None:
    """Caught: a failure told while the provider only was slow to answer."""
    press_buy(buyer)
    simulator.pay(ref_of(session), GOOD)
    simulator.faults({"kind": "500", "calls": 100})
    page = buyer.get(RETURNED)
    assert (page.status_code, outcome(page)) == (200, "confirming")
    assert texts(page.text, "h1") == ["We are confirming your payment"]
    assert values(page.text, "[hx-get]", "hx-trigger") == ["load delay:2s, retry"]
    assert values(page.text, "#check-again", "href") == [
        "/checkout/purchases/1?returned=1&country=DE&lang=en"
    ]
    [address] = values(page.text, "[hx-get]", "hx-get")
    still = buyer.get(address, headers=HTMX)
    assert values(still.text, "[hx-get]", "hx-trigger") == ["load delay:3s, retry"]
    assert "<hx-partial" not in still.text
    late = buyer.get(f"{STATE}&asked={polling.MOST}&was=confirming", headers=HTMX)
    assert texts(late.text, "h1") == ["It takes longer than usual"]
    assert not find_all(late.text, "[hx-get]")
    simulator.faults()
    [address] = values(still.text, "[hx-get]", "hx-get")
    paid = buyer.get(address, headers=HTMX)
    assert outcome(paid) == "paid"
    assert partials(paid) == {"#progress-status": "100 credits are yours"}


def test_it_asks_for_five_minutes_with_longer_and_longer_pauses() -> None:
    waits = [polling.seconds_until(asked) for asked in range(polling.MOST)]
    assert waits[:6] == [2, 3, 5, 8, 13, 20]
    assert waits == sorted(waits)
    assert 280 <= sum(waits) <= polling.LASTS


@pytest.mark.parametrize("asked", ["", "-1", "x", "9" * 30])
def test_a_count_that_is_none_begins_anew(buyer: FlaskClient, asked: str) -> None:
    press_buy(buyer)
    assert buyer.get(f"{STATE}&asked={asked}").status_code == 200


def test_a_bank_that_confirms_later_is_waited_for(
    buyer: FlaskClient, session: Session, simulator: Simulator
) -> None:
    """Caught: what is processing shown as failed, so that people pay again; a page that asks no
    more while the bank takes its time."""
    press_buy(buyer)
    simulator.pay(ref_of(session), bank_says="succeeds", seconds=60)
    page = buyer.get(RETURNED)
    assert texts(page.text, "h1") == ["Your bank confirms the payment later"]
    assert "up to 3 days" in page.text
    assert len(find_all(page.text, "[hx-get]")) == 1
    assert not find_all(page.text, "form")
    simulator.forward(61)
    page = buyer.get(AFTER)
    paid = "Paid €20.89. The receipt is on its way to ayse@posta.example."
    assert texts(page.text, "#state > p.muted") == [paid]
    assert credits_of(session) == 100


def test_a_bank_that_says_no_later_charged_nothing(
    buyer: FlaskClient, session: Session, simulator: Simulator
) -> None:
    press_buy(buyer)
    simulator.pay(ref_of(session), bank_says="fails", seconds=60)
    buyer.get(RETURNED)
    simulator.forward(61)
    page = buyer.get(AFTER)
    assert texts(page.text, "h1") == ["Your bank did not make the payment"]
    assert "You have not been charged." in page.text


# Declined, and again.


def test_after_a_decline_one_tries_again_with_a_new_checkout(
    buyer: FlaskClient, session: Session, simulator: Simulator
) -> None:
    """Caught: two checkouts of one purchase that both can be paid."""
    address = press_buy(buyer).location
    simulator.pay(ref_of(session), NO_FUNDS)
    page = buyer.get(AFTER)
    assert texts(page.text, "h1") == ["Your bank declined the payment"]
    assert texts(page.text, "#state > p.muted") == [
        "You have not been charged. There was not enough money for it. Try another card."
    ]
    again = send_form(buyer, AGAIN)
    assert again.status_code == 303
    assert again.location.startswith(f"{simulator.url}/pay/")
    assert again.location != address
    assert [one.state for one in checkouts(session)] == ["expired", "open"]
    assert send_form(buyer, AGAIN).status_code == 303
    simulator.pay(ref_of(session), GOOD)
    assert outcome(buyer.get(RETURNED)) == "paid"
    assert credits_of(session) == 100
    assert count(session, Purchase) == 1


def test_trying_again_what_is_paid_pays_nothing(
    buyer: FlaskClient, session: Session, simulator: Simulator
) -> None:
    """Caught: a second payment asked of who had paid in another tab."""
    press_buy(buyer)
    simulator.pay(ref_of(session), NO_FUNDS)
    assert outcome(buyer.get(AFTER)) == "declined"
    simulator.pay(ref_of(session), GOOD)
    answer = send_form(buyer, AGAIN)
    assert answer.location == "/checkout/purchases/1?returned=1"
    assert outcome(buyer.get(answer.location)) == "paid"
    assert (count(session, Checkout), credits_of(session)) == (1, 100)


def test_trying_again_what_costs_something_else_shows_what_changed(
    buyer: FlaskClient, session: Session, simulator: Simulator
) -> None:
    """Caught: an old price that sells for ever."""
    press_buy(buyer)
    simulator.pay(ref_of(session), NO_FUNDS)
    buyer.get(AFTER)
    edit(session, 1, price_minor=1990)
    apply_all(session)
    answer = send_form(buyer, AGAIN)
    assert answer.location == "/checkout/1?release=1&country=DE&lang=en"
    page = buyer.get(answer.location)
    assert "It was €20.89 and is now €19.90." in texts(page.text, ".notice")[0]
    remove(session, 1)
    apply_all(session)
    assert buyer.get(send_form(buyer, AGAIN).location).status_code == 410


def test_what_another_provider_took_is_bought_anew(buyer: FlaskClient, session: Session) -> None:
    """Caught: a new checkout at this provider, whose payment is never looked for, as the purchase
    is the other one's; 500 for a purchase of the sample, which has no checkout."""
    add_purchase(session, customer_id=1, state="expired", provider="sample")
    assert outcome(buyer.get(AFTER)) == "expired"
    again = send_form(buyer, AGAIN)
    assert (again.status_code, again.location) == (303, BUY)
    assert count(session, Checkout) == 0


@pytest.mark.parametrize("failure", Failure)
def test_each_decline_says_what_to_do(
    buyer: FlaskClient, session: Session, failure: Failure
) -> None:
    press_buy(buyer)
    set_purchase(session, state="failed", failure=failure)
    page = buyer.get(AFTER)
    assert outcome(page) == "declined"
    assert texts(page.text, "#state > p.muted")[0].startswith("You have not been charged. ")
    assert texts(page.text, "#state form button") == ["Try again"]


def test_what_expired_and_what_a_person_looks_at(buyer: FlaskClient, session: Session) -> None:
    press_buy(buyer)
    set_purchase(session, state="expired")
    assert texts(buyer.get(AFTER).text, "h1") == ["The time to pay is over"]
    set_purchase(session, **HELD)
    held = buyer.get(AFTER)
    assert texts(held.text, "h1") == ["We are looking at your payment"]
    assert not find_all(held.text, "form")


# When there is no room, or no answer.


def test_a_provider_that_is_away_keeps_everything(
    buyer: FlaskClient, session: Session, simulator: Simulator
) -> None:
    simulator.faults({"kind": "down", "calls": 100})
    answer = press_buy(buyer, company="Lotus")
    assert answer.status_code == 503
    assert "You have not been charged." in texts(answer.text, ".notice.bad")[0]
    simulator.faults()
    assert press_buy(buyer).status_code == 303
    assert count(session, Purchase) == 1
    simulator.pay(ref_of(session), NO_FUNDS)
    buyer.get(AFTER)
    simulator.faults({"kind": "down", "calls": 100})
    again = send_form(buyer, AGAIN)
    assert (again.status_code, again.headers["Retry-After"]) == (503, "10")
    assert "Nothing more has been charged." in texts(again.text, ".notice.bad")[0]
    assert buyer.get(AGAIN).location == AFTER
    simulator.faults()


def test_many_at_once_wait_for_their_turn(
    buyer: FlaskClient, session: Session, simulator: Simulator
) -> None:
    """Caught: all threads of the server waiting for the provider."""
    with ExitStack() as others:
        for _ in range(MOST_AT_ONCE):
            others.enter_context(room_for_a_checkout())
        answer = press_buy(buyer)
        assert answer.status_code == 503
        assert "Many people are paying at this moment." in texts(answer.text, ".notice.bad")[0]
    press_buy(buyer)
    simulator.pay(ref_of(session), GOOD)
    with ExitStack() as others:
        for _ in range(MOST_AT_ONCE):
            assert others.enter_context(room_for_a_sync())
        assert outcome(buyer.get(RETURNED)) == "confirming"
    assert outcome(buyer.get(RETURNED)) == "paid"


def test_too_many_payments_are_told_when_to_come_back(
    buyer: FlaskClient, session: Session, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: a checkout that can be paid, ended for one that is refused."""
    monkeypatch.setattr(limits, "PER_BUYER", limits.PER_BUYER._replace(most=1))
    press_buy(buyer)
    simulator.pay(ref_of(session), NO_FUNDS)
    buyer.get(AFTER)
    again = send_form(buyer, AGAIN)
    assert again.status_code == 429
    assert 3500 < int(again.headers["Retry-After"]) <= 3600
    assert "Too many payments were begun." in texts(again.text, ".notice.bad")[0]
    assert [one.state for one in checkouts(session)] == ["open"]
    edit(session, 1, price_minor=1990)
    apply_all(session)
    anew = press_buy(buyer, price_minor="1990", company="Lotus")
    assert anew.status_code == 429
    assert "Too many payments were begun." in texts(anew.text, ".notice.bad")[0]


# Its texts.


def test_every_text_is_looked_up(
    buyer: FlaskClient,
    session: Session,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Caught: a label written into a template as it is."""
    monkeypatch.setattr(locale, "_texts", lambda _code: Marked())
    press_buy(buyer)
    pages = [buyer.get(AFTER), buyer.get(RETURNED)]
    for changes in ({"state": "failed"}, {"state": "expired"}, HELD):
        set_purchase(session, **changes)
        pages.append(buyer.get(AFTER))
    set_purchase(session, state="open", hold=None, paid_at=None)
    simulator.pay(ref_of(session), GOOD)
    pages.append(buyer.get(RETURNED))
    for page in pages:
        assert unmarked(page.text, ("Our platform", "Start", "Visa", "4242")) == []
