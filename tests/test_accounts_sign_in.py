"""The three steps of signing in, without HTTP."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from domain.accounts import hashing, sign_in
from domain.accounts.admins import find_admin, save_admin
from domain.accounts.errors import SignInOver, TooManyTries, WrongCode, WrongPassword
from domain.accounts.models import Admin, FailedSignIn, SignInSession
from domain.accounts.sessions import (
    WAITS,
    SignedIn,
    Waiting,
    find_session,
    find_waiting_session,
)
from domain.accounts.sign_in import CodeSignIn
from domain.accounts.sign_in_limits import Try, count_failure
from domain.database import AnySession, writing
from tests.clock import NOON, Clock
from tests.conftest import PASSWORD
from tests.meeting import Meeting
from tests.second_factor import KEY, set_up_app

SECOND = timedelta(seconds=1)
ANA, HOME, OTHER = "ana@example.com", "203.0.113.7", "pepper glacier violin tunnel"

pytestmark = pytest.mark.usefixtures("admin")


def try_password(session: Session, password: str, email: str = ANA) -> SignedIn:
    opened = open_by(session, password, email)
    assert isinstance(opened, SignedIn)
    return opened


def wait_for_code(session: Session) -> Waiting:
    opened = open_by(session, PASSWORD, ANA)
    assert isinstance(opened, Waiting)
    return opened


def open_by(session: Session, password: str, email: str) -> SignedIn | Waiting:
    with writing(session):
        attempt = sign_in.count_attempt(session, Try(email, HOME))
    proven = sign_in.check_password(attempt, password)
    with writing(session):
        return sign_in.complete(session, proven)


def failures(session: Session) -> int:
    return session.scalar(select(func.count(FailedSignIn.id))) or 0


def test_the_right_password_opens_a_session_and_counts_as_no_failure(session: Session) -> None:
    signed_in = try_password(session, PASSWORD)
    assert signed_in.email == ANA
    assert find_session(session, signed_in.token) == signed_in
    assert failures(session) == 0


@pytest.mark.parametrize("email", [ANA, "nobody@example.com"])
def test_a_wrong_password_counts_the_same_for_known_and_unknown(
    session: Session, email: str
) -> None:
    """Seeded bug: counting known accounts only; the missing limit tells who has an account."""
    for _ in range(5):
        with pytest.raises(WrongPassword):
            try_password(session, "wrong", email)
    with pytest.raises(TooManyTries):
        try_password(session, PASSWORD, email)
    assert failures(session) == 5


def test_nobody_gets_in_with_the_hash_that_stands_for_no_account(session: Session) -> None:
    for password in ("", "\0", PASSWORD):
        with pytest.raises(WrongPassword):
            try_password(session, password, "nobody@example.com")


def test_many_successes_use_up_no_limit(session: Session) -> None:
    """Seeded bug: not taking the counted attempt back; the eleventh sign-in was refused."""
    for _ in range(12):
        try_password(session, PASSWORD)


def test_a_password_changed_during_the_hashing_counts(session: Session) -> None:
    """Seeded bug: no second look at the hash; the old password still opened a session."""
    with writing(session):
        attempt = sign_in.count_attempt(session, Try(ANA, HOME))
    proven = sign_in.check_password(attempt, PASSWORD)
    with writing(session):
        save_admin(session, ANA, hashing.hash_new_password(OTHER, ANA))
    with pytest.raises(WrongPassword), writing(session):
        sign_in.complete(session, proven)
    assert session.scalar(select(func.count(SignInSession.id))) == 0


def test_a_password_changed_meanwhile_confirms_nothing(session: Session) -> None:
    """Caught: `confirm` without a second look at the hash."""
    signed_in = try_password(session, PASSWORD)
    with writing(session):
        session.execute(update(SignInSession).values(confirmed_at=None))
        attempt = sign_in.count_attempt(session, Try(ANA, HOME))
    proven = sign_in.check_password(attempt, PASSWORD)
    with writing(session):
        session.execute(update(Admin).values(password_hash="another hash"))
    with pytest.raises(WrongPassword), writing(session):
        sign_in.confirm(session, proven, signed_in.token)
    found = find_session(session, signed_in.token)
    assert found
    assert not found.is_confirmed


def test_a_password_changed_during_the_last_step_signs_out_too(
    session: Session, engine: Engine
) -> None:
    """Seeded bug: no lock on PostgreSQL; the new password did not end the session just opened."""
    with writing(session):
        attempt = sign_in.count_attempt(session, Try(ANA, HOME))
    proven = sign_in.check_password(attempt, PASSWORD)

    def change_password() -> None:
        with Session(engine) as other, writing(other):
            save_admin(other, ANA, "another hash")

    changed = threading.Thread(target=change_password)
    with writing(session):
        sign_in.complete(session, proven)
        changed.start()
        time.sleep(0.3)
    changed.join()
    assert session.scalar(select(func.count(SignInSession.id))) == 0


def test_an_older_hash_is_renewed_at_sign_in(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "HASHER", PasswordHasher(2, 64, 1))
    try_password(session, PASSWORD)
    admin = find_admin(session, ANA)
    assert admin
    assert "m=64,t=2" in admin.password_hash
    assert try_password(session, PASSWORD)


def keep_password(session: Session, password: str) -> None:
    """As one of before today's rules."""
    with writing(session):
        kept = hashing.HASHER.hash(password.encode())
        session.execute(update(Admin).values(password_hash=kept))


