"""A payment link: who has it buys one package for one customer, once, without signing in. Against
the payment simulator."""

from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from blueprints import cookies
from blueprints.checkout import link_notes
from domain.customers.holdings import read_holdings
from domain.database import write, writing
from domain.purchases import limits
from domain.purchases.errors import TooManyLinks
from domain.purchases.link_models import LinkedPurchase, PaymentLink
from domain.purchases.models import Checkout, Purchase
from domain.purchases.pause import pause
from domain.purchases.payment_links import MOST_OPEN, list_links, revoke_link
from tests.account_pages import customer_client, send_form
from tests.checkouts import count, make_shop, only_purchase
from tests.checkouts import press_buy as press_signed_in
from tests.conftest import Once
from tests.customers import add_customer
from tests.html import find, find_all, texts
from tests.page_helpers import apply_all, edit, remove
from tests.payment_links import new_link, page_of, press_buy
from tests.shops import keep_shop
from tests.simulator import NO_FUNDS, Simulator

AFTER = "/checkout/purchases/1?country=DE&lang=en"
RETURNED = f"{AFTER}&returned=1"
EMAIL = "ayse@posta.example"
ENDED = ("This link has expired", "This link does not work any more", "Already paid")


@pytest.fixture
def app(database: str, kept_simulator: Simulator, kept_apps: dict[str, Flask]) -> Flask:
    return keep_shop(database, kept_simulator, kept_apps)


@pytest.fixture
def ayse(once: Once, engine: Engine, simulator: Simulator) -> int:  # noqa: ARG001 - empty
    once(make_shop)
    return add_customer(engine)


def title(page: str) -> str:
    [found] = texts(page, "h1")
    return found


def free(session: Session, customer_id: int) -> int:
    session.rollback()
    return read_holdings(session, customer_id).free


def refs(session: Session) -> list[str]:
    session.rollback()
    return [ref or "" for ref in session.scalars(select(Checkout.ref).order_by(Checkout.id))]


def test_only_the_digest_of_a_token_is_kept(session: Session, ayse: int) -> None:
    """Caught: the token in the row."""
    token = new_link(session, ayse)
    row = session.execute(select(*PaymentLink.__table__.c)).one()
    session.rollback()
    assert len(token) == 43
    assert token not in " ".join(map(str, row))


def test_the_page_says_what_is_bought_and_for_whom_and_nothing_else(
    client: FlaskClient, session: Session, ayse: int
) -> None:
    """Caught: the page of who is signed in, with the email and a button to change the buyer; a
    referrer that tells the provider the address."""
    answer = client.get(page_of(new_link(session, ayse)))
    assert answer.status_code == 200
    assert texts(answer.text, ".order h2") == ["Start"]
    assert texts(answer.text, "button.buy") == ["Buy now – pay €20.89"]
    assert "You pay for Ayşe Yıldırım" in texts(answer.text, ".who")[0]
    assert not find_all(answer.text, ".who button, #email, [name=act]")
    assert EMAIL not in answer.text
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize(
    ("name", "shown"), [("", "a•••@posta.example"), ("Ayşe Yıldırım", "Ayşe Yıldırım")]
)
def test_of_an_email_little_is_shown(
    client: FlaskClient, engine: Engine, session: Session, name: str, shown: str, ayse: int
) -> None:
    other = add_customer(engine, email="a.other@posta.example", name=name)
    assert ayse != other
    page = client.get(page_of(new_link(session, other))).text
    assert f"You pay for {shown}" in texts(page, ".who")[0]
    assert "a.other" not in page


def test_it_is_paid_without_signing_in_and_once(
    client: FlaskClient, session: Session, simulator: Simulator, ayse: int
) -> None:
    """Caught: no look at the link when it is paid at; a provider's page that shows the email; a
    balance, an email and a receipt on the page after paying."""
    token = new_link(session, ayse)
    answer = press_buy(client, token)
    assert answer.status_code == 303
    assert answer.location.startswith(simulator.url)
    assert only_purchase(session).customer_id == ayse
    assert session.scalars(select(Checkout.email)).all() == [None]
    simulator.pay(refs(session)[0])
    page = client.get(RETURNED)
    assert title(page.text) == "100 credits added"
    assert "The credits are on the account of Ayşe Yıldırım" in texts(page.text, "#state")[0]
    assert EMAIL not in page.text
    assert not find_all(page.text, ".balance, a[href*=account]:not(.languages a)")
    assert free(session, ayse) == 100
    shown, pressed = client.get(page_of(token)), press_buy(client, token)
    assert (shown.status_code, pressed.status_code) == (200, 409)
    assert title(shown.text) == title(pressed.text) == "Already paid"
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert count(session, Checkout) == 1


