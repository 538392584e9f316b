"""When owners require a second factor of everyone."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.accounts.models import SecondFactor, SignInSession
from domain.accounts.required_factor import is_required
from domain.accounts.team_models import RequiredSecondFactor
from extensions import db
from tests.conftest import ADMIN, sign_in, signed_in_client
from tests.counting import watching
from tests.html import find_all, texts
from tests.page_helpers import HTMX, LIST, TYPED, field, order, partials, post
from tests.second_factor import set_up_app
from tests.team import BOB, TEAM, TYPED_JOIN, add_member, new_invitation, send
from tests.test_second_factor_page import SET_UP, code_of, key_on
from tests.test_team_page import activity

REQUIRED = f"{TEAM}/second-factor"
OFF = "/settings/account/second-factor/off"


@pytest.fixture
def required(signed_in: FlaskClient) -> FlaskClient:
    """Ana, who requires it and has none herself; she is signed in from before."""
    assert post(signed_in, f"{REQUIRED}/require").status_code == 303
    return signed_in


@pytest.fixture
def without(app: Flask, engine: Engine, required: FlaskClient) -> FlaskClient:
    """Bob, who signs in then, and has none."""
    assert required
    add_member(engine)
    client = app.test_client()
    assert sign_in(client, BOB).status_code == 303
    return client


def set_up(client: FlaskClient) -> int:
    key = key_on(client.get(SET_UP).text)
    return post(client, SET_UP, {"code": code_of(key)}).status_code


@pytest.mark.on_both
def test_it_is_required_and_made_optional_once(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a line in the activity for each press."""
    page = signed_in.get(REQUIRED).text
    assert "1 admin has none at this time." in page
    for path, is_on in ((f"{REQUIRED}/require", True), (f"{REQUIRED}/optional", False)):
        for _ in range(2):
            answer = post(signed_in, path)
            assert (answer.status_code, answer.location) == (303, TEAM)
            session.rollback()
            assert is_required(session) is is_on
        assert signed_in.get(REQUIRED).status_code == 200
    assert activity(session) == [
        ("second_factor_required", ADMIN, None, {}),
        ("second_factor_optional", ADMIN, None, {}),
    ]


def test_the_team_page_says_so(required: FlaskClient, session: Session) -> None:
    page = required.get(TEAM).text
    assert texts(page, f"a[href='{REQUIRED}'] .door-title") == ["Required of everyone"]
    (said,) = texts(required.get(REQUIRED).text, ".message.good")
    assert said.startswith("Required by you since today ")
    session.rollback()
    assert session.scalars(select(RequiredSecondFactor.author)).one() == ADMIN


@pytest.mark.on_both
def test_who_has_none_sets_one_up_before_anything_else(
    without: FlaskClient, session: Session
) -> None:
    """Caught: the guard without it; `second_factor_is_set_up` left out of `turn_on`."""
    for path in (LIST, "/settings/", TEAM, "/customers/", "/settings/account", "/login"):
        answer = without.get(path)
        assert (path, answer.status_code, answer.location) == (path, 303, SET_UP)
    page = without.get(SET_UP).text
    assert "Owners require a second factor of everyone." in page
    assert find_all(page, "#pending") == []
    assert set_up(without) == 200
    for path in (LIST, TEAM, "/settings/account"):
        assert without.get(path).status_code == 200
    session.rollback()
    assert not any(session.scalars(select(SignInSession.needs_second_factor)))


@pytest.mark.on_both
def test_nothing_is_written_before_that(without: FlaskClient, session: Session) -> None:
    """Typed text survives. Caught: the guard that leads GET alone to the page."""
    answer = without.post(f"{LIST}add", data=TYPED, headers=HTMX)
    assert answer.status_code == 401
    assert "Set up your second factor first." in partials(answer)["#alert"]
    assert "data-signed-out" in partials(answer)["#alert"]
    assert without.get("/login/again", headers=HTMX).status_code == 204
    answer = without.post(f"{LIST}add", data=TYPED, headers={"Origin": "http://localhost"})
    assert answer.status_code == 401
    assert texts(answer.text, "h1") == ["Set up your second factor first"]
    assert field(answer.text, "name") == TYPED["name"]
    assert order(session) == []
    assert set_up(without) == 200
    assert without.get("/login/again", headers=HTMX).status_code == 200
    assert post(without, f"{LIST}add", TYPED).status_code == 303


@pytest.mark.on_both
def test_they_go_on_without_once_it_is_optional(
    required: FlaskClient, without: FlaskClient
) -> None:
    """Caught: `make_optional` that leaves the open sign-ins as they are."""
    assert without.get(LIST).location == SET_UP
    assert post(required, f"{REQUIRED}/optional").status_code == 303
    assert without.get(LIST).status_code == 200


def test_the_page_speaks_and_looks_as_they_want(without: FlaskClient) -> None:
    """Caught: `TO_SET_UP` without the switches in the menu."""
    answer = post(without, f"/settings/account/language?next={SET_UP}", {"language": "tr"})
    assert (answer.status_code, answer.location) == (303, SET_UP)
    assert find_all(without.get(SET_UP).text, "html[lang='tr']")
    assert post(without, "/settings/theme", {"theme": "dark"}).status_code == 303
    assert without.get(LIST).location == SET_UP


def test_they_can_sign_out(without: FlaskClient) -> None:
    """Caught: the guard before the sign-out."""
    assert post(without, "/logout").location == "/login"
    assert without.get("/login").status_code == 200


@pytest.mark.on_both
def test_who_was_signed_in_before_goes_on_until_the_next_sign_in(required: FlaskClient) -> None:
    assert required.get(LIST).status_code == 200
    post(required, "/logout")
    assert sign_in(required).status_code == 303
    assert required.get(LIST).location == SET_UP


def test_who_has_one_notices_nothing(
    app: Flask, engine: Engine, required: FlaskClient, session: Session
) -> None:
    """Caught: `open_session` that looks at the requirement alone."""
    assert required
    set_up_app(session, ADMIN)
    assert signed_in_client(app, engine, ADMIN).get(LIST).status_code == 200


@pytest.mark.on_both
def test_nobody_turns_theirs_off_then(
    app: Flask, engine: Engine, required: FlaskClient, session: Session
) -> None:
    """Caught: `turn_off` that does not look."""
    set_up_app(session, ADMIN)
    ana = signed_in_client(app, engine, ADMIN)
    assert find_all(ana.get("/settings/account/second-factor").text, f"a[href='{OFF}']") == []
    for answer in (ana.get(OFF), post(ana, OFF)):
        assert answer.status_code == 303
        assert "so yours stays on" in ana.get(answer.location).text
    session.rollback()
    assert session.get(SecondFactor, 1)
    assert post(required, f"{REQUIRED}/optional").status_code == 303
    assert post(ana, OFF).status_code == 303
    session.rollback()
    session.expire_all()
    assert session.get(SecondFactor, 1) is None


def test_joining_counts_as_a_sign_in(app: Flask, required: FlaskClient, session: Session) -> None:
    assert required
    theirs = app.test_client()
    answer = send(theirs, new_invitation(session), TYPED_JOIN)
    assert theirs.get(answer.location).location == SET_UP


def test_no_page_asks_for_it(required: FlaskClient, without: FlaskClient) -> None:
    """It is decided when somebody signs in. Caught: `is_required` asked in the guard."""
    assert without
    with required.application.app_context():
        engine = db.engine
    with watching(engine) as asked:
        assert required.get(LIST).status_code == 200
    assert asked.statements
    assert not [one for one in asked.statements if "required_second_factor" in one]
