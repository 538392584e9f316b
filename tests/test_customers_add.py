"""Add customer: the form, what it refuses, the invitation and how it is sent again."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.customers import sessions
from domain.customers.customers import add_by_hand, get_customer
from domain.customers.errors import EmailTaken
from domain.customers.models import Customer
from domain.database import write, writing
from domain.outbox.models import OutboxMessage
from tests.conftest import config_for
from tests.customers import LIST, add_customer
from tests.html import find, find_all, inputs, text_of, texts, values
from tests.page_helpers import apply_all, edit_settings, post

ADD = f"{LIST}add"
TYPED = {"email": "Ayse@Posta.example", "name": "Ayşe", "language": "tr", "country": "TR"}


def mails(session: Session) -> list[OutboxMessage]:
    session.rollback()
    return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def customers(session: Session) -> list[int]:
    session.rollback()
    return list(session.scalars(select(Customer.id).order_by(Customer.id)))


@pytest.mark.on_both
def test_a_customer_is_added_and_invited(signed_in: FlaskClient, session: Session) -> None:
    answer = post(signed_in, ADD, TYPED | {"invites": "1"})
    assert (answer.status_code, answer.location) == (303, "/customers/1")
    person = get_customer(session, 1)
    assert (person.name, person.email, person.country, person.language) == (
        *("Ayşe", "ayse@posta.example"),
        *("TR", "tr"),
    )
    assert person.is_invited
    [mail] = mails(session)
    assert (mail.topic, mail.recipient) == ("invitation", "ayse@posta.example")
    assert mail.data == {"language": "tr", "address": "http://localhost/account"}
    assert not mail.has_secrets
    assert "Customer added and invited." in signed_in.get(LIST).text


def test_without_the_tick_no_mail_is_sent(signed_in: FlaskClient, session: Session) -> None:
    assert post(signed_in, ADD, TYPED).status_code == 303
    assert mails(session) == []


def test_the_form_opens_in_the_main_language_and_with_the_tick(
    signed_in: FlaskClient, session: Session
) -> None:
    edit_settings(session, main_language="de")
    apply_all(session)
    page = signed_in.get(ADD).text
    assert values(page, "#customer-language [selected]", "value") == ["de"]
    assert len(find_all(page, "[name=invites][checked]")) == 1


@pytest.mark.own_app
def test_where_mail_is_not_set_up_nobody_is_invited_by_default(
    app: Flask, signed_in: FlaskClient, database: str
) -> None:
    app.extensions["scrip"] = config_for(database, production=True)
    page = signed_in.get(ADD).text
    assert find_all(page, "[name=invites][checked]") == []
    assert "would wait" in text_of(find(page, "#customer-invites-hint"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"email": ""}, "Enter an email address, like name@example.com."),
        ({"email": "bo"}, "Enter an email address, like name@example.com."),
        ({"email": "a" * 250 + "@b.example"}, "The email is too long. Use at most 254 characters."),
        (
            {"email": "a\u200bb@c.example"},
            "It holds an invisible character. Type the email by hand.",
        ),
        ({"name": "x" * 121}, "The name is too long. Use at most 120 characters."),
        ({"name": "a\0b"}, "It holds an invisible character. Type the name by hand."),
        ({"language": "fr"}, "Choose a language from the list."),
        ({"language": ""}, "Choose a language from the list."),
        ({"country": "XX"}, "Choose a country from the list."),
    ],
)
def test_bad_input_is_said_at_its_field_and_kept(
    signed_in: FlaskClient, session: Session, wrong: dict[str, str], said: str
) -> None:
    answer = post(signed_in, ADD, TYPED | wrong)
    assert answer.status_code == 422
    assert texts(answer.text, ".field-error") == [said]
    [name] = wrong
    assert values(answer.text, "[aria-invalid=true]", "name") == [name]
    kept = inputs(answer.text, ".card input[type=text]")
    assert kept == {n: (TYPED | wrong)[n] for n in ("email", "name")} or "\0" in wrong[name]
    assert customers(session) == []


@pytest.mark.on_both
def test_an_email_that_somebody_has_leads_to_them(signed_in: FlaskClient, session: Session) -> None:
    taken = add_customer(session, "ayse@posta.example", "Ayşe Yıldırım")
    answer = post(signed_in, ADD, TYPED | {"invites": "1"})
    assert answer.status_code == 409
    assert texts(answer.text, ".field-error") == [f"Customer {taken} has this email."]
    link = find(answer.text, f'a[href="/customers/{taken}"]')
    assert text_of(link) == "Open Ayşe Yıldırım"
    assert values(answer.text, ".after-form form", "action") == [f"/customers/{taken}/invite"]
    assert (customers(session), mails(session)) == ([taken], [])


@pytest.mark.on_both
def test_a_form_that_is_sent_twice_adds_one(signed_in: FlaskClient, session: Session) -> None:
    """Caught: an error about the customer that the same press had just added."""
    sent = TYPED | {"invites": "1"}
    answers = [post(signed_in, ADD, sent) for _ in range(2)]
    assert [answer.location for answer in answers] == ["/customers/1", "/customers/1"]
    assert (customers(session), len(mails(session))) == ([1], 1)


def test_many_at_once_add_one(engine: Engine, session: Session) -> None:
    """Caught: the look for the email without the lock, on PostgreSQL."""
    at_once = Barrier(8)
    work = partial(add_by_hand, email="a@b.example", name="", language="tr")

    def add() -> bool:
        with Session(engine) as own:
            own.connection()
            at_once.wait()
            try:
                write(own, work)
            except EmailTaken:
                return False
            return True

    with ThreadPoolExecutor(8) as threads:
        added = [thread.result() for thread in [threads.submit(add) for _ in range(8)]]
    assert added.count(True) == 1
    assert len(customers(session)) == 1


@pytest.mark.on_both
def test_an_invitation_is_sent_again(signed_in: FlaskClient, session: Session) -> None:
    invited = add_customer(session, "ayse@posta.example", "")
    answer = post(signed_in, f"{LIST}{invited}/invite")
    assert (answer.status_code, answer.location) == (303, f"/customers/{invited}")
    assert [mail.recipient for mail in mails(session)] == ["ayse@posta.example"]
    assert "The invitation is on its way." in signed_in.get(LIST).text


def test_who_signed_in_or_is_not_there_is_not_invited(
    signed_in: FlaskClient, session: Session
) -> None:
    there = add_customer(session, "ayse@posta.example", "")
    with writing(session):
        sessions.open_session(session, there)
    assert post(signed_in, f"{LIST}{there}/invite").status_code == 409
    assert post(signed_in, f"{LIST}7/invite").status_code == 404
    assert mails(session) == []