def test_two_tabs_lead_to_one_checkout(client: FlaskClient, session: Session, ayse: int) -> None:
    token = new_link(session, ayse)
    assert press_buy(client, token).location == press_buy(client, token).location
    assert count(session, Checkout) == 1


def test_a_new_price_ends_what_was_begun_at_the_old_one(
    client: FlaskClient, session: Session, simulator: Simulator, ayse: int
) -> None:
    """Caught: two pages of the provider, of which both can be paid; an old price that is sold."""
    token = new_link(session, ayse)
    press_buy(client, token)
    edit(session, 1, price_minor=1990)
    apply_all(session)
    changed = press_buy(client, token)
    assert changed.status_code == 409
    assert "It was €20.89 and is now €19.90" in texts(changed.text, ".notice")[0]
    assert press_buy(client, token, price_minor="1990").status_code == 303
    session.rollback()
    assert session.scalars(select(Checkout.state).order_by(Checkout.id)).all() == [
        *("expired", "open"),
    ]
    assert session.scalar(select(func.count()).select_from(LinkedPurchase)) == 2
    simulator.pay(refs(session)[1])
    assert title(client.get(AFTER.replace("/1?", "/2?")).text) == "100 credits added"
    assert title(client.get(page_of(token)).text) == "Already paid"


def test_what_its_customer_has_begun_is_not_shown_to_who_has_the_link(
    app: Flask, client: FlaskClient, engine: Engine, session: Session, ayse: int
) -> None:
    """Caught: the checkout of the signed-in customer, whose page at the provider shows the
    email."""
    press_signed_in(customer_client(app, engine, ayse))
    press_buy(client, new_link(session, ayse))
    session.rollback()
    assert session.scalars(select(Checkout.email).order_by(Checkout.id)).all() == [EMAIL, None]


def test_after_a_decline_who_came_by_the_link_tries_again(
    client: FlaskClient, session: Session, simulator: Simulator, ayse: int
) -> None:
    token = new_link(session, ayse)
    press_buy(client, token)
    simulator.pay(refs(session)[0], NO_FUNDS)
    page = client.get(AFTER).text
    assert title(page) == "Your bank declined the payment"
    again = send_form(client, "/checkout/purchases/1/again?country=DE&lang=en")
    assert again.location.startswith(simulator.url)
    session.rollback()
    assert session.scalars(select(Checkout.email)).all() == [None, None]
    write(session, partial(revoke_link, customer_id=ayse, link_id=1))
    refused = send_form(client, "/checkout/purchases/1/again?country=DE&lang=en")
    assert (refused.status_code, title(refused.text)) == (410, ENDED[1])
    simulator.pay(refs(session)[1])
    assert title(client.get(RETURNED).text) == "100 credits added"
    paid = send_form(client, "/checkout/purchases/1/again?country=DE&lang=en")
    assert paid.location.startswith("/checkout/purchases/1")


def test_an_offer_that_changed_is_found_behind_the_link(
    client: FlaskClient, session: Session, simulator: Simulator, ayse: int
) -> None:
    """Caught: the usual checkout, at which they would buy for themselves."""
    press_buy(client, new_link(session, ayse))
    simulator.pay(refs(session)[0], NO_FUNDS)
    edit(session, 1, price_minor=1990)
    apply_all(session)
    answer = send_form(client, "/checkout/purchases/1/again?country=DE&lang=en")
    assert (answer.status_code, title(answer.text)) == (409, "The offer has changed")


