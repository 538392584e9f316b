"""Links by which an admin who lost the password chooses a new one."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from blueprints.mails import HIDDEN, render
from domain.accounts.models import Admin, SecondFactor
from domain.accounts.password_links import LIFETIME
from domain.accounts.team_models import PasswordLink
from domain.database import writing
from domain.languages import ADMINS_LANGUAGES
from domain.outbox.models import OutboxMessage
from tests.conftest import ADMIN, PASSWORD, make_admin, only_sqlite, sign_in, signed_in_client
from tests.html import find_all, texts, values
from tests.page_helpers import LIST, post
from tests.second_factor import set_up_app
from tests.team import BOB, CHOSEN, NEW_PASSWORD, TEAM, add_member, new_link, seen, send
from tests.test_invitations import OVER, shown_link
from tests.test_login_code import send as send_code
from tests.test_team_page import activity, change_role, do

TWO = f"{TEAM}/2"
OTHER = "marble thunder kettle spruce"


@pytest.fixture
def bob(engine: Engine, signed_in: FlaskClient) -> int:  # noqa: ARG001 - Ana comes first
    return add_member(engine)


@pytest.fixture
def link(session: Session, bob: int) -> str:
    """For Bob, made by Ana."""
    return new_link(session, bob)


def links(session: Session) -> list[tuple[int, int]]:
    """For whom each is, and by whom."""
    session.rollback()
    return [(row.admin_id, row.made_by) for row in session.scalars(select(PasswordLink))]


def password_hash(session: Session, admin_id: int = 2) -> str:
    session.rollback()
    return session.scalars(select(Admin.password_hash).where(Admin.id == admin_id)).one()


def set_age(session: Session, age: timedelta) -> None:
    with writing(session):
        for row in session.scalars(select(PasswordLink)):
            row.created_at, row.expires_at = row.created_at - age, row.expires_at - age


@pytest.mark.on_both
@pytest.mark.usefixtures("bob")
def test_a_lost_password_is_chosen_anew(
    app: Flask, engine: Engine, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: the token kept as it is; the link shown twice; `end_all_sessions` left out of
    `use_link`."""
    old = signed_in_client(app, engine, BOB)
    assert do(signed_in, session, "password-link") == 303
    (path,) = shown_link(signed_in, TWO)
    assert shown_link(signed_in, TWO) == []
    token = path.removeprefix("/password/")
    session.rollback()
    assert token not in str(session.execute(select(PasswordLink.__table__)).all())
    theirs = app.test_client()
    for _ in range(3):
        page = theirs.get(path)
        assert (page.status_code, values(page.text, "#link-email", "value")) == (200, [BOB])
    assert old.get(LIST).status_code == 200
    answer = send(theirs, path, CHOSEN)
    assert (answer.status_code, answer.location) == (303, LIST)
    assert theirs.get(LIST).status_code == 200
    assert old.get(LIST).status_code == 302
    assert activity(session) == [
        ("password_link_made", ADMIN, 2, {}),
        ("password_link_used", BOB, 2, {}),
        ("signed_in", BOB, 2, {}),
    ]
    mails = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    told = [(mail.topic, mail.recipient) for mail in mails]
    assert told == [("password_link", BOB), ("own_account", BOB)]
    assert mails[0].secrets == {"token": token}
    assert token not in str(mails[0].data)
    assert sign_in(app.test_client(), BOB).status_code == 422
    assert sign_in(app.test_client(), BOB, NEW_PASSWORD).status_code == 303


