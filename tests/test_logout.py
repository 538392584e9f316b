"""Signing out, and what a cookie is worth afterwards."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from app import create_app
from domain.accounts.models import SignInSession
from domain.database import utc_now, writing
from tests.conftest import config_for, csrf_token, sign_in, signed_in_client

pytestmark = pytest.mark.usefixtures("admin")


def sign_out(client: FlaskClient, token: str | None) -> tuple[int, str | None]:
    answer = client.post("/logout", data={"csrf_token": token} if token else {})
    return answer.status_code, answer.location


def test_signing_out_ends_the_session(client: FlaskClient, session: Session) -> None:
    sign_in(client)
    assert sign_out(client, csrf_token(client, "/login/again")) == (303, "/login")
    assert client.get("/settings/").status_code == 302
    assert session.scalar(select(func.count(SignInSession.id))) == 0


def test_an_old_cookie_is_worth_nothing(client: FlaskClient) -> None:
    """Seeded bug: only clearing the cookie, as Flask's own sessions do; the copy still worked."""
    sign_in(client)
    copied = client.get_cookie("scrip")
    assert copied
    assert client.get("/settings/").status_code == 200
    sign_out(client, csrf_token(client, "/login/again"))
    client.set_cookie("scrip", copied.value)
    assert client.get("/settings/").status_code == 302


def test_other_browsers_stay_signed_in(client: FlaskClient, signed_in: FlaskClient) -> None:
    sign_in(client)
    sign_out(client, csrf_token(client, "/login/again"))
    assert signed_in.get("/settings/").status_code == 200


def test_the_browser_is_still_known_afterwards(client: FlaskClient) -> None:
    sign_in(client)
    sign_out(client, csrf_token(client, "/login/again"))
    assert client.get_cookie("scrip") is None
    assert client.get_cookie("scrip-device")


def test_a_link_cannot_sign_anyone_out(signed_in: FlaskClient) -> None:
    assert signed_in.get("/logout").status_code == 405
    assert signed_in.get("/settings/").status_code == 200


def test_another_site_cannot_sign_anyone_out(signed_in: FlaskClient) -> None:
    """Seeded bug: the view exempt from CSRFProtect."""
    assert sign_out(signed_in, None)[0] == 400
    assert signed_in.get("/settings/").status_code == 200


def test_signing_out_twice_is_no_error(client: FlaskClient) -> None:
    assert sign_out(client, csrf_token(client)) == (303, "/login")


@pytest.mark.own_app
def test_a_database_that_is_busy_keeps_nobody_signed_in(
    engine: Engine, database: str, admin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seeded bug: the cookie cleared after the row is deleted only."""
    monkeypatch.setattr("domain.connections.LOCK_TIMEOUT_SECONDS", 0.05)
    client = signed_in_client(create_app(config_for(database)), engine, admin)
    token = csrf_token(client, "/login/again")
    with Session(engine) as other, writing(other):
        other.execute(update(SignInSession).values(last_seen_at=utc_now()))
        answer = client.post("/logout", data={"csrf_token": token})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "You are signed out in this browser" in answer.text
    assert client.get("/settings/").status_code == 302
