"""Your account, Sign-ins: the browsers in which an admin is signed in, and how they end."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.accounts.admins import find_admin
from domain.accounts.models import SignInSession
from domain.accounts.sessions import IDLE, open_session, open_waiting_session
from domain.activity.models import Activity
from domain.database import writing
from tests.conftest import ADMIN, make_admin, sign_in, signed_in_client
from tests.html import texts, values
from tests.page_helpers import BOB, post
from tests.second_factor import set_up_app
from tests.test_login_code import send
from tests.test_password_page import PAGE as PASSWORD_PAGE
from tests.test_password_page import TYPED as NEW_PASSWORD

ACCOUNT = "/settings/account"
PAGE = f"{ACCOUNT}/sign-ins"
ENDED = "Nothing was changed: this sign-in has ended already."
ON_A_MAC = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/140.0 Safari/537"
)
ON_A_PHONE = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"


def open_for(session: Session, email: str, device: str = "", *, waits: bool = False) -> None:
    with writing(session):
        admin = find_admin(session, email)
        assert admin
        if waits:
            open_waiting_session(session, admin)
        else:
            open_session(session, admin, device)


def ids(session: Session, email: str = ADMIN) -> list[int]:
    session.rollback()
    admin = find_admin(session, email)
    assert admin
    theirs = select(SignInSession.id).where(SignInSession.admin_id == admin.id)
    return list(session.scalars(theirs.order_by(SignInSession.id)))


def acts(session: Session) -> list[tuple[str, str, str | None, int | None]]:
    session.rollback()
    lines = session.scalars(select(Activity).order_by(Activity.id)).all()
    return [(line.kind, line.author, line.object_type, line.object_id) for line in lines]


@pytest.fixture
def client(app: Flask, engine: Engine, admin: str, session: Session) -> FlaskClient:
    """Ana's browser is the second of three that she is signed in with; one has no name."""
    open_for(session, admin, "Firefox, <Windows>")
    client = signed_in_client(app, engine, admin)
    open_for(session, admin, "x" * 200)
    return client


@pytest.mark.on_both
def test_each_is_listed_and_this_one_comes_first(
    engine: Engine, client: FlaskClient, session: Session
) -> None:
    """Caught: one that waits for a code, one that is dead and a colleague's in the list."""
    make_admin(engine, BOB)
    open_for(session, BOB, "Bob's phone")
    open_for(session, ADMIN, waits=True)
    open_for(session, ADMIN, "Long gone")
    with writing(session):
        dead = session.scalars(select(SignInSession).filter_by(device="Long gone")).one()
        dead.last_seen_at -= IDLE + timedelta(minutes=1)
    html = client.get(PAGE).text
    assert texts(html, ".site strong") == ["Unknown device", "x" * 64, "Firefox, <Windows>"]
    assert texts(html, ".site .state") == ["This one"]
    assert texts(html, ".site:first-child .state") == ["This one"]
    assert len(texts(html, ".site time")) == 6
    first, _mine, last = ids(session)[:3]
    assert f"{PAGE}/{first}/end" in values(html, ".site form", "action")
    assert f"{PAGE}/{last}/end" in values(html, ".site form", "action")
    assert values(client.get(ACCOUNT).text, f"a[href='{PAGE}']", "href") == [PAGE]


def test_a_browser_is_named_by_what_it_calls_itself(
    app: Flask, admin: str, session: Session
) -> None:
    """However it signs in. Caught: `device` left out of each of the three."""
    client = app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = ON_A_MAC
    sign_in(client)
    assert texts(client.get(PAGE).text, ".site strong") == ["Chrome, Mac"]
    assert post(client, PASSWORD_PAGE, NEW_PASSWORD).status_code == 303
    assert texts(client.get(PAGE).text, ".site strong") == ["Chrome, Mac"]
    totp = set_up_app(session, admin)
    phone = app.test_client()
    phone.environ_base["HTTP_USER_AGENT"] = ON_A_PHONE
    sign_in(phone, password=NEW_PASSWORD["new_password"])
    assert send(phone, totp.code()).status_code == 303
    assert texts(phone.get(PAGE).text, ".site strong") == ["Firefox, Android", "Chrome, Mac"]


@pytest.mark.on_both
def test_one_is_signed_out_once(client: FlaskClient, session: Session) -> None:
    first, mine, last = ids(session)
    for said in ("That device is signed out.", ENDED):
        answer = post(client, f"{PAGE}/{first}/end")
        assert (answer.status_code, answer.location) == (303, PAGE)
        assert texts(client.get(PAGE).text, "#status p") == [said]
        assert ids(session) == [mine, last]
    assert acts(session) == [("sign_in_ended", ADMIN, "admin", 1)]


def test_ending_this_one_leads_to_the_sign_in(client: FlaskClient, session: Session) -> None:
    first, mine, last = ids(session)
    answer = post(client, f"{PAGE}/{mine}/end")
    assert (answer.status_code, answer.location) == (303, "/login")
    assert client.get(ACCOUNT).status_code == 302
    with client.session_transaction() as cookie:
        assert "_user_id" not in cookie
    assert ids(session) == [first, last]


@pytest.mark.on_both
def test_all_others_end_and_no_one_elses(
    app: Flask, engine: Engine, client: FlaskClient, session: Session
) -> None:
    """Caught: `admin_id` left out of end_other_sessions; one that waits for a code left over; a
    second press in the activity."""
    bob = signed_in_client(app, engine, make_admin(engine, BOB))
    elsewhere = signed_in_client(app, engine, ADMIN)
    open_for(session, ADMIN, waits=True)
    mine = ids(session)[1]
    for _ in range(2):
        answer = post(client, f"{PAGE}/end")
        assert (answer.status_code, answer.location) == (303, PAGE)
        page = client.get(PAGE).text
        assert texts(page, "#status p") == ["Only this browser is signed in now."]
        assert values(page, "main form", "action") == [f"{PAGE}/{mine}/end"]
        assert ids(session) == [mine]
    assert elsewhere.get(ACCOUNT).status_code == 302
    assert bob.get(ACCOUNT).status_code == 200
    assert acts(session) == [("sign_ins_ended", ADMIN, "admin", 1)]


@pytest.mark.on_both
def test_nobody_ends_the_sign_in_of_a_colleague(
    app: Flask, engine: Engine, client: FlaskClient, session: Session
) -> None:
    """And the answer is that about one that has ended. Caught: `admin_id` left out of
    end_own_session."""
    bob = signed_in_client(app, engine, make_admin(engine, BOB))
    before = ids(session)
    for session_id in (*before, 10**6):
        assert post(bob, f"{PAGE}/{session_id}/end").location == PAGE
        assert texts(bob.get(PAGE).text, "#status p") == [ENDED]
    assert (ids(session), acts(session)) == (before, [])
    assert client.get(ACCOUNT).status_code == 200


@pytest.mark.parametrize("session_id", ["0", "x", str(2**63), "-1", "1.5"])
def test_what_is_no_sign_in_is_not_found(
    client: FlaskClient, session: Session, session_id: str
) -> None:
    before = ids(session)
    assert post(client, f"{PAGE}/{session_id}/end").status_code in (303, 404)
    assert ids(session) == before
