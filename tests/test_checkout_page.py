"""The checkout page: what it says, what it asks for, and what it never does."""

import hashlib
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from app import create_app
from blueprints import locale
from blueprints.checkout.withdrawal import TEXTS, VERSION
from config import StripeKeys
from domain.customers.models import Customer, CustomerContact
from domain.database import writing
from domain.languages import LANGUAGES
from domain.purchases.models import Checkout, Purchase
from domain.purchases.pause import pause
from tests.account_pages import last_code, send_form
from tests.checkouts import (
    AGREED,
    BUY,
    OFFER,
    count,
    make_shop,
    new_buyer,
    only_purchase,
    press_buy,
)
from tests.companies import save_company
from tests.conftest import Once, config_for, only_sqlite
from tests.customers import add_customer
from tests.html import find, find_all, inputs, texts, values, without
from tests.page_helpers import add, apply_all, edit, edit_market, move, remove
from tests.pseudo_translation import Marked, unmarked

EMAIL = "ayse@posta.example"
TEMPLATES = Path(__file__).parent.parent / "templates"


@pytest.fixture(autouse=True)
def shop(once: Once) -> None:
    once(make_shop)


@pytest.fixture
def buyer(app: Flask, engine: Engine) -> FlaskClient:
    return new_buyer(app, engine)


def test_it_says_what_is_bought_and_the_button_that_it_is_paid(client: FlaskClient) -> None:
    """Caught: form-action of 'self' alone; an answer that caches keep."""
    answer = client.get(BUY)
    assert answer.status_code == 200
    assert texts(answer.text, ".order dl > div") == [
        *("Credits 100", "Per credit €0.21", "Total €20.89"),
    ]
    assert texts(answer.text, ".order h2") == ["Start"]
    assert "Includes 19% VAT, €3.34. Bought credits do not expire." in answer.text
    assert texts(answer.text, "button.buy") == ["Buy now – pay €20.89"]
    assert "You can withdraw within 14 days" in texts(answer.text, ".withdrawal")[0]
    assert "form-action 'self' http://127.0.0.1:" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert not find_all(answer.text, ".notice")
    assert values(answer.text, ".back a", "href") == ["/packages?country=DE&lang=en"]
    assert "form-action 'self';" in client.get("/packages").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("language", "button"),
    [
        ("tr", "Satın al – €20,89 öde"),
        ("de", "Jetzt kaufen – 20,89 € bezahlen"),
        ("ar", "اشترِ الآن – ادفع"),
    ],
)
def test_the_button_says_it_in_each_language(
    client: FlaskClient, language: str, button: str
) -> None:
    page = client.get(f"/checkout/1?country=DE&lang={language}").text
    assert texts(page, "button.buy")[0].startswith(button)
    assert find(page, "html").attributes["lang"] == language


def test_what_a_market_says_of_tax(client: FlaskClient, session: Session) -> None:
    edit_market(session, "DE", tax="when_used", tax_basis_points=0)
    apply_all(session)
    assert "Tax is due when the credits are used. Bought" in client.get(BUY).text
    edit_market(session, "DE", tax="nothing")
    apply_all(session)
    assert ">Bought credits do not expire." in client.get(BUY).text


# What changed since it was read.


