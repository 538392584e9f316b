"""The payment links of a customer: making, sending, copying and revoking one."""

from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from blueprints.mails import render
from domain.customers.models import CustomerContact
from domain.database import write, writing
from domain.languages import LANGUAGES
from domain.outbox.models import OutboxMessage
from domain.purchases.link_models import LinkedPurchase, PaymentLink
from domain.purchases.payment_links import digest, revoke_link
from tests.checkouts import make_shop
from tests.conftest import Once
from tests.customers import add_customer
from tests.html import find, find_all, text_of, texts, values
from tests.page_helpers import add, apply_all, edit_settings, post, remove
from tests.payment_links import new_link
from tests.purchase_rows import add_purchase

EMAIL = "ayse@posta.example"
NO_EMAIL = {"email": None, "email_key": None, "email_verified_at": None}
LONG = "Aile Paketi – Düzenli Görüşmeler İçin Donaudampfschifffahrtsgesellschaft"


@pytest.fixture(autouse=True)
def shop(once: Once) -> None:
    """Package 1 is on sale in Germany, 2 in Turkey."""
    once(make_two_markets)


@pytest.fixture
def ayse(engine: Engine) -> str:
    """Her page."""
    return f"/customers/{add_customer(engine, country='TR')}"


def make_two_markets(session: Session) -> None:
    make_shop(session)
    add(session, LONG, credits=50, price_minor=9900, country="TR", currency="TRY")
    apply_all(session)


def rows(session: Session, table: type[PaymentLink | OutboxMessage]) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(table)) or 0


def alert(page: str) -> str:
    return text_of(find(page, "[role=alert] .message"))


def test_the_packages_are_those_of_the_customers_country(signed_in: FlaskClient, ayse: str) -> None:
    page = signed_in.get(f"{ayse}/payment-links").text
    assert values(page, "#link-country option[selected]", "value") == ["TR"]
    [none, package] = texts(page, "#link-package option")
    assert none == "Choose a package"
    assert LONG in package
    assert "50 credits" in package
    assert values(page, "[name=days][checked]", "value") == ["7"]
    assert values(page, "[name=days]", "value") == ["1", "3", "7", "30"]
    page = signed_in.get(f"{ayse}/payment-links?country=DE").text
    assert texts(page, "#link-package option")[1].endswith("100 credits, €20.89")


def test_a_package_that_is_asked_for_is_chosen(
    signed_in: FlaskClient, session: Session, ayse: str
) -> None:
    """As failed payments ask for it. Caught: the country of the customer before that of the
    package."""
    page = signed_in.get(f"{ayse}/payment-links?package=1").text
    assert values(page, "#link-package option[selected]", "value") == ["1"]
    remove(session, 1)
    apply_all(session)
    page = signed_in.get(f"{ayse}/payment-links?package=1").text
    assert "is not for sale any more" in text_of(find(page, ".card .message"))
    assert signed_in.get(f"{ayse}/payment-links?package=x&country=xx").status_code == 200


def test_a_link_to_copy_is_shown_once(
    signed_in: FlaskClient, client: FlaskClient, session: Session, ayse: str
) -> None:
    """Caught: a link that stays on the page; one that another customer's page shows."""
    typed = {"package": "1", "days": "30", "act": "copy"}
    answer = post(signed_in, f"{ayse}/payment-links?country=DE", typed)
    assert answer.location == f"{ayse}#payment-links"
    other = f"/customers/{add_customer(session, 'b@posta.example', 'B')}"
    assert not find_all(signed_in.get(other).text, "#new-payment-link")
    page = signed_in.get(ayse).text
    [address] = values(page, "#new-payment-link", "value")
    token = address.removeprefix("http://localhost/pay/").removesuffix("?lang=tr")
    session.rollback()
    link = session.scalars(select(PaymentLink)).one()
    assert (link.token_hash, link.package_id) == (digest(token), 1)
    assert (link.expires_at - link.created_at).days == 30
    assert rows(session, OutboxMessage) == 0
    assert client.get(f"/pay/{token}").status_code in (200, 503)
    again = signed_in.get(ayse).text
    assert token not in again
    [row] = texts(again, ".payment-links li")
    assert row.startswith("Start Open")
    assert "copied by you" in row


