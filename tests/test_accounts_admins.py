"""Who may sign in, and what an email may be."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from domain.accounts.admins import find_admin, has_admin, normal_email, save_admin
from domain.accounts.errors import UnfitEmail
from domain.accounts.models import Admin, SignInSession
from domain.accounts.sessions import find_session, open_session
from domain.database import writing

ANA, BOB = "ana@example.com", "bob@example.com"
NO_EMAILS = [
    *("", "ana", "@", "ana@", "@example.com", "a@b@c", "a b@c.de", "a\0@b.de", "a@b.de\r\nBcc: x"),
    *("a\ud800@b.de", "a\u200b@b.de", f"{'a' * 250}@b.de", "a@b.de" * 20_000),
]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ana@example.com", "ana@example.com"),
        ("  Ana@Example.COM\n", "ana@example.com"),
        ("Jose\u0301@exämple.de", "josé@exämple.de"),
        ("ana+scrip@例え.jp", "ana+scrip@例え.jp"),
    ],
)
def test_one_spelling_is_kept(typed: str, kept: str) -> None:
    assert normal_email(typed) == kept == normal_email(kept)


@pytest.mark.parametrize("typed", NO_EMAILS)
def test_what_is_no_email_is_refused(typed: str) -> None:
    with pytest.raises(UnfitEmail):
        normal_email(typed)


def test_a_new_admin_is_saved_once(session: Session) -> None:
    assert not has_admin(session)
    with writing(session):
        assert save_admin(session, ANA, "hash 1")
    with writing(session):
        assert not save_admin(session, ANA, "hash 2")
    assert has_admin(session)
    assert session.scalars(select(Admin.password_hash)).all() == ["hash 2"]


def test_a_new_password_ends_the_sessions_of_this_admin_only(session: Session) -> None:
    """Seeded bug: keeping the sessions; whoever stole one stays in after the password changed."""
    tokens = {}
    with writing(session):
        for email in (ANA, BOB):
            save_admin(session, email, "hash")
            admin = find_admin(session, email)
            assert admin
            tokens[email] = open_session(session, admin).token
    with writing(session):
        save_admin(session, ANA, "another hash")
    assert find_session(session, tokens[ANA]) is None
    assert find_session(session, tokens[BOB])
    assert session.scalar(select(func.count(SignInSession.id))) == 1


@pytest.mark.parametrize("email", ["Ana@example.com", "a", "a" * 255])
def test_the_database_refuses_emails_of_another_spelling(engine: Engine, email: str) -> None:
    refused = pytest.raises((IntegrityError, DataError))
    with Session(engine) as session, refused, writing(session):
        session.add(Admin(email=email, password_hash="hash"))


def test_the_same_new_admin_can_be_saved_by_many_at_once(engine: Engine) -> None:
    """Seeded bug: no lock on PostgreSQL; all but one failed with an IntegrityError."""
    start = threading.Barrier(6)

    def save(n: int) -> bool:
        start.wait()
        with Session(engine) as session, writing(session):
            return save_admin(session, ANA, f"hash {n}")

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(save, range(6))) == [False] * 5 + [True]