def test_a_price_that_changed_is_shown_beside_the_old_one(
    client: FlaskClient, buyer: FlaskClient, session: Session
) -> None:
    """Caught: the old price sold; the new one sold in silence."""
    opened = inputs(buyer.get(BUY).text, ".checkout-form input[type=hidden]")
    edit(session, 1, price_minor=1990)
    apply_all(session)
    page = client.get(BUY).text
    assert texts(page, ".notice.warn h2") == ["The price changed while you were here"]
    assert "It was €20.89 and is now €19.90. Nothing has been bought." in texts(page, ".notice")[0]
    assert texts(page, ".order del") == ["was €0.21", "was €20.89"]
    assert inputs(page, ".checkout-form input[type=hidden]")["price_minor"] == "1990"
    typed = {name: opened[name] for name in OFFER} | {"consent": VERSION, "company": "Lotus"}
    answer = send_form(buyer, BUY, **typed)
    assert (answer.status_code, count(session, Purchase)) == (409, 0)
    assert texts(answer.text, ".order del") == ["was €0.21", "was €20.89"]
    assert texts(answer.text, "button.buy") == ["Buy now – pay €19.90"]
    assert find(answer.text, "#order-company").attributes["value"] == "Lotus"
    assert "checked" in find(answer.text, "#order-consent").attributes
    again = inputs(answer.text, ".checkout-form input[type=hidden]")
    assert again["price_minor"] == "1990"
    send_form(buyer, BUY, **{name: again[name] for name in OFFER} | {"consent": VERSION})
    assert only_purchase(session).price_minor == 1990


def test_credits_that_changed_are_shown_beside_the_old_ones(
    client: FlaskClient, session: Session
) -> None:
    edit(session, 1, credits=120)
    apply_all(session)
    page = client.get(BUY).text
    assert texts(page, ".notice.warn h2") == ["The package changed while you were here"]
    assert texts(page, ".order del") == ["was 100", "was €0.21"]


def test_a_package_that_moved_or_was_worded_anew_is_the_same(
    client: FlaskClient, session: Session
) -> None:
    add(session, "Max", credits=300, price_minor=5000, country="DE", currency="EUR")
    edit(session, 1, name="Begin", short_info="New words")
    move(session, 1, 2)
    apply_all(session)
    page = client.get(BUY).text
    assert texts(page, ".order h2") == ["Begin"]
    assert not find_all(page, ".notice")


@pytest.mark.parametrize("release", ["", "0", "-1", "x", "9" * 12, "9" * 30])
def test_a_release_that_never_was_changes_nothing(client: FlaskClient, release: str) -> None:
    answer = client.get(f"/checkout/1?release={release}")
    assert (answer.status_code, find_all(answer.text, ".notice")) == (200, [])


@pytest.mark.parametrize(
    "changes", [{"price_minor": ""}, {"price_minor": "0"}, {"credits": "x"}, {"currency": "XXX"}]
)
def test_a_form_that_does_not_say_what_was_seen_buys_nothing(
    buyer: FlaskClient, session: Session, changes: dict[str, str]
) -> None:
    """Caught: whatever is live bought by a form that names no price."""
    answer = press_buy(buyer, **changes)
    assert (answer.status_code, count(session, Purchase)) == (409, 0)


# Where nothing is sold.


def test_what_is_not_for_sale_leads_back(
    client: FlaskClient, buyer: FlaskClient, session: Session
) -> None:
    add(session, "Gift", price_minor=0, country="DE", currency="EUR")
    remove(session, 1)
    apply_all(session)
    for path in ("/checkout/1?country=DE&lang=en", "/checkout/2", "/checkout/99"):
        answer = client.get(path)
        assert answer.status_code == 410
        assert texts(answer.text, "h1") == ["Not for sale any more"]
        assert values(answer.text, ".calm a", "href")[0].startswith("/packages?")
    assert press_buy(buyer).status_code == 410
    assert count(session, Purchase) == 0
    assert client.get("/checkout/0").status_code == client.get("/checkout/x").status_code == 404


def test_a_pause_works_at_once_and_says_so(
    client: FlaskClient, buyer: FlaskClient, session: Session
) -> None:
    with writing(session):
        pause(session, author="ana@example.com")
    for answer in (client.get(BUY), press_buy(buyer)):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "600")
        assert texts(answer.text, "h1") == ["Buying is paused"]
    assert count(session, Purchase) == 0
    assert client.get("/packages?country=DE&lang=en").status_code == 200