def test_an_old_password_that_is_weak_goes_on_and_is_noted(session: Session) -> None:
    """Caught: an old short password refused; the note left when the password was a new one, and
    when today's rules find the same one good."""
    keep_password(session, "football1")
    signed_in = try_password(session, "football1")
    assert signed_in.password_is_weak
    assert find_session(session, signed_in.token) == signed_in
    with writing(session):
        save_admin(session, ANA, hashing.hash_new_password(OTHER, ANA))
    admin = find_admin(session, ANA)
    assert admin
    assert not admin.password_is_weak
    with writing(session):
        session.execute(update(Admin).values(password_is_weak=True))
    assert not try_password(session, OTHER).password_is_weak


def test_a_password_is_weak_that_holds_what_others_know(session: Session) -> None:
    """Caught: the rules of new passwords with email and hosts, those of old ones without."""
    for password in ("ana example glacier", "credits lagoon glacier"):
        keep_password(session, password)
        with writing(session):
            attempt = sign_in.count_attempt(session, Try(ANA, HOME))
        assert sign_in.check_password(attempt, password, "credits.lagoon.test").is_weak


def test_secrets_do_not_show_in_logs(session: Session) -> None:
    with writing(session):
        attempt = sign_in.count_attempt(session, Try(ANA, HOME))
    assert "argon2" not in repr(attempt)


def type_code(session: Session, token: str, code: str) -> CodeSignIn:
    with writing(session):
        failure_id = count_failure(session, Try(ANA, HOME, factor="code"))
    with writing(session):
        return sign_in.complete_with_code(session, failure_id, token, code, KEY)


def test_with_a_second_factor_a_code_signs_in(session: Session) -> None:
    """Caught: `complete` without a look at the second factor; the waiting row left; the counted try
    left; any token taken for that of a browser that waits."""
    app = set_up_app(session, ANA)
    waiting = wait_for_code(session)
    assert waiting.token not in repr(waiting)
    assert find_session(session, waiting.token) is None
    with pytest.raises(WrongCode):
        type_code(session, waiting.token, app.recovery_codes[0][:-1])
    assert failures(session) == 1
    signed_in, proof = type_code(session, waiting.token, app.code())
    assert (proof, failures(session)) == ("app", 1)
    assert find_session(session, signed_in.token) == replace(signed_in, has_second_factor=True)
    assert signed_in.token != waiting.token
    for token in (waiting.token, signed_in.token):
        with pytest.raises(SignInOver):
            type_code(session, token, app.code(1))
    assert session.scalars(select(SignInSession.waits_for_code)).all() == [False]


def test_a_code_is_waited_for_ten_minutes(session: Session, clock: Clock) -> None:
    """Caught: `WAITS` not looked at; rows that wait no longer kept as long as sign-ins."""
    set_up_app(session, ANA)
    token = wait_for_code(session).token
    for later, lasts in ((WAITS - SECOND, True), (WAITS, False), (-WAITS, False)):
        clock.set(NOON + later)
        session.rollback()
        assert (find_waiting_session(session, token) is not None) == lasts
    clock.set(NOON + WAITS + SECOND)
    wait_for_code(session)
    assert len(session.scalars(select(SignInSession)).all()) == 1


def test_two_codes_at_the_same_moment_sign_one_browser_in_once(
    engine: Engine, session: Session
) -> None:
    """Caught: the waiting row read before `lock_admins`."""
    app = set_up_app(session, ANA)
    token, code = wait_for_code(session).token, app.code()

    def work(codes: str, session: AnySession) -> bool:
        try:
            return bool(sign_in.complete_with_code(session, 0, token, codes, KEY))
        except SignInOver:
            return False

    both = partial(work, code), partial(work, app.recovery_codes[0])
    session.rollback()
    assert Meeting(engine).of(*both) == [True, False]


def save_another(session: Session) -> None:
    save_admin(session, ANA, "another hash")


def change_own(session: Session) -> None:
    attempt = sign_in.count_attempt(session, Try(ANA, HOME))
    sign_in.change_password(session, sign_in.check_password(attempt, PASSWORD), "another hash")


@pytest.mark.parametrize("change", [save_another, change_own])
def test_with_a_new_password_wrong_codes_count_no_more(
    session: Session, change: Callable[[Session], None]
) -> None:
    """Caught: kept; an attacker who had the former password closed the account's second factor
    for a month."""
    with writing(session):
        failure_id = count_failure(session, Try(ANA, HOME, factor="code"))
        other_id = count_failure(session, Try("bob@example.com", HOME, factor="code"))
    with writing(session):
        change(session)
    assert session.get(FailedSignIn, failure_id) is None
    assert session.get(FailedSignIn, other_id)