def test_a_link_is_sent_in_the_customers_language_once_a_minute(
    signed_in: FlaskClient, session: Session, ayse: str
) -> None:
    """Caught: the token among what is kept of a mail; a mail for each press."""
    typed = {"package": "1", "days": "3", "act": "mail"}
    answer = post(signed_in, f"{ayse}/payment-links?country=DE", typed)
    assert "The link is on its way." in signed_in.get(answer.location).text
    session.rollback()
    mail = session.scalars(select(OutboxMessage)).one()
    assert (mail.recipient, mail.topic) == (EMAIL, "payment_link")
    assert mail.data["language"] == "tr"
    token = (mail.secrets or {})["token"]
    assert token not in str(mail.data)
    assert session.scalars(select(PaymentLink.token_hash)).all() == [digest(token)]
    refused = post(signed_in, f"{ayse}/payment-links?country=DE", typed)
    assert refused.status_code == 409
    assert "a moment ago" in alert(refused.text)
    assert (rows(session, PaymentLink), rows(session, OutboxMessage)) == (1, 1)
    write(session, partial(revoke_link, customer_id=1, link_id=1))
    assert post(signed_in, f"{ayse}/payment-links?country=DE", typed).status_code == 303


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_mail_leads_to_the_page(app: Flask, code: str) -> None:
    data = {"language": code, "package": LONG, "days": 7, "origin": "https://shop.example"}
    with app.test_request_context():
        said = render("payment_link", EMAIL, data, {"token": "secret"})
        kept = render("payment_link", EMAIL, data)
    assert values(said.html, "a", "href") == [f"https://shop.example/pay/secret?lang={code}"]
    assert LONG in said.text
    assert "secret" not in kept.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"package": "", "days": "7"}, "Choose a package from the list."),
        ({"package": "2", "days": "7"}, "Choose a package from the list."),
        ({"package": "1", "days": "8"}, "Choose how long the link is valid."),
        ({"package": "9" * 30, "days": ""}, "Choose a package from the list."),
    ],
)
def test_what_cannot_be_is_said(
    signed_in: FlaskClient, session: Session, ayse: str, typed: dict[str, str], words: str
) -> None:
    answer = post(signed_in, f"{ayse}/payment-links?country=DE", typed)
    assert answer.status_code == 422
    assert words in texts(answer.text, ".field-error")
    assert rows(session, PaymentLink) == 0


def test_without_an_email_there_is_a_link_to_copy_alone(
    signed_in: FlaskClient, session: Session, ayse: str
) -> None:
    with writing(session):
        session.execute(update(CustomerContact).values(NO_EMAIL))
    page = signed_in.get(f"{ayse}/payment-links").text
    assert values(page, "[name=act]", "value") == ["copy"]
    typed = {"package": "1", "days": "7", "act": "mail"}
    answer = post(signed_in, f"{ayse}/payment-links?country=DE", typed)
    assert (answer.status_code, rows(session, PaymentLink)) == (409, 0)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({}, "They see the name of the customer, and neither balance nor email."),
        (
            {"name": ""},
            "As no name is known, they see \u2068a•••@posta.example\u2069, and neither balance nor "
            "more of the email.",
        ),
        ({"name": "", **NO_EMAIL}, "They see nothing of the customer: no name is known."),
    ],
)
def test_it_says_what_who_has_the_link_sees(
    signed_in: FlaskClient, session: Session, ayse: str, known: dict[str, str | None], said: str
) -> None:
    """Caught: "neither balance nor email", where the page shows a part of the email."""
    if known:
        with writing(session):
            session.execute(update(CustomerContact).values(known))
    assert said in texts(signed_in.get(f"{ayse}/payment-links").text, ".page-head p.muted")[0]


def test_where_nothing_is_sold_there_is_no_link(
    signed_in: FlaskClient, session: Session, ayse: str
) -> None:
    edit_settings(session, buying="nowhere")
    apply_all(session)
    page = signed_in.get(f"{ayse}/payment-links").text
    assert "Packages are not bought here" in page
    typed = {"package": "1", "days": "7", "act": "copy"}
    assert post(signed_in, f"{ayse}/payment-links?country=DE", typed).status_code == 409
    assert rows(session, PaymentLink) == 0


def test_each_link_has_a_state_and_open_ones_a_button(
    signed_in: FlaskClient, session: Session, ayse: str
) -> None:
    """Caught: another customer's link that is revoked by its number."""
    for _ in range(4):
        new_link(session, 1)
    paid, waiting = add_purchase(session, 1), add_purchase(session, 1, "processing")
    with writing(session):
        session.add(LinkedPurchase(link_id=1, purchase_id=paid))
        session.add(LinkedPurchase(link_id=2, purchase_id=waiting))
    assert post(signed_in, f"{ayse}/payment-links/3/revoke").location == f"{ayse}#payment-links"
    for path in (f"{ayse}/payment-links/3/revoke", f"{ayse}/payment-links/1/revoke"):
        assert post(signed_in, path).status_code == 303
    page = signed_in.get(ayse).text
    assert texts(page, ".payment-links .state") == ["Open", "Revoked", "Confirming", "Paid"]
    assert values(page, ".payment-links form", "action") == [f"{ayse}/payment-links/4/revoke"]
    other = f"/customers/{add_customer(session, 'b@posta.example', 'B')}"
    assert post(signed_in, f"{other}/payment-links/4/revoke").status_code == 404
    assert "None. A link lets" in signed_in.get(other).text
    for path in ("/customers/99/payment-links", "/customers/99/payment-links/1/revoke"):
        assert post(signed_in, path).status_code == 404