@only_sqlite
@pytest.mark.own_app
def test_without_a_provider_or_a_company_nothing_is_sold(database: str, session: Session) -> None:
    """Caught: real money taken for a seller that nobody is told of."""
    live = config_for(database, mode="live")
    assert create_app(live).test_client().get(BUY).status_code == 503
    keys = StripeKeys("sk_live_0", "whsec_0")
    production = config_for(database, mode="live", production=True, stripe=keys)
    client = create_app(production).test_client()
    assert client.get(BUY, base_url="https://localhost").status_code == 503
    save_company(session)
    answer = client.get(BUY, base_url="https://localhost")
    assert answer.status_code == 200
    assert "Lotus Consulting GmbH · Torstraße 140" in texts(answer.text, "footer")[0]
    assert " https://checkout.stripe.com;" in answer.headers["Content-Security-Policy"]


# What is asked for.


def test_buy_now_asks_for_what_is_missing_and_keeps_what_was_typed(
    buyer: FlaskClient, session: Session
) -> None:
    answer = press_buy(buyer, consent="", company=" Lotus  GmbH ", tax_number="DE 136695977")
    assert (answer.status_code, count(session, Purchase)) == (422, 0)
    assert texts(answer.text, ".problems li") == ["Tax number", "Right of withdrawal"]
    assert values(answer.text, ".problems a", "href") == ["#order-tax_number", "#order-consent"]
    assert "This is no tax number in Germany." in texts(answer.text, "#order-tax_number-error")[0]
    assert find(answer.text, "#order-company").attributes["value"] == " Lotus  GmbH "
    assert find(answer.text, "#order-tax_number").attributes["value"] == "DE 136695977"
    assert "open" in find(answer.text, "details.company").attributes
    assert find(answer.text, "title").text().startswith("Error: ")


def test_nobody_agrees_to_a_text_that_they_have_not_read(
    buyer: FlaskClient, session: Session
) -> None:
    """Caught: any value of the box taken for a yes to the text of today."""
    answer = press_buy(buyer, consent="2026-01")
    assert (answer.status_code, count(session, Purchase)) == (422, 0)
    assert "checked" not in find(answer.text, "#order-consent").attributes


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("DE 136 695 976", "DE 136 695 976"),
        ("136695976", "136695976"),
        ("ATU13585627", "ATU13585627"),  # of another country, by its prefix
        ("GB 980 7806 84", "GB 980 7806 84"),
        ("", ""),
    ],
)
def test_a_tax_number_is_that_of_the_market_or_of_its_prefix(
    buyer: FlaskClient, session: Session, typed: str, kept: str
) -> None:
    press_buy(buyer, company=" Lotus  GmbH ", tax_number=typed)
    bought = only_purchase(session)
    assert (bought.buyer_company, bought.buyer_tax_number) == ("Lotus GmbH", kept)
    assert (bought.consent, bought.mode, bought.language) == (VERSION, "test", "en")


@pytest.mark.parametrize("typed", ["GB 980 7806 85", "ATU13585628", "12", "x" * 41, "1\u200b2"])
def test_slips_in_a_tax_number_are_told(buyer: FlaskClient, session: Session, typed: str) -> None:
    answer = press_buy(buyer, tax_number=typed)
    assert (answer.status_code, count(session, Purchase)) == (422, 0)
    assert len(texts(answer.text, "#order-tax_number-error")) == 1


def test_forged_and_broken_forms_are_refused(buyer: FlaskClient, session: Session) -> None:
    here = {"Origin": "http://localhost"}
    old = buyer.post(BUY, data=AGREED | {"company": "Lotus"}, headers=here)
    assert old.status_code == 400
    assert inputs(old.text, "form input[type=hidden]")["company"] == "Lotus"
    assert not find_all(buyer.post(BUY, data=AGREED).text, "form")
    twice = send_form(buyer, BUY, company=["a", "b"], **AGREED)  # type: ignore[arg-type]
    assert twice.status_code == 400
    assert count(session, Purchase) == 0


# Who buys.


