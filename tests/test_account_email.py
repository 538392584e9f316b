"""Another email: proved by a code before it counts, with a mail to the old address."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from blueprints.mails import render
from domain.customers.customers import Person, get_customer, verify_email
from domain.customers.models import Customer, SignInCode
from domain.database import writing
from domain.languages import LANGUAGES
from domain.outbox.models import OutboxMessage
from domain.platforms.models import Platform
from tests.account_pages import customer_client, last_code, send_form
from tests.customers import AYSE, add_customer
from tests.html import texts, values

EMAIL, CODE = "/account/email", "/account/email/code"
NEW = "ayse@neu.example"


@pytest.fixture
def ayse(engine: Engine, session: Session) -> int:
    """Who came in by a code."""
    ayse = add_customer(engine, language="en")
    with writing(session):
        verify_email(session, ayse, AYSE["email"])
    return ayse


@pytest.fixture
def client(app: Flask, engine: Engine, ayse: int) -> FlaskClient:
    return customer_client(app, engine, ayse)


def ask(client: FlaskClient, email: str = NEW) -> TestResponse:
    return send_form(client, EMAIL, email=email)


def prove(client: FlaskClient, session: Session) -> TestResponse:
    return send_form(client, CODE, code=last_code(session))


def person(session: Session, customer_id: int) -> Person:
    session.rollback()
    return get_customer(session, customer_id)


def mails(session: Session) -> list[tuple[str, str]]:
    """Topic and recipient, the oldest first."""
    session.rollback()
    columns = select(OutboxMessage.topic, OutboxMessage.recipient).order_by(OutboxMessage.id)
    return [(topic, recipient) for topic, recipient in session.execute(columns)]


@pytest.mark.on_both
def test_an_email_is_changed_by_who_has_its_mail(
    client: FlaskClient, session: Session, ayse: int
) -> None:
    """Caught: no word to the address before."""
    assert EMAIL in values(client.get("/account/profile").text, ".facts a", "href")
    assert ask(client).location == CODE
    assert person(session, ayse).email == AYSE["email"]
    answer = prove(client, session)
    assert (answer.status_code, answer.location) == (303, "/account/profile")
    changed = person(session, ayse)
    assert (changed.email, changed.name) == (NEW, AYSE["name"])
    assert changed.email_verified_at
    assert mails(session) == [("email_code", NEW), ("email_changed", AYSE["email"])]
    assert send_form(client, CODE, code="12345678").location == EMAIL


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_mail_says_what_its_code_is_for(app: Flask, language: str) -> None:
    """Caught: the mail of a code to sign in, for a code that changes an email."""
    with app.app_context():
        data = {"language": language, "minutes": 10}
        mails = [render(topic, NEW, data, {"code": "01234567"}) for topic in ("code", "email_code")]
    assert all("01234567" in mail.text and NEW in mail.text for mail in mails)
    assert mails[0].subject != mails[1].subject
    assert mails[0].text.splitlines()[-1] != mails[1].text.splitlines()[-1]


def test_a_wrong_code_changes_nothing(client: FlaskClient, session: Session, ayse: int) -> None:
    ask(client)
    wrong = f"{(int(last_code(session)) + 1) % 10**8:08}"
    answer = send_form(client, CODE, code=wrong)
    assert answer.status_code == 422
    assert texts(answer.text, "#code-error") == ["This is not the code. 4 tries are left."]
    for _ in range(4):
        answer = send_form(client, CODE, code=wrong)
    assert "This code has ended" in answer.text
    assert prove(client, session).status_code == 422
    assert person(session, ayse).email == AYSE["email"]


def test_a_code_to_sign_in_changes_no_email(
    app: Flask, client: FlaskClient, session: Session, ayse: int
) -> None:
    """Caught: one token for both in the session cookie."""
    other = app.test_client()
    send_form(other, "/account/sign-in", email=NEW)
    assert send_form(client, CODE, code=last_code(session)).location == EMAIL
    ask(client)
    code = last_code(session)
    assert send_form(client, "/account/sign-in/code", code=code).location.startswith(
        "/account/sign-in"
    )
    assert person(session, ayse).email == AYSE["email"]


def test_the_email_of_another_account_is_not_taken(
    client: FlaskClient, engine: Engine, session: Session, ayse: int
) -> None:
    add_customer(engine, email=NEW)
    ask(client)
    answer = prove(client, session)
    assert answer.status_code == 409
    assert texts(answer.text, "main [role=alert]") == [
        f"Not changed: another account has {NEW}. Sign in with it to use that account."
    ]
    assert person(session, ayse).email == AYSE["email"]


@pytest.mark.parametrize("typed", ["", "x", f"{'a' * 250}@b.example", "a\x00@b.example"])
def test_what_is_no_address_is_said(client: FlaskClient, session: Session, typed: str) -> None:
    answer = ask(client, typed)
    assert answer.status_code == 422
    assert len(texts(answer.text, "#email-error")) == 1
    assert session.scalar(select(SignInCode.id)) is None


def test_codes_are_limited_as_at_the_door(client: FlaskClient) -> None:
    answers = [ask(client) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert answers[-1].headers["Retry-After"]


def test_a_platform_says_the_email_of_its_own_customers(
    client: FlaskClient, session: Session
) -> None:
    """Caught: the page hidden, and its address open."""
    with writing(session):
        session.add(platform := Platform(name="Lotus app"))
        session.flush()
        session.execute(update(Customer).values(platform_id=platform.id))
    assert client.get(EMAIL).status_code == 404
    assert ask(client).status_code == 404
    assert send_form(client, CODE, code="12345678").status_code == 404
    assert values(client.get("/account/profile").text, ".facts a", "href") == []