@pytest.mark.on_both
def test_the_second_factor_is_asked_for_as_ever(app: Flask, session: Session, link: str) -> None:
    """Also in a browser that was remembered: whoever has the link has the mailbox, perhaps.

    Caught: `use_link` that opens a session at once; `forget_browsers` left out of it.
    """
    authenticator = set_up_app(session, BOB)
    remembered = app.test_client()
    assert sign_in(remembered, BOB).location.startswith("/login/code")
    assert send_code(remembered, authenticator.code(), remember=True).status_code == 303
    post(remembered, "/logout")
    answer = send(remembered, link, CHOSEN)
    assert answer.location.startswith("/login/code")
    assert remembered.get(LIST).location.startswith("/login")
    assert send_code(remembered, authenticator.code(1)).status_code == 303
    assert remembered.get(LIST).status_code == 200
    post(remembered, "/logout")
    assert sign_in(remembered, BOB, NEW_PASSWORD).location.startswith("/login/code")
    session.rollback()
    assert session.get(SecondFactor, 2)


@pytest.mark.on_both
def test_a_link_works_once(app: Flask, session: Session, link: str) -> None:
    """Caught: `end_password_link` left out of `use_link`."""
    assert send(app.test_client(), link, CHOSEN).status_code == 303
    before = password_hash(session)
    other = app.test_client()
    typed = {"new_password": OTHER, "new_password_again": OTHER}
    for answer in (other.get(link), send(other, link, typed)):
        assert (answer.status_code, texts(answer.text, "h1")) == (410, [OVER])
    assert password_hash(session) == before


def end_by_age(_ana: FlaskClient, session: Session) -> None:
    set_age(session, LIFETIME)


def end_by_a_clock_set_back(_ana: FlaskClient, session: Session) -> None:
    set_age(session, -LIFETIME - timedelta(minutes=1))


def end_by_another(ana: FlaskClient, session: Session) -> None:
    assert do(ana, session, "password-link") == 303


def end_by_disabling(ana: FlaskClient, session: Session) -> None:
    assert do(ana, session, "disable") == 303
    assert do(ana, session, "enable") == 303


def end_by_removal(ana: FlaskClient, session: Session) -> None:
    assert do(ana, session, "remove") == 303


def end_by_a_password_remembered(ana: FlaskClient, session: Session) -> None:
    """Bob signs in after all, and changes it himself."""
    assert session
    theirs = ana.application.test_client()
    assert sign_in(theirs, BOB).status_code == 303
    typed = {"password": PASSWORD, "new_password": OTHER, "new_password_again": OTHER}
    assert post(theirs, "/settings/account/password", typed).status_code == 303


def end_by_a_command(ana: FlaskClient, session: Session) -> None:
    assert ana
    make_admin(session.get_bind(), BOB)  # type: ignore[arg-type]


def end_with_its_maker(ana: FlaskClient, session: Session) -> None:
    """Made by Eve, who is an owner no more."""
    eve = add_member(session.get_bind(), "eve@example.com")  # type: ignore[arg-type]
    with writing(session):
        session.get_one(PasswordLink, 2).made_by = eve
    assert change_role(ana, session, eve, "viewer") == 303


ENDS = (
    *(end_by_age, end_by_a_clock_set_back, end_by_another, end_by_disabling, end_by_removal),
    *(end_by_a_password_remembered, end_by_a_command, end_with_its_maker),
)


@pytest.mark.on_both
@pytest.mark.parametrize("end", ENDS)
def test_a_link_that_has_ended_changes_nothing(
    app: Flask,
    signed_in: FlaskClient,
    session: Session,
    link: str,
    end: Callable[[FlaskClient, Session], None],
) -> None:
    """Caught: the age not looked at, or without `abs`; the row of before kept in `make_link`;
    `end_password_link` left out of `change_password`; `end_links_to` left out of `save_admin`;
    the links of a former owner kept by `end_links_made_by`."""
    end(signed_in, session)
    before = password_hash(session)
    theirs = app.test_client()
    never = theirs.get("/password/x").text
    for answer in (theirs.get(link), send(theirs, link, CHOSEN)):
        assert (answer.status_code, texts(answer.text, "h1")) == (410, [OVER])
    assert theirs.get(link).text == never
    assert password_hash(session) == before


