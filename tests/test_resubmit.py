"""A plain form sent after signing in again: all that was typed is offered once more."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.accounts.models import SignInSession
from domain.database import writing
from tests.conftest import ADMIN, PASSWORD, csrf_token, sign_in
from tests.page_helpers import HTMX, LIST, add, draft, hidden_fields, typed_for

EDIT = f"{LIST}1/edit"
HERE = {"Origin": "http://localhost"}
TYPED = '"><b>\u0130yi & "guter" Preis'
AGAIN = "Send it again"


@pytest.fixture
def sent(session: Session) -> dict[str, str]:
    """The edit form of a package, filled in on a page that was opened before signing in again."""
    add(session, "Pro")
    return typed_for(session, 1, name="Prime", short_info=TYPED, csrf_token="old")


def send(
    client: FlaskClient, fields: dict[str, str], headers: dict[str, str] = HERE, path: str = EDIT
) -> TestResponse:
    return client.post(path, data=fields, headers=headers)


def test_one_press_sends_it_with_a_fresh_token(
    signed_in: FlaskClient, session: Session, sent: dict[str, str]
) -> None:
    answer = send(signed_in, sent)
    assert (answer.status_code, AGAIN in answer.text) == (400, True)
    assert draft(session, 1).name == "Pro"
    offered = hidden_fields(answer.text)
    assert dict(offered[1:]) == {k: v for k, v in sent.items() if k != "csrf_token"}
    assert f'action="{EDIT}"' in answer.text
    assert send(signed_in, dict(offered)).status_code == 303
    assert (draft(session, 1).name, draft(session, 1).short_info) == ("Prime", TYPED)


def test_signed_out_it_waits_for_the_sign_in(
    signed_in: FlaskClient, session: Session, sent: dict[str, str]
) -> None:
    with writing(session):
        session.execute(delete(SignInSession))
    answer = send(signed_in, sent)
    assert answer.status_code == 401
    assert "press Send again" in answer.text
    offered = dict(hidden_fields(answer.text))
    sign_in(signed_in, ADMIN, PASSWORD)
    again = send(signed_in, offered)
    assert (again.status_code, AGAIN in again.text) == (400, True)
    assert send(signed_in, dict(hidden_fields(again.text))).status_code == 303
    assert draft(session, 1).short_info == TYPED


def test_a_field_that_was_sent_twice_stays_two(signed_in: FlaskClient) -> None:
    data = {"change": ["1-edited", "2-added"], "note": "x", "token": "t"}
    answer = signed_in.post(f"{LIST}review", data=data, headers=HERE)
    assert [field for field in hidden_fields(answer.text) if field[0] == "change"] == [
        ("change", "1-edited"),
        ("change", "2-added"),
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "https://evil.com"},
        {"Origin": "http://localhost.evil.com"},
        {"Origin": "http://localhost:81"},
        {"Origin": "https://evil.com", "Referer": "http://localhost/settings/"},
        {"Referer": "https://evil.com/http://localhost/"},
        {"Referer": "http://localhost.evil.com/"},
    ],
)
@pytest.mark.parametrize("is_signed_in", [True, False])
def test_another_sites_form_is_never_offered(
    app: Flask,
    signed_in: FlaskClient,
    sent: dict[str, str],
    headers: dict[str, str],
    is_signed_in: bool,
) -> None:
    """Caught: the origin not asked for, so that a foreign form was one press away."""
    client = signed_in if is_signed_in else app.test_client()
    answer = send(client, sent, headers)
    assert answer.status_code == (400 if is_signed_in else 401)
    assert hidden_fields(answer.text) == []
    assert "Prime" not in answer.text
    words = "This page has expired" if is_signed_in else "go back one page"
    assert words in answer.text


def test_without_an_origin_the_referrer_says_where_it_came_from(
    signed_in: FlaskClient, sent: dict[str, str]
) -> None:
    answer = send(signed_in, sent, {"Referer": f"http://localhost{EDIT}"})
    assert AGAIN in answer.text


def test_htmx_keeps_its_form_in_place(signed_in: FlaskClient, sent: dict[str, str]) -> None:
    answer = send(signed_in, sent, HERE | HTMX)
    assert answer.status_code == 400
    assert "This page has expired" in answer.text
    assert hidden_fields(answer.text) == []


@pytest.mark.usefixtures("admin")
def test_a_password_is_never_repeated(client: FlaskClient) -> None:
    """Caught: every form offered again, that of the sign-in too."""
    csrf_token(client)
    fields = {"email": ADMIN, "password": PASSWORD, "csrf_token": "old"}
    answer = send(client, fields, path="/login")
    assert (answer.status_code, PASSWORD in answer.text) == (400, False)
