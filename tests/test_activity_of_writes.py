"""An act leaves its line in the activity, in the transaction of the act, and nothing else does."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from blueprints.permissions import PERMISSIONS, PUBLIC_AREAS
from domain import database as writes
from domain.accounts.models import FailedSignIn, FailedSignInHour, SignInSession
from domain.accounts.roles import Permission
from domain.activity.models import Activity
from domain.catalogue.models import DraftRevision, Release
from domain.database import Base, writing
from domain.request_addresses import RequestAddress
from tests.activity_of_writes import (
    ANA,
    DRAFTS,
    EXPORTS,
    LEAVES,
    LINES,
    PURCHASE,
    RELEASE,
    Line,
    assert_left,
    kinds,
    lines,
)
from tests.conftest import Once, csrf_token
from tests.page_helpers import post
from tests.second_factor import set_up_app
from tests.shops import begin
from tests.simulator import Simulator
from tests.test_login_code import CODE, forget_sign_in, send
from tests.test_second_factor_page import SET_UP, code_of, key_on
from tests.test_write_paths import (
    STALE,
    WRITES,
    all_rows,
    make_ready,
    make_scene,
    save_as_colleague,
    while_paused,
    with_a_customer,
)

pytestmark = pytest.mark.on_both


# Those of these have no form in tests/test_write_paths.py, and a test of their own below.
BELOW = {"auth.check_code", "auth.turn_on_second_factor", "purchases.sync_now"}
# In tests/test_invitations.py and tests/test_password_links.py.
BELOW |= {"auth.accept_invitation", "auth.use_password_link"}
# Pressed again, each of these does it once more.
DOES_MORE = {
    "auth.start_session",
    "auth.renew_recovery_codes",
    "publishing.share",
    "settings.add_platform",
}
# What is written besides an act: tries to sign in, before anybody knows what becomes of them.
BESIDE = {
    *(Activity.__tablename__, RequestAddress.__tablename__),
    *(FailedSignIn.__tablename__, FailedSignInHour.__tablename__),
}


class Killed(BaseException):
    """No error, so nothing catches it."""


@pytest.fixture
def scene(once: Once) -> None:
    once(make_scene)


def sent_by(session: Session, endpoint: str) -> tuple[str, dict[str, str]]:
    """The address and the form, whose key is that of one press."""
    path, fields = WRITES[endpoint]
    make_ready(session)
    keyed = {"key": "b" * 32} if endpoint == "settings.send_test" else {}
    return path, fields(session) | keyed


def test_each_address_that_writes_is_in_the_table(app: Flask) -> None:
    """Caught: `settings.add_site` left out; `purchases.export` left out."""
    unsafe = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }
    assert {it for it in unsafe if it.partition(".")[0] not in PUBLIC_AREAS} == LEAVES.keys()
    assert LINES.keys() - WRITES.keys() == BELOW
    files = {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.endswith(".csv")}
    of_customers = {it for it in files if PERMISSIONS.get(it) == Permission.SERVE}
    assert of_customers == EXPORTS.keys()


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("endpoint", [it for it in LINES if it in WRITES])
def test_an_act_leaves_one_line_and_its_second_press_none(
    signed_in: FlaskClient, session: Session, endpoint: str
) -> None:
    """Caught: `record` left out of `do_pause`; called twice in `add_and_invite`; with the package
    of a case; a line for a tag that was there, a note that was sent twice, an invitation within
    the minute, a debt that was forgiven before, a link that had ended."""
    path, sent = sent_by(session, endpoint)
    assert_left(session, post(signed_in, path, sent), LINES[endpoint])
    post(signed_in, path, sent)
    assert len(lines(session)) == (2 if endpoint in DOES_MORE else 1)


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("endpoint", [it for it in WRITES if it not in LINES])
def test_drafts_and_releases_say_themselves_who_did_it(
    signed_in: FlaskClient, session: Session, endpoint: str
) -> None:
    """Caught: `record` in `packages.move`."""
    path, sent = sent_by(session, endpoint)
    revisions, releases = count(session, DraftRevision), count(session, Release)
    assert post(signed_in, path, sent).status_code in (200, 204, 303)
    assert (count(session, DraftRevision) > revisions) == (LEAVES[endpoint] == DRAFTS)
    assert count(session, Release) - releases == (LEAVES[endpoint] == RELEASE)
    assert kinds(session) == []


def count(session: Session, table: type[Base]) -> int:
    session.rollback()
    return session.scalars(select(func.count()).select_from(table)).one()


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("endpoint", [it for it in LINES if it in STALE])
def test_a_stale_form_leaves_no_line(
    signed_in: FlaskClient, session: Session, endpoint: str
) -> None:
    path, fields = STALE[endpoint]
    sent = fields(session)
    save_as_colleague(session)
    assert post(signed_in, path, sent).status_code == 409
    assert kinds(session) == []


@pytest.mark.long
@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("endpoint", [it for it in LINES if it in WRITES])
def test_what_waits_for_the_password_leaves_no_line(
    signed_in: FlaskClient, session: Session, endpoint: str
) -> None:
    """Whoever need not type it leaves the line of the act."""
    path, sent = sent_by(session, endpoint)
    with writing(session):
        session.execute(update(SignInSession).values(confirmed_at=None))
    answer = post(signed_in, path, sent)
    assert len(lines(session)) == (answer.status_code != 422)


@pytest.mark.parametrize(
    ("endpoint", "version"),
    [
        ("settings.save_company", "2"),
        ("settings.save_limits", "10-20"),
        ("settings.change_platform", "2"),
        ("customers.save_contact", "2"),
    ],
)
def test_what_is_saved_as_it_was_leaves_no_line(
    signed_in: FlaskClient, session: Session, endpoint: str, version: str
) -> None:
    """Caught: a line for each save of a contact, a platform, the limits, the company."""
    path, fields = WRITES[endpoint]
    sent = fields(session)
    for carried in (sent["version"], version):
        assert post(signed_in, path, sent | {"version": carried}).status_code == 303
    assert len(lines(session)) == 1


def test_what_is_so_already_leaves_no_line(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a line for each press of Pause."""
    with_a_customer(session)
    while_paused(session)
    for path in ("/settings/payments/pause", "/customers/1/sign-ins/end"):
        assert post(signed_in, path).status_code == 303
    assert post(signed_in, "/settings/account/second-factor/browsers/forget").status_code == 303
    assert post(signed_in, "/settings/account/second-factor/off").status_code == 303
    assert kinds(session) == ["customer_signed_out"]


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("endpoint", [it for it in LINES if it in WRITES])
def test_an_act_and_its_line_are_written_together_or_not_at_all(
    signed_in: FlaskClient, session: Session, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before its first commit, before the second, and so on until it is through.

    Caught: `record` in a transaction of its own after `pause`, and after `ask_refund`.
    """
    path, sent = sent_by(session, endpoint)
    before, cookies = acts_of(session), cookies_of(signed_in)
    for commits in range(5):
        put_back(signed_in, cookies)
        with monkeypatch.context() as patch:
            patch.setattr(writes, "_commit", dying_after(commits))
            was_killed = is_killed(signed_in, path, sent)
        is_done = acts_of(session) != before
        assert len(lines(session)) == is_done
        assert is_done or was_killed
        if is_done:
            break
    assert is_done


def dying_after(commits: int) -> Any:  # noqa: ANN401 - in place of a private function
    """A commit that works so many times, and the next one never."""
    commit, left = writes._commit, commits

    def counted(session: Session) -> None:
        nonlocal left
        if not left:
            raise Killed
        left -= 1
        commit(session)

    return counted


def is_killed(client: FlaskClient, path: str, sent: dict[str, str]) -> bool:
    try:
        post(client, path, sent)
    except Killed:
        return True
    return False


def acts_of(session: Session) -> dict[str, object]:
    return {table: rows for table, rows in all_rows(session).items() if table not in BESIDE}


def cookies_of(client: FlaskClient) -> dict[str, object]:
    with client.session_transaction() as cookie:
        return dict(cookie)


def put_back(client: FlaskClient, cookies: dict[str, object]) -> None:
    with client.session_transaction() as cookie:
        cookie.clear()
        cookie.update(cookies)


@pytest.mark.parametrize("endpoint", EXPORTS)
def test_an_export_leaves_its_line_before_its_first_row(
    signed_in: FlaskClient, session: Session, endpoint: str
) -> None:
    """Caught: a line for HEAD; none for `customers.export`."""
    with_a_customer(session)
    path, expected = EXPORTS[endpoint]
    for refused in ("/customers/7/statement.csv", "/customers/1/statement.csv?as_of=never"):
        assert signed_in.get(refused).status_code in (400, 404)
    assert signed_in.head(path).status_code == 200
    assert kinds(session) == []
    answer = signed_in.get(path, buffered=False)
    assert_left(session, answer, expected)
    assert answer.text
    assert len(lines(session)) == 1


def test_a_code_signs_in_and_a_password_alone_does_not(
    app: Flask, admin: str, session: Session
) -> None:
    """Caught: `record_sign_in` for who waits for a code."""
    phone, client = set_up_app(session, admin), app.test_client()
    data = {"csrf_token": csrf_token(client), **WRITES["auth.start_session"][1](session)}
    assert client.post("/login", data=data).status_code == 303
    assert send(client, "000000", CODE).status_code == 422
    assert kinds(session) == []
    answer = send(client, phone.code())
    assert_left(session, answer, Line("signed_in", ANA))
    forget_sign_in(client)


def test_an_app_is_set_up_once(signed_in: FlaskClient, session: Session) -> None:
    key = key_on(signed_in.get(SET_UP).text)
    assert post(signed_in, SET_UP, {"code": code_of(key, 20)}).status_code == 422
    assert kinds(session) == []
    answer = post(signed_in, SET_UP, {"code": code_of(key)})
    assert_left(session, answer, Line("second_factor_on", ANA))
    post(signed_in, SET_UP, {"code": code_of(key, 1)})
    assert len(lines(session)) == 1


def test_a_sync_leaves_its_line_when_the_provider_has_answered(
    shop: Flask, ana: FlaskClient, session: Session, simulator: Simulator
) -> None:
    """Caught: `record` before the provider is asked."""
    page, _ref = begin(shop, session)
    simulator.faults({"kind": "500", "calls": 9})
    assert post(ana, f"{page}/sync").status_code == 503
    assert kinds(session) == []
    simulator.faults()
    assert_left(session, post(ana, f"{page}/sync"), Line("purchase_synced", PURCHASE))


def test_a_sync_and_its_line_are_written_together(
    shop: Flask, ana: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, _ref = begin(shop, session)
    before = acts_of(session)
    monkeypatch.setattr(writes, "_commit", dying_after(0))
    assert is_killed(ana, f"{page}/sync", {})
    assert (acts_of(session), kinds(session)) == (before, [])