def test_a_second_press_makes_no_second_link(
    signed_in: FlaskClient, session: Session, bob: int
) -> None:
    """Caught: `link_made_at` left out of `Member.seen`: the link that was shown stopped working."""
    opened = {"seen": seen(session, bob)}
    assert post(signed_in, f"{TWO}/password-link", opened).status_code == 303
    (path,) = shown_link(signed_in, TWO)
    assert post(signed_in, f"{TWO}/password-link", opened).status_code == 409
    assert links(session) == [(2, 1)]
    assert signed_in.get(path).status_code == 200
    assert "A link works until" in signed_in.get(TWO).text


@pytest.mark.usefixtures("bob")
def test_there_is_no_link_for_who_is_disabled(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a mail to somebody who has left."""
    assert do(signed_in, session, "disable") == 303
    assert find_all(signed_in.get(TWO).text, f"a[href='{TWO}/password-link']") == []
    answer = post(signed_in, f"{TWO}/password-link", {"seen": seen(session, 2)})
    assert answer.status_code == 409
    assert "No link was made: this admin is disabled. Enable them first." in answer.text
    assert links(session) == []


@pytest.mark.parametrize(
    ("typed", "name", "sentence"),
    [
        ({"new_password": ""}, "new_password", "Enter a new password."),
        ({"new_password": "short"}, "new_password", "The password is too short."),
        ({"new_password": "bob@example.com1"}, "new_password", "The password is easy to guess."),
        ({"new_password_again": "x"}, "new_password_again", "The two new passwords differ."),
    ],
)
def test_what_cannot_be_a_password_is_told(
    app: Flask, session: Session, link: str, typed: dict[str, str], name: str, sentence: str
) -> None:
    before = password_hash(session)
    theirs = app.test_client()
    answer = send(theirs, link, CHOSEN | typed)
    assert answer.status_code == 422
    assert texts(answer.text, f"#link-{name}-error")[0].startswith(sentence)
    assert find_all(answer.text, "[type=password][value]") == []
    assert password_hash(session) == before
    assert send(theirs, link, CHOSEN).status_code == 303


def test_a_form_of_another_site_changes_nothing(app: Flask, session: Session, link: str) -> None:
    """Caught: `refuse_forged` left out."""
    before = password_hash(session)
    assert app.test_client().post(link, data=CHOSEN).status_code == 400
    assert password_hash(session) == before


def test_it_takes_the_place_of_who_is_signed_in(
    signed_in: FlaskClient, session: Session, link: str
) -> None:
    warning = " ".join(texts(signed_in.get(link).text, ".message"))
    assert warning.startswith("In this browser Ana is signed in.")
    assert send(signed_in, link, CHOSEN).status_code == 303
    assert BOB in signed_in.get("/settings/account").text
    assert password_hash(session, 1) != password_hash(session)


def test_the_key_is_in_no_log(app: Flask, link: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    token = link.removeprefix("/password/")
    theirs = app.test_client()
    page = theirs.get(link)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    send(theirs, link, CHOSEN)
    theirs.get(link)
    assert "/password/…" in str([getattr(record, "path", "") for record in caplog.records])
    assert token not in caplog.text + str([vars(record) for record in caplog.records])


@only_sqlite
@pytest.mark.parametrize("language", ADMINS_LANGUAGES)
def test_the_mail_leads_to_the_page(app: Flask, language: str) -> None:
    data = {"language": language, "origin": "https://scrip.example", "hours": 24}

    class Secrets:
        token = "secret"

    with app.app_context():
        said = render("password_link", BOB, data, Secrets())
        hidden = render("password_link", BOB, data)
    wanted = f"https://scrip.example/password/secret?lang={language}"
    assert values(said.html, "a", "href") == [wanted]
    assert BOB in said.text
    assert "24" in said.text
    assert HIDDEN in values(hidden.html, "a", "href")[0]