def test_only_the_browser_that_began_it_finds_what_became_of_it(
    app: Flask, client: FlaskClient, engine: Engine, session: Session, ayse: int
) -> None:
    """Caught: a note about any purchase. Who is signed in as the customer sees all."""
    press_buy(client, new_link(session, ayse))
    assert client.get(AFTER).status_code == 200
    assert client.get("/checkout/purchases/1/state?returned=1").status_code == 200
    nobody = app.test_client()
    assert nobody.get(AFTER).location.startswith("/account/sign-in")
    assert nobody.get("/checkout/purchases/1/state").status_code == 401
    other = customer_client(app, engine, add_customer(engine, email="b@posta.example", name="B"))
    assert other.get(AFTER).status_code == 404
    press_signed_in(other)
    assert client.get("/checkout/purchases/2").location.startswith("/account/sign-in")
    with app.app_context():
        nobody.set_cookie(cookies.own_name("link"), "WzEsMSwxXQ.aaaa.bbbb")
    assert nobody.get(AFTER).status_code == 303
    assert "My account" in customer_client(app, engine, ayse).get(AFTER).text


def test_a_note_ends(
    client: FlaskClient, session: Session, ayse: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: a note without an end."""
    press_buy(client, new_link(session, ayse))
    monkeypatch.setattr(link_notes, "LASTS", timedelta(seconds=-1))
    assert client.get(AFTER).status_code == 303


def test_what_has_ended_says_so_and_guesses_learn_nothing(
    client: FlaskClient, session: Session, ayse: int
) -> None:
    """Caught: another page, or status, for what nobody made than for what has expired."""
    expired, revoked, removed = (new_link(session, ayse) for _ in range(3))
    with writing(session):
        link = session.get_one(PaymentLink, 1)
        link.created_at -= timedelta(days=8)
        link.expires_at -= timedelta(days=8)
        revoke_link(session, ayse, 2)
    for ended, words in ((expired, ENDED[0]), (revoked, ENDED[1])):
        for answer in (client.get(page_of(ended)), press_buy(client, ended)):
            assert (answer.status_code, title(answer.text)) == (410, words)
            assert answer.headers["Referrer-Policy"] == "no-referrer"
    for guess in ("x", "a" * 43, "%00", "x" * 3000):
        guessed = client.get(page_of(guess))
        assert guessed.status_code == 410
        assert texts(guessed.text, "main") == texts(client.get(page_of(expired)).text, "main")
    remove(session, 1)
    apply_all(session)
    gone = client.get(page_of(removed))
    assert (gone.status_code, title(gone.text)) == (410, "Not for sale any more")
    assert count(session, Purchase) == 0


def test_while_a_person_looks_at_it_nothing_more_is_paid(
    client: FlaskClient, session: Session, ayse: int
) -> None:
    """Caught: a second payment while the bank confirms the first."""
    token = new_link(session, ayse)
    press_buy(client, token)
    for values_of_it in ({"state": "processing"}, {"state": "open", "hold": "mismatch"}):
        with writing(session):
            session.execute(update(Purchase).values(hold=None))
            session.execute(update(Purchase).values(values_of_it))
        answer = press_buy(client, token)
        assert (answer.status_code, title(answer.text)) == (409, "The payment is on its way")
        assert client.get(page_of(token)).status_code == 200
    assert count(session, Checkout) == 1


def test_it_asks_for_what_the_checkout_asks_for(
    client: FlaskClient, session: Session, ayse: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: a link around the consent, and around the pause of buying."""
    token = new_link(session, ayse)
    missing = press_buy(client, token, consent="", company="Lotus GmbH")
    assert missing.status_code == 422
    assert find(missing.text, "#order-company").attributes["value"] == "Lotus GmbH"
    monkeypatch.setattr(limits, "PER_BUYER", limits.Limit(0, timedelta(hours=1)))
    monkeypatch.setattr(limits, "_wait", lambda *_: timedelta(seconds=60))
    assert press_buy(client, token).status_code == 429
    monkeypatch.undo()
    write(session, partial(pause, author="ana"))
    assert (client.get(page_of(token)).status_code, press_buy(client, token).status_code) == (
        *(503, 503),
    )
    assert count(session, Purchase) == 0


def test_a_customer_has_so_many_open_links(session: Session, ayse: int) -> None:
    for _ in range(MOST_OPEN):
        new_link(session, ayse)
    with pytest.raises(TooManyLinks):
        new_link(session, ayse)
    write(session, partial(revoke_link, customer_id=ayse, link_id=1))
    new_link(session, ayse)
    with writing(session):
        states = [link.state for link in list_links(session, ayse)]
    assert states == ["open"] * MOST_OPEN + ["revoked"]
