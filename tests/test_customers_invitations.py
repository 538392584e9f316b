"""Inviting a customer: the mail, and how often it is sent."""

from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from blueprints.mails import render
from domain.customers import sessions
from domain.customers.errors import NotInvited
from domain.customers.invitations import invite
from domain.database import write, writing
from domain.languages import LANGUAGES
from domain.outbox.models import OutboxMessage
from tests.clock import Clock
from tests.customers import add_customer
from tests.html import values

ADDRESS = "https://shop.example/account"


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_invitation_says_how_to_sign_in(app: Flask, code: str) -> None:
    """Caught: a mail with a link that signs in, which scanners of mail open."""
    data = {"language": code, "address": "https://shop.example/account"}
    with app.test_request_context():
        said = render("invitation", "ayse@posta.example", data)
    assert "https://shop.example/account" in said.text
    assert "ayse@posta.example" in said.text
    assert values(said.html, "a", "href") == ["https://shop.example/account"]


def test_an_invitation_is_sent_again_once_a_minute(session: Session, clock: Clock) -> None:
    """Caught: a mail for each press."""
    invited = add_customer(session, "ayse@posta.example", "")
    send = partial(invite, customer_id=invited, address=ADDRESS)
    assert [write(session, send) for _ in range(2)] == [True, False]
    clock.go_on(minutes=1)
    assert write(session, send)
    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 2
    session.rollback()


def test_who_has_signed_in_is_not_invited(session: Session) -> None:
    there = add_customer(session, "ayse@posta.example", "")
    with writing(session):
        sessions.open_session(session, there)
    with pytest.raises(NotInvited), writing(session):
        invite(session, there, address=ADDRESS)
