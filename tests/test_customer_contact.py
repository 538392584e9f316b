"""The contact data of a customer, changed by an admin."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.customers import change_contact, get_customer, verify_email
from domain.database import writing
from domain.outbox.models import OutboxMessage
from tests.customer_wallets import add_platforms_customer
from tests.customers import add_customer
from tests.html import texts, values
from tests.page_helpers import chosen, field, hidden_fields, post

TYPED = {
    "version": "1",
    "email": "ayse@posta.example",
    "name": "Ayşe Yıldırım",
    "language": "tr",
    "country": "TR",
}


def test_contact_is_changed(signed_in: FlaskClient, session: Session) -> None:
    customer = add_customer(session)
    form = signed_in.get(f"/customers/{customer}/contact").text
    assert {
        name: field(form, name) for name in ("version", "email", "name")
    }.items() <= TYPED.items()
    assert (chosen(form, "language"), chosen(form, "country")) == ("tr", "TR")
    typed = TYPED | {"email": " Ayse@Yeni.example ", "name": "", "country": "", "language": "ar"}
    answer = post(signed_in, f"/customers/{customer}/contact", typed)
    assert (answer.status_code, answer.location) == (303, f"/customers/{customer}")
    person = get_customer(session, customer)
    assert person[3:8] == ("", "ayse@yeni.example", None, None, "ar")


def test_the_email_before_is_told_if_it_was_proven(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: an admin's stolen sign-in that gives an account to another mailbox, unnoticed."""
    customer = add_customer(session)
    path = f"/customers/{customer}/contact"
    post(signed_in, path, TYPED | {"email": "typo@posta.example"})
    with writing(session):
        verify_email(session, customer, "typo@posta.example")
    post(signed_in, path, TYPED | {"email": "typo@posta.example", "version": "2", "name": "A"})
    post(signed_in, path, TYPED | {"email": "eve@posta.example", "version": "3"})
    assert get_customer(session, customer).email == "eve@posta.example"
    mail = session.scalars(select(OutboxMessage)).one()
    assert (mail.topic, mail.recipient) == ("email_changed", "typo@posta.example")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"email": "ayse"}, "email"),
        ({"email": ""}, "email"),
        ({"name": "x" * 121}, "The name is too long."),
        ({"name": "a\u202eb"}, "invisible"),
        ({"language": "fr"}, "Choose a language from the list."),
        ({"country": "XX"}, "Choose a country from the list."),
    ],
)
def test_bad_input_is_said_and_stays(
    signed_in: FlaskClient, session: Session, changed: dict[str, str], says: str
) -> None:
    customer = add_customer(session)
    answer = post(signed_in, f"/customers/{customer}/contact", TYPED | {"name": "Mine"} | changed)
    assert answer.status_code == 422
    assert any(says in error for error in texts(answer.text, ".field-error"))
    typed = TYPED | {"name": "Mine"} | changed
    assert {name: field(answer.text, name) for name in ("email", "name")}.items() <= typed.items()
    assert get_customer(session, customer).name == "Ayşe Yıldırım"


def test_who_has_the_email_is_named(signed_in: FlaskClient, session: Session) -> None:
    customer = add_customer(session)
    other = add_customer(session, email="b@posta.example")
    answer = post(signed_in, f"/customers/{other}/contact", TYPED)
    assert answer.status_code == 409
    assert f"/customers/{customer}" in values(answer.text, "form a", "href")


def test_somebody_else_saved_meanwhile(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the second save wins, and nobody learns of the first; what only the other has changed
    as something to choose, and put back unless one does."""
    customer = add_customer(session)
    opened = dict(hidden_fields(signed_in.get(f"/customers/{customer}/contact").text))
    del opened["csrf_token"]
    with writing(session):
        theirs = {"email": "ayse@yeni.example", "name": "Ayşe Y.", "country": "DE"}
        change_contact(session, customer, 1, language="tr", **theirs)
    typed = TYPED | opened | {"name": "Ayşe <Mine>", "country": "AT"}
    answer = post(signed_in, f"/customers/{customer}/contact", typed)
    assert answer.status_code == 409
    clashes = texts(answer.text, ".clash label")
    assert clashes == [
        *("Keep mine: Ayşe <Mine>", "Keep theirs: Ayşe Y."),
        *("Keep mine: Austria", "Keep theirs: Germany"),
    ]
    shown = {name: field(answer.text, name) for name in ("name", "email", "opened-name")}
    assert list(shown.values()) == ["Ayşe <Mine>", "ayse@yeni.example", "Ayşe Y."]
    assert get_customer(session, customer).name == "Ayşe Y."
    again = typed | {name: field(answer.text, name) for name in ("version", "email")}
    keep = {
        "keep-name": "mine",
        "keep-country": "theirs",
        "theirs-country": "DE",
        "mine-country": "AT",
    }
    assert post(signed_in, f"/customers/{customer}/contact", again | keep).status_code == 303
    session.rollback()
    person = get_customer(session, customer)
    assert person[3:5] == ("Ayşe <Mine>", "ayse@yeni.example")
    assert person.country == "DE"


def test_a_platforms_customer_may_have_no_email(signed_in: FlaskClient, session: Session) -> None:
    customer = add_platforms_customer(session, "Lotus app", "u1")
    typed = TYPED | {"email": ""}
    assert post(signed_in, f"/customers/{customer}/contact", typed).status_code == 303
    assert get_customer(session, customer).email is None
