"""Browsers in which no code is asked for, without HTTP. The clock is the database's."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.accounts.admins import find_admin, save_admin
from domain.accounts.models import RememberedBrowser
from domain.accounts.remembered_browsers import (
    LASTS,
    count_browsers,
    forget_browsers,
    is_remembered,
    remember_browser,
)
from domain.database import writing
from tests.clock import NOON, Clock

SECOND = timedelta(seconds=1)
ANA, BOB = "ana@example.com", "bob@example.com"


def make_admin(session: Session, email: str) -> int:
    with writing(session):
        save_admin(session, email, "hash")
        admin = find_admin(session, email)
        assert admin
        return admin.id


def test_a_browser_is_remembered_for_30_days(clock: Clock, session: Session) -> None:
    """Caught: `created_at > since` alone, and `>=`."""
    ana = make_admin(session, ANA)
    with writing(session):
        token = remember_browser(session, ana)
    for later, remembered in ((LASTS - SECOND, 1), (LASTS, 0), (-LASTS, 0), (SECOND - LASTS, 1)):
        clock.set(NOON + later)
        session.rollback()
        assert is_remembered(session, ana, token) == remembered == count_browsers(session, ana)
    clock.set(NOON + LASTS)
    with writing(session):
        remember_browser(session, ana)
    assert len(session.scalars(select(RememberedBrowser)).all()) == 1


def test_a_browser_is_that_of_one_admin(clock: Clock, session: Session) -> None:
    """Caught: `admin_id` left out of `is_remembered` and of `forget_browsers`, the token itself
    kept."""
    ana, bob = make_admin(session, ANA), make_admin(session, BOB)
    with writing(session):
        token, bobs = remember_browser(session, ana), remember_browser(session, bob)
    for other in (bobs, "", token[:-1], "\ud800", "x" * 100_000):
        assert not is_remembered(session, ana, other)
    assert token not in session.scalars(select(RememberedBrowser.token_hash)).all()
    with writing(session):
        forget_browsers(session, bob)
    assert is_remembered(session, ana, token)
    assert not is_remembered(session, bob, bobs)
    make_admin(session, ANA)  # with another password
    assert not is_remembered(session, ana, token)
    assert clock.now == NOON
