"""Owners who act on each other at the same moment, and links that are used twice at once."""

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from blueprints.team.forms import ActForm
from domain.accounts import sign_in, team
from domain.accounts.admins import find_admin, save_admin
from domain.accounts.errors import AccountDisabled, AccountError, WrongPassword
from domain.accounts.invitations import accept
from domain.accounts.models import IS_ACTIVE, Admin, SignInSession
from domain.accounts.owners import lock_as_owner
from domain.accounts.roles import Role
from domain.accounts.sessions import find_session, open_session, touch
from domain.accounts.sign_in_limits import Try
from domain.accounts.team import get_member
from domain.accounts.team_errors import AdminNotFound, LastOwner, LinkOver, NotOwner
from domain.database import AnySession, writing
from tests.conftest import ADMIN, PASSWORD, signed_in_client
from tests.counting import watching
from tests.html import texts
from tests.meeting import Meeting, Work
from tests.page_helpers import partials, post
from tests.team import BOB, TEAM, add_member, new_invitation, seen

pytestmark = [pytest.mark.on_both, pytest.mark.usefixtures("two_owners")]

Act = Callable[[AnySession, int, int], None]


@pytest.fixture
def two_owners(engine: Engine, cheap_hashing: None) -> None:  # noqa: ARG001 - for its effect
    """Ana is 1, Bob is 2."""
    for email in (ADMIN, BOB):
        add_member(engine, email)


def remove(session: AnySession, actor: int, other: int) -> None:
    owner = lock_as_owner(session, actor)
    team.remove(session, owner, other, get_member(session, other).seen)


def disable(session: AnySession, actor: int, other: int) -> None:
    owner = lock_as_owner(session, actor)
    team.disable(session, owner, other, get_member(session, other).seen)


def demote(session: AnySession, actor: int, other: int) -> None:
    owner = lock_as_owner(session, actor)
    team.change_role(session, owner, other, Role.VIEWER, get_member(session, other).seen)


def tried(act: Act, actor: int, other: int) -> Work:
    """Returns what it was refused with."""

    def work(session: AnySession) -> type[AccountError] | None:
        try:
            act(session, actor, other)
        except AccountError as problem:
            session.rollback()
            return type(problem)
        return None

    return work


def active_owners(session: Session) -> int:
    session.rollback()
    found = select(func.count(Admin.id)).where(Admin.role == "owner", IS_ACTIVE)
    return session.scalar(found) or 0


@pytest.mark.parametrize("act", [remove, disable, demote])
def test_two_owners_who_act_on_each_other_leave_one(
    engine: Engine, session: Session, act: Act
) -> None:
    """Caught: `lock_admins` left out of `lock_as_owner`; its look at who acts left out."""
    refused = Meeting(engine).of(tried(act, 1, 2), tried(act, 2, 1))
    assert refused == [None, NotOwner]
    assert active_owners(session) == 1


def test_two_owners_who_demote_themselves_leave_one(engine: Engine, session: Session) -> None:
    """Caught: `refuse_without_owner` left out of `change_role`."""
    refused = Meeting(engine).of(tried(demote, 1, 1), tried(demote, 2, 2))
    assert refused == [None, LastOwner]
    assert active_owners(session) == 1


def test_a_demotion_meets_a_removal(engine: Engine, session: Session) -> None:
    refused = Meeting(engine).of(tried(remove, 1, 2), tried(demote, 1, 2))
    assert refused == [None, AdminNotFound]
    assert active_owners(session) == 1


def test_two_browsers_with_one_invitation(engine: Engine, session: Session) -> None:
    """Caught: `lock_admins` left out of `accept`: the second one got an error of the database."""
    token = new_invitation(session).removeprefix("/invitation/")

    def join(session: AnySession, name: int, _other: int) -> None:
        accept(session, token, f"Cem {name}", "hash")

    assert Meeting(engine).of(tried(join, 1, 0), tried(join, 2, 0)) == [None, LinkOver]
    session.rollback()
    assert session.scalars(select(Admin.display_name).where(Admin.id > 2)).all() == ["Cem 1"]