def test_who_is_signed_in_buys_and_may_change_that(
    client: FlaskClient, buyer: FlaskClient, session: Session
) -> None:
    page = buyer.get(BUY).text
    assert texts(page, ".signed-in") == ["AY Signed in as Ayşe Yıldırım · Change"]
    assert not find_all(page, "#email")
    other = send_form(buyer, BUY, act="change", company="Lotus", **AGREED).text
    assert find(other, "#order-company").attributes["value"] == "Lotus"
    assert "checked" in find(other, "#order-consent").attributes
    assert inputs(other, ".checkout-form input[type=hidden]")["who"] == "other"
    answer = press_buy(buyer, who="other", email="")
    assert (answer.status_code, count(session, Purchase)) == (422, 0)
    back = send_form(buyer, BUY, act="stay", who="other", **AGREED).text
    assert texts(back, ".signed-in") == ["AY Signed in as Ayşe Yıldırım · Change"]
    assert not find_all(client.get(BUY).text, ".signed-in")


def test_a_code_signs_in_on_the_page_and_nothing_typed_is_lost(
    client: FlaskClient, session: Session
) -> None:
    """Caught: what was typed lost over the sign-in."""
    typed = AGREED | {"company": "Lotus"}
    answer = send_form(client, BUY, act="send", email=EMAIL, **typed)
    assert answer.status_code == 200
    assert f"We sent a code to {EMAIL}" in texts(answer.text, "#code-hint")[0]
    assert "An admin can read the code at Settings, Mail." in answer.text
    wrong = send_form(client, BUY, act="prove", code="00000000", email=EMAIL, **typed)
    assert wrong.status_code == 422
    assert texts(wrong.text, "#code-error") == ["This is not the code. 4 tries are left."]
    assert find(client.get(BUY).text, "#code")
    right = send_form(client, BUY, act="prove", code=last_code(session), email=EMAIL, **typed)
    assert right.status_code == 200
    assert texts(right.text, ".signed-in") == [f"A Signed in as {EMAIL} · Change"]
    for page in (answer, wrong, right):
        assert find(page.text, "#order-company").attributes["value"] == "Lotus"
        assert "checked" in find(page.text, "#order-consent").attributes
    assert client.get("/account").status_code == 200
    assert count(session, Purchase) == 0


def test_buy_now_sends_the_code_then_takes_it_and_goes_on(
    client: FlaskClient, session: Session
) -> None:
    nothing = press_buy(client, email="")
    assert texts(nothing.text, ".problems li") == ["Email"]
    sent = press_buy(client, email=EMAIL)
    assert sent.status_code == 422
    assert texts(sent.text, ".problems li") == ["Code"]
    assert count(session, Purchase) == 0
    press_buy(client, email=EMAIL, code=last_code(session))
    bought = only_purchase(session)
    assert session.scalars(select(Customer.id)).all() == [bought.customer_id]
    assert client.get("/account").status_code == 200


def test_a_code_can_be_sent_anew_or_to_another_email(client: FlaskClient, session: Session) -> None:
    send_form(client, BUY, act="send", email=EMAIL, **OFFER)
    first = last_code(session)
    send_form(client, BUY, act="send", email=EMAIL, **OFFER)
    assert send_form(client, BUY, act="prove", code=first, **OFFER).status_code == 422
    page = send_form(client, BUY, act="another_email", email=EMAIL, **OFFER).text
    assert find(page, "#email").attributes["value"] == EMAIL
    bad = send_form(client, BUY, act="send", email="x", **OFFER)
    assert (bad.status_code, len(texts(bad.text, "#email-error"))) == (422, 1)


def test_too_many_codes_are_told_as_on_the_sign_in_page(client: FlaskClient) -> None:
    """Caught: a way around the limits of codes."""
    for _ in range(5):
        send_form(client, BUY, act="send", email=EMAIL, **OFFER)
    answer = send_form(client, BUY, act="send", email=EMAIL, company="Lotus", **OFFER)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert "too many codes" in texts(answer.text, ".notice.bad")[0]
    assert find(answer.text, "#order-company").attributes["value"] == "Lotus"


