"""Mails to an admin about a change of how they sign in."""

from typing import get_args

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from blueprints.mails import render
from domain.accounts.own_account import choose_language
from domain.database import writing
from domain.languages import ADMINS_LANGUAGES
from domain.notices.own_account import Change
from domain.outbox.models import OutboxMessage
from tests.conftest import ADMIN, only_sqlite, sign_in
from tests.page_helpers import post
from tests.test_login_code import send
from tests.test_password_page import PAGE as PASSWORD_PAGE
from tests.test_password_page import TYPED
from tests.test_second_factor_page import PAGE, RENEW, SET_UP, code_of, codes_on, key_on

SAYS: dict[Change, tuple[str, str]] = {
    "password": ("Your password at Scrip was changed", "other browsers were signed out"),
    "app_on": ("An authenticator app was set up", "takes a code from this app"),
    "app_off": ("Your second factor at Scrip was turned off", "your password alone signs you in"),
    "recovery_codes": ("You have new recovery codes", "The older ones no longer work"),
    "recovery_code_used": ("A recovery code was used", "9 recovery codes are left"),
}


def mails_of_changes(session: Session) -> list[tuple[str, str, str]]:
    """The recipient, the change and the language of each."""
    session.rollback()
    mails = session.scalars(
        select(OutboxMessage).where(OutboxMessage.topic == "own_account").order_by(OutboxMessage.id)
    )
    return [(mail.recipient, mail.data["change"], mail.data["language"]) for mail in mails]


@pytest.mark.on_both
def test_each_change_is_mailed_to_its_admin(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a mail about a code of the app at the sign-in; a second one about turning off what is
    off; the language of the buyers instead of that of the admin's browser."""
    key = key_on(signed_in.get(SET_UP).text)
    assert post(signed_in, SET_UP, {"code": "1"}).status_code == 422
    post(signed_in, SET_UP, {"code": code_of(key)})
    codes = codes_on(post(signed_in, RENEW))
    for code in (code_of(key, 1), codes[0]):
        post(signed_in, "/logout")
        sign_in(signed_in)
        assert send(signed_in, code).status_code == 303
    for _ in range(2):
        post(signed_in, f"{PAGE}/off")
    assert post(signed_in, PASSWORD_PAGE, TYPED, language="tr").status_code == 303
    assert mails_of_changes(session) == [
        (ADMIN, "app_on", "en"),
        (ADMIN, "recovery_codes", "en"),
        (ADMIN, "recovery_code_used", "en"),
        (ADMIN, "app_off", "en"),
        (ADMIN, "password", "tr"),
    ]


@pytest.mark.parametrize(("own", "expected"), [("en", "en"), ("", "tr")])
def test_the_mail_is_in_the_admins_own_language(
    signed_in: FlaskClient, session: Session, own: str, expected: str
) -> None:
    """Whatever the page speaks. Caught: the language of the page alone."""
    with writing(session):
        choose_language(session, 1, own)
    assert post(signed_in, f"{PASSWORD_PAGE}?lang=tr", TYPED).status_code == 303
    assert mails_of_changes(session) == [(ADMIN, "password", expected)]


@only_sqlite
@pytest.mark.parametrize("change", get_args(Change))
@pytest.mark.parametrize("language", ADMINS_LANGUAGES)
def test_the_mail_says_what_changed_and_what_to_do(
    app: Flask, change: Change, language: str
) -> None:
    data = {"language": language, "change": change, "codes_left": 9}
    with app.app_context():
        said = render("own_account", ADMIN, data)
    subject, detail = SAYS[change]
    assert (subject in said.subject, detail in said.text) == (language == "en",) * 2
    assert ADMIN in said.text
    assert ("If that was not you, change your password at once." in said.text) == (language == "en")
