"""An open edit form says so every few seconds, and learns who else has one."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.accounts.models import SignInSession
from domain.catalogue.drafts import presence
from domain.catalogue.models import Presence
from domain.database import utc_now, writing
from tests.conftest import ADMIN, make_admin, signed_in_client
from tests.html import texts, values
from tests.page_helpers import BOB, HTMX, LIST, add, everything, field, post, remove

FORM = "F" * 16
OPEN = f"{LIST}1/presence/{FORM}"
END = f"{OPEN}/end"


@pytest.fixture(autouse=True)
def packages(session: Session) -> list[int]:
    return add(session, "Pro", "Max")


@pytest.fixture
def bob(app: Flask, engine: Engine, cheap_hashing: None) -> FlaskClient:  # noqa: ARG001
    return signed_in_client(app, engine, make_admin(engine, BOB))


def say_open(client: FlaskClient, path: str = OPEN, **fields: str) -> TestResponse:
    return post(client, path, fields, htmx=True)


def forms(session: Session) -> list[tuple[str, int, str]]:
    session.rollback()
    known = select(Presence.form, Presence.package_id, Presence.author)
    return [tuple(row) for row in session.execute(known.order_by(Presence.form))]


def others(session: Session, *names: str, package_id: int = 1) -> None:
    with writing(session):
        for name in names:
            presence.note_open(session, f"of {name}"[:16], package_id, author=f"{name}@example.com")


@pytest.mark.parametrize("path", [f"{LIST}1/edit", f"{LIST}1/edit/form"])
def test_an_edit_form_names_itself_anew_each_time(
    signed_in: FlaskClient, session: Session, path: str
) -> None:
    pages = [signed_in.get(path, headers=HTMX if "form" in path else {}).text for _ in range(2)]
    (one,), (other,) = [values(page, '[hx-post*="/presence/"]', "hx-post") for page in pages]
    assert one != other
    for address in (one, other):
        assert re.fullmatch(rf"{LIST}1/presence/[\w-]{{16}}", address)
    assert forms(session) == []


@pytest.mark.parametrize("path", ["add", "add/form", "1/duplicate", "1/duplicate/form"])
def test_a_new_package_has_nobody_else(signed_in: FlaskClient, path: str) -> None:
    assert "/presence/" not in signed_in.get(f"{LIST}{path}").text


def test_alone_it_is_told_nothing(signed_in: FlaskClient, session: Session) -> None:
    answer = say_open(signed_in)
    assert (answer.status_code, answer.data) == (204, b"")
    assert forms(session) == [(FORM, 1, ADMIN)]


def test_it_is_told_who_else(signed_in: FlaskClient, session: Session) -> None:
    others(session, "bob")
    answer = say_open(signed_in)
    assert answer.status_code == 200
    assert texts(answer.text, "p") == ["bob@example.com also has Pro open"]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["bob", "eve"], "bob@example.com and eve@example.com also have Pro open"),
        (
            ["bob", "eve", "jo"],
            "bob@example.com, eve@example.com, and jo@example.com also have Pro open",
        ),
    ],
)
def test_it_is_told_of_several(
    signed_in: FlaskClient, session: Session, names: list[str], words: str
) -> None:
    others(session, *names)
    assert texts(say_open(signed_in).text, "p") == [words]


def test_what_it_says_already_is_not_said_again(signed_in: FlaskClient, session: Session) -> None:
    """Seeded bug: always answered with the words; they were drawn and read out every 8 seconds."""
    others(session, "bob")
    told = field(say_open(signed_in).text, "editing")
    assert say_open(signed_in, editing=told).status_code == 204
    others(session, "eve")
    assert "bob@example.com and eve@" in say_open(signed_in, editing=told).text


def test_it_is_told_when_nobody_else_is_left(signed_in: FlaskClient, session: Session) -> None:
    others(session, "bob")
    told = field(say_open(signed_in).text, "editing")
    with writing(session):
        presence.note_closed(session, "of bob", author=BOB)
    answer = say_open(signed_in, editing=told)
    assert (answer.status_code, answer.text.strip()) == (200, "")


def test_a_second_tab_of_the_same_admin_is_nobody_else(signed_in: FlaskClient) -> None:
    assert say_open(signed_in).status_code == 204
    assert say_open(signed_in, f"{LIST}1/presence/{'G' * 16}").status_code == 204


def test_other_packages_are_no_concern(signed_in: FlaskClient, session: Session) -> None:
    others(session, "bob", package_id=2)
    assert say_open(signed_in).status_code == 204


def test_a_closed_form_is_forgotten(
    signed_in: FlaskClient, bob: FlaskClient, session: Session
) -> None:
    say_open(bob)
    assert post(signed_in, END).status_code == 204
    assert forms(session) == [(FORM, 1, BOB)]  # not the sender's
    assert post(bob, END).status_code == 204
    assert forms(session) == []
    assert post(bob, END).status_code == 204


def test_a_form_in_a_background_tab_is_believed_longer(
    signed_in: FlaskClient, session: Session
) -> None:
    for hidden, longest in (("false", presence.BELIEVED), ("true", presence.BELIEVED_HIDDEN)):
        say_open(signed_in, hidden=hidden)
        session.rollback()
        now, until = session.execute(select(utc_now(), Presence.until)).one()
        assert longest - timedelta(seconds=10) < until - now <= longest


def test_a_package_to_be_removed_may_still_be_open(
    signed_in: FlaskClient, session: Session
) -> None:
    remove(session, 1)
    assert say_open(signed_in).status_code == 204


def test_it_changes_no_draft(signed_in: FlaskClient, session: Session) -> None:
    before = everything(session)
    say_open(signed_in)
    post(signed_in, END)
    assert everything(session) == before


@pytest.mark.parametrize("path", [OPEN, END])
@pytest.mark.parametrize(
    ("old", "new"), [("/1/", "/9/"), (FORM, "short"), (FORM, "F" * 17), (FORM, "é" * 16)]
)
def test_what_is_not_there(signed_in: FlaskClient, path: str, old: str, new: str) -> None:
    assert post(signed_in, path.replace(old, new), htmx=True).status_code == 404


@pytest.mark.parametrize("path", [OPEN, END])
def test_it_rejects_the_other_method_and_strangers(
    signed_in: FlaskClient, client: FlaskClient, session: Session, path: str
) -> None:
    assert signed_in.get(path).status_code == 405
    assert client.post(path, headers=HTMX).status_code == 401
    assert signed_in.post(path).status_code == 400  # without a CSRF token
    assert forms(session) == []


@pytest.mark.parametrize("path", [OPEN, END])
def test_it_does_not_keep_a_sign_in_alive(
    signed_in: FlaskClient, session: Session, path: str
) -> None:
    """Seeded bug: note_open left out of guard.SILENT_ENDPOINTS; a forgotten open form kept its
    admin signed in."""
    with writing(session):
        earlier = session.scalars(select(utc_now())).one() - timedelta(minutes=90)
        session.execute(update(SignInSession).values(last_seen_at=earlier))
    assert post(signed_in, path, htmx=True).status_code == 204
    session.rollback()
    assert session.scalars(select(SignInSession.last_seen_at)).one() == earlier
