"""Sign-in sessions: how they begin, live and end. The clock is the database's."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from domain.accounts.admins import find_admin, save_admin
from domain.accounts.models import SignInSession
from domain.accounts.sessions import (
    ABSOLUTE,
    IDLE,
    SignedIn,
    end_session,
    find_session,
    open_session,
    touch,
)
from domain.database import utc_now, writing

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ana(session: Session) -> SignedIn:
    with writing(session):
        save_admin(session, "ana@example.com", "hash")
    return open_for_ana(session)


def open_for_ana(session: Session) -> SignedIn:
    with writing(session):
        admin = find_admin(session, "ana@example.com")
        assert admin
        return open_session(session, admin)


def age(session: Session, *, created: timedelta, seen: timedelta) -> None:
    """Make every session this old and its last visit this long ago."""
    now = session.scalars(select(utc_now())).one()
    with writing(session):
        session.execute(
            update(SignInSession).values(created_at=now - created, last_seen_at=now - seen)
        )


def test_a_token_finds_its_admin(session: Session, ana: SignedIn) -> None:
    found = find_session(session, ana.token)
    assert found == ana
    assert (ana.email, ana.is_authenticated, ana.get_id()) == ("ana@example.com", True, ana.token)
    assert ana.token not in repr(ana)


@pytest.mark.parametrize("token", ["", "x", "\0", "\ud800", "x" * 100_000])
def test_other_tokens_find_nobody(session: Session, ana: SignedIn, token: str) -> None:
    assert find_session(session, token) is None
    assert find_session(session, ana.token[:-1]) is None


def test_the_database_does_not_hold_tokens(session: Session, ana: SignedIn) -> None:
    """Seeded bug: keeping the token itself; a read of the database then opens every session."""
    (kept,) = session.scalars(select(SignInSession.token_hash))
    assert len(kept) == 64
    assert ana.token not in kept
    assert find_session(session, kept) is None


def test_tokens_are_long_and_never_repeat(session: Session, ana: SignedIn) -> None:
    others = {open_for_ana(session).token for _ in range(5)}
    assert len({ana.token, *others}) == 6
    assert all(len(token) >= 43 for token in others)


@pytest.mark.parametrize(
    ("created", "seen", "lives"),
    [
        (IDLE - MINUTE, IDLE - MINUTE, True),
        (IDLE + MINUTE, IDLE + MINUTE, False),
        (ABSOLUTE - MINUTE, timedelta(0), True),
        (ABSOLUTE + MINUTE, timedelta(0), False),
        (-timedelta(hours=1), -timedelta(hours=1), True),  # the clock was set back an hour
        (-timedelta(days=400), -timedelta(days=400), False),
    ],
)
def test_sessions_end_when_idle_or_old(
    session: Session, ana: SignedIn, created: timedelta, seen: timedelta, lives: bool
) -> None:
    """Seeded bugs: each of the two comparisons left out; no abs(), for a clock set back."""
    age(session, created=created, seen=seen)
    assert (find_session(session, ana.token) is not None) is lives


def test_a_touch_is_due_once_a_minute_and_keeps_a_session_alive(
    session: Session, ana: SignedIn
) -> None:
    assert not ana.needs_touch
    age(session, created=IDLE, seen=MINUTE * 2)
    found = find_session(session, ana.token)
    assert found
    assert found.needs_touch
    with writing(session):
        touch(session, ana.token)
    found = find_session(session, ana.token)
    assert found
    assert not found.needs_touch


def test_an_ended_session_stays_ended(session: Session, ana: SignedIn) -> None:
    with writing(session):
        end_session(session, ana.token)
    with writing(session):
        touch(session, ana.token)
        end_session(session, ana.token)
    assert find_session(session, ana.token) is None


@pytest.mark.parametrize(("created", "seen"), [(IDLE, IDLE * 2), (ABSOLUTE * 2, MINUTE)])
def test_dead_sessions_are_removed_when_someone_signs_in(
    session: Session, ana: SignedIn, created: timedelta, seen: timedelta
) -> None:
    age(session, created=created, seen=seen)
    new = open_for_ana(session)
    assert session.scalar(select(func.count(SignInSession.id))) == 1
    assert find_session(session, new.token)
    assert find_session(session, ana.token) is None