def test_a_sign_in_meets_the_end_of_its_account(engine: Engine, session: Session) -> None:
    """The password was checked before; then it is too late.

    Caught: `_accept` that looks at the password alone."""
    for act, refusal in ((disable, AccountDisabled), (remove, WrongPassword)):
        with writing(session):
            attempt = sign_in.count_attempt(session, Try(BOB, "192.0.2.1"))
        session.rollback()
        proven = sign_in.check_password(attempt, PASSWORD)

        def enter(session: AnySession, _actor: int, _other: int) -> None:
            sign_in.complete(session, proven)  # noqa: B023 - used at once

        assert Meeting(engine).of(tried(act, 1, 2), tried(enter, 0, 0)) == [None, refusal]
        session.rollback()
        assert session.scalars(select(SignInSession)).all() == []
        with writing(session):
            admin = find_admin(session, BOB)
            assert admin
            save_admin(session, BOB, admin.password_hash)


@pytest.mark.parametrize("is_click_first", [True, False])
def test_who_clicks_while_they_are_removed_is_out(
    engine: Engine, session: Session, is_click_first: bool
) -> None:
    token = sign_in_bob(session)

    def click(session: AnySession, _actor: int, _other: int) -> None:
        touch(session, token)

    works = [tried(click, 0, 0), tried(remove, 1, 2)]
    first, second = works if is_click_first else reversed(works)
    assert Meeting(engine).of(first, second) == [None, None]
    session.rollback()
    assert find_session(session, token) is None


@pytest.mark.parametrize("act", [remove, disable])
def test_a_click_and_a_removal_lock_their_rows_in_the_same_order(
    engine: Engine, session: Session, act: Act
) -> None:
    """Caught: `touch` that writes the sign-in before the admin: on PostgreSQL each could wait for
    the other."""
    token = sign_in_bob(session)
    works = (partial(touch, session, token), partial(act, session, 1, 2))
    for work in works:
        with watching(engine) as asked, writing(session):
            work()
        written = [one.split()[:3] for one in asked.statements]
        tables = [words[1 if words[0] == "UPDATE" else 2] for words in written if len(words) > 2]
        order = [table for table in tables if table in ("admin", "sign_in_session")]
        assert list(dict.fromkeys(order)) == ["admin", "sign_in_session"]


def sign_in_bob(session: Session) -> str:
    """The token of his browser."""
    with writing(session):
        admin = find_admin(session, BOB)
        assert admin
        return open_session(session, admin).token


def meanwhile(monkeypatch: pytest.MonkeyPatch, engine: Engine, act: Act) -> None:
    """Between the look at who is signed in and the transaction of the act: Bob acts on Ana."""
    check = ActForm.validate_on_submit

    def check_late(form: ActForm) -> bool:
        is_valid = bool(check(form))
        with Session(engine) as session, writing(session):
            act(session, 2, 1)
        return is_valid

    monkeypatch.setattr(ActForm, "validate_on_submit", check_late)


@pytest.mark.parametrize(("act", "status"), [(demote, 403), (remove, 401), (disable, 401)])
@pytest.mark.parametrize("htmx", [True, False])
def test_an_owner_who_was_one_a_moment_ago_does_nothing(
    app: Flask,
    engine: Engine,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    act: Act,
    status: int,
    htmx: bool,
) -> None:
    """Caught: the act done as the guard has let in; a page that says "Your role is Owner"."""
    ana: FlaskClient = signed_in_client(app, engine, ADMIN)
    fields = {"seen": seen(session, 2)}
    meanwhile(monkeypatch, engine, act)
    answer = post(ana, f"{TEAM}/2/remove", fields, htmx=htmx)
    assert answer.status_code == status
    said = partials(answer)["#alert"] if htmx else " ".join(texts(answer.text, "main"))
    assert ("You are no owner any more." if status == 403 else "You are signed out") in said
    session.rollback()
    assert get_member(session, 2).role == Role.OWNER


def test_a_name_that_is_changed_meanwhile_is_no_reason(session: Session) -> None:
    """What they are called, and that they clicked, is nothing that an owner has decided on."""
    before = seen(session, 2)
    with writing(session):
        admin = session.get_one(Admin, 2)
        admin.display_name = "Bobby"
        open_session(session, admin)
    assert seen(session, 2) == before
