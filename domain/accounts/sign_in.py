"""Signing in, in three short steps, so that no lock is held while a password is hashed.

1. `count_attempt` counts the try as failed before it is made; its caller commits. Tries made at
   the same moment, in whatever process, cannot slip past the limit together.
2. `check_password` hashes, with no transaction open. Who does it has a slot: see hashing.py.
3. `complete` takes the counted failure back and opens the session. For who is signed in already,
   `confirm` notes instead that they typed the password again; `change_password` keeps a new one.

With a second factor, `complete` opens one that waits for a code. Each code that is typed is a try
too, counted by `count_failure` in a transaction of its own; `complete_with_code` takes it back.
"""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from domain.accounts import hashing, sessions, sign_in_limits
from domain.accounts.admins import find_admin, lock_admins
from domain.accounts.errors import AccountDisabled, SignInOver, WrongPassword
from domain.accounts.models import Admin
from domain.accounts.one_time_links import end_password_link
from domain.accounts.password_rules import is_weak
from domain.accounts.remembered_browsers import forget_browsers, is_remembered
from domain.accounts.second_factor import Proof, find_second_factor, prove_code
from domain.accounts.sessions import (
    SignedIn,
    Waiting,
    end_all_sessions,
    end_session,
    find_waiting_session,
    open_session,
    open_waiting_session,
)
from domain.accounts.sign_in_limits import Try
from domain.database import AnySession


@dataclass(frozen=True)
class Attempt:
    """A counted try: what step two compares with and step three takes back.

    `known` is what others know about the admin; `is_weak`: the right password would be refused as
    a new one.
    """

    failure_id: int
    admin_id: int | None
    password_hash: str | None = field(repr=False)
    new_hash: str | None = field(default=None, repr=False)
    known: tuple[str, ...] = ()
    is_weak: bool = False


def count_attempt(session: AnySession, tried: Try) -> Attempt:
    """Step one. Raises TooManyTries."""
    failure_id = sign_in_limits.count_failure(session, tried)
    admin = find_admin(session, tried.email)
    if admin is None:
        return Attempt(failure_id, None, None)
    known = (admin.email, admin.display_name)
    return Attempt(failure_id, admin.id, admin.password_hash, known=known)


def check_password(attempt: Attempt, password: str, *hosts: str) -> Attempt:
    """Step two: the attempt again, proven. `hosts` are the names of Scrip's own.

    Raises WrongPassword.
    """
    is_right = hashing.is_right(password, attempt.password_hash)
    if not is_right or attempt.password_hash is None:
        raise WrongPassword
    return replace(
        attempt,
        new_hash=hashing.renewed_hash(password, attempt.password_hash),
        is_weak=is_weak(password, *attempt.known, *hosts),
    )


class CodeSignIn(NamedTuple):
    signed_in: SignedIn
    proof: Proof


def complete(
    session: AnySession, proven: Attempt, browser: str = "", device: str = ""
) -> SignedIn | Waiting:
    """Step three: waits for a code when the admin has a second factor, unless `browser` is the
    token of one that is remembered; `device` is what this one calls itself. Raises WrongPassword
    when the password was changed since step one, and AccountDisabled, which only who has the right
    password learns."""
    admin = _accept(session, proven)
    if find_second_factor(session, admin.id) is None or is_remembered(session, admin.id, browser):
        return open_session(session, admin, device)
    return open_waiting_session(session, admin)


def complete_with_code(
    session: AnySession,
    failure_id: int,
    token: str,
    code: str,
    secret_key: str,
    device: str = "",
) -> CodeSignIn:
    """Signs in, under a new token, the browser that waits for a code under `token`. Raises
    WrongCode, and SignInOver when it does not wait any longer."""
    lock_admins(session)
    waiting = find_waiting_session(session, token)
    if waiting is None:
        raise SignInOver
    proof = prove_code(session, waiting.admin_id, code, secret_key)
    sign_in_limits.take_back(session, failure_id, waiting.email)
    end_session(session, token)
    admin = session.get_one(Admin, waiting.admin_id)
    return CodeSignIn(open_session(session, admin, device), proof)


def confirm(session: AnySession, proven: Attempt, token: str) -> None:
    """Step three for an admin who is signed in already. Raises WrongPassword as `complete`."""
    _accept(session, proven)
    sessions.confirm(session, token)


def change_password(
    session: AnySession, proven: Attempt, new_hash: str, device: str = ""
) -> SignedIn:
    """Step three for an admin who chose a new password: this browser is signed in under a new
    token, all others are signed out, and none is remembered. Raises WrongPassword as `complete`.
    """
    admin = _accept(session, proven)
    admin.password_hash, admin.password_is_weak = new_hash, False
    end_all_sessions(session, admin.id)
    forget_browsers(session, admin.id)
    end_password_link(session, admin.id)
    sign_in_limits.forget_codes(session, admin.email)
    return open_session(session, admin, device)


def _accept(session: AnySession, proven: Attempt) -> Admin:
    lock_admins(session)
    admin = session.get(Admin, proven.admin_id)
    if admin is None or admin.password_hash != proven.password_hash or admin.removed_at:
        raise WrongPassword
    if not admin.is_active:
        raise AccountDisabled
    if proven.new_hash:
        admin.password_hash = proven.new_hash
    admin.password_is_weak = proven.is_weak
    sign_in_limits.take_back(session, proven.failure_id, admin.email)
    return admin