def test_who_has_several_accounts_chooses_one_on_the_page(
    client: FlaskClient, engine: Engine, session: Session
) -> None:
    """Caught: any number taken that is posted."""
    first, second = add_customer(engine), add_customer(engine, email="b@posta.example")
    with writing(session):
        of_second = update(CustomerContact).where(CustomerContact.customer_id == second)
        session.execute(of_second.values(email=EMAIL, email_key=EMAIL))
    send_form(client, BUY, act="send", email=EMAIL, **AGREED)
    page = send_form(client, BUY, act="prove", code=last_code(session), **AGREED).text
    assert len(find_all(page, ".choice")) == 2
    unsaid = press_buy(client)
    assert (unsaid.status_code, texts(unsaid.text, ".problems li")) == (422, ["Choose an account"])
    assert send_form(client, BUY, customer="99", **AGREED).status_code == 422
    chosen = send_form(client, BUY, customer=str(second), **AGREED)
    assert texts(chosen.text, ".signed-in") == ["AY Signed in as Ayşe Yıldırım · Change"]
    press_buy(client)
    assert only_purchase(session).customer_id == second != first


# When the provider does not answer.


def test_a_payment_page_that_does_not_answer_costs_nothing(
    buyer: FlaskClient, session: Session
) -> None:
    """Caught: a second purchase for each press."""
    for _ in range(2):
        answer = press_buy(buyer, company="Lotus")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
        notice = "You have not been charged. The payment page does not answer. Try again."
        assert texts(answer.text, ".notice.bad") == [notice]
        assert find(answer.text, "#order-company").attributes["value"] == "Lotus"
    assert (count(session, Purchase), count(session, Checkout)) == (1, 1)
    assert session.scalars(select(Checkout.state)).one() == "new"


# Its texts.

# These have a version and a file of their own in each language.
LEGAL = ".withdrawal > .muted, .withdrawal-text, .agreement label"
# Each as it was first shown; see blueprints/checkout/withdrawal.py.
DIGESTS = {
    "2026-11/en.html": "3c68df8e0309cfd8",
    "2026-11/tr.html": "17afdda491c4f9f0",
    "2026-11/de.html": "40aa97be751637f1",
    "2026-11/ar.html": "bc1856ca56e350e2",
    "2026-12/en.html": "12b84a5784ba74c5",
    "2026-12/tr.html": "2d0d200ff83904cb",
    "2026-12/de.html": "37da0761bce15b60",
    "2026-12/ar.html": "249e71a47c22ba18",
}


def test_a_text_that_was_shown_is_never_changed() -> None:
    """Caught: a word changed in a text that purchases name."""
    folder = TEMPLATES / "checkout" / "withdrawal"
    there = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in folder.rglob("*.html")
    }
    assert there == DIGESTS
    assert TEXTS.keys() == LANGUAGES.keys()
    assert all(VERSION in name for name in TEXTS.values())


@only_sqlite
def test_every_text_is_looked_up(
    client: FlaskClient, buyer: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: a label written into a template as it is."""
    monkeypatch.setattr(locale, "_texts", lambda _code: Marked())
    pages = [client.get(BUY), press_buy(buyer, consent="", tax_number="x"), press_buy(buyer)]
    pages += [press_buy(client, email=EMAIL), send_form(buyer, BUY, act="change", **OFFER)]
    edit(session, 1, price_minor=1990)
    apply_all(session)
    pages.append(client.get(BUY))
    remove(session, 1)
    apply_all(session)
    pages.append(client.get(BUY))
    for page in pages:
        html = without(page.text, LEGAL)
        assert unmarked(html, ("Our platform", "Start", "Ayşe Yıldırım", EMAIL)) == []


def test_nobody_is_made_a_customer_by_looking(client: FlaskClient, session: Session) -> None:
    client.get(BUY)
    assert session.scalar(select(func.count()).select_from(Customer)) == 0
