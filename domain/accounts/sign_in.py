"""Signing in, in three short steps, so that no lock is held while a password is hashed.

1. `count_attempt` counts the try as failed before it is made; its caller commits. Tries made at
   the same moment, in whatever process, cannot slip past the limit together.
2. `check_password` hashes, with no transaction open.
3. `complete` takes the counted failure back and opens the session. For who is signed in already,
   `confirm` notes instead that they typed the password again.
"""

from dataclasses import dataclass, field, replace

from sqlalchemy import delete

from domain.accounts import hashing, limits, sessions
from domain.accounts.admins import find_admin, lock_admins
from domain.accounts.errors import WrongPassword
from domain.accounts.limits import Try
from domain.accounts.models import Admin, FailedSignIn
from domain.accounts.sessions import SignedIn, open_session
from domain.database import AnySession


@dataclass(frozen=True)
class Attempt:
    """A counted try: what step two compares with and step three takes back."""

    failure_id: int
    admin_id: int | None
    password_hash: str | None = field(repr=False)
    new_hash: str | None = field(default=None, repr=False)


def count_attempt(session: AnySession, tried: Try) -> Attempt:
    """Step one. Raises TooManyTries."""
    failure_id = limits.count_failure(session, tried)
    admin = find_admin(session, tried.email)
    if admin is None:
        return Attempt(failure_id, None, None)
    return Attempt(failure_id, admin.id, admin.password_hash)


def check_password(attempt: Attempt, password: str) -> Attempt:
    """Step two: the attempt again, proven. Raises WrongPassword, TooBusy."""
    is_right = hashing.is_right(password, attempt.password_hash)
    if not is_right or attempt.password_hash is None:
        raise WrongPassword
    return replace(attempt, new_hash=hashing.renewed_hash(password, attempt.password_hash))


def complete(session: AnySession, proven: Attempt) -> SignedIn:
    """Step three. Raises WrongPassword when the password was changed since step one."""
    return open_session(session, _accept(session, proven))


def confirm(session: AnySession, proven: Attempt, token: str) -> None:
    """Step three for an admin who is signed in already. Raises WrongPassword as `complete`."""
    _accept(session, proven)
    sessions.confirm(session, token)


def _accept(session: AnySession, proven: Attempt) -> Admin:
    lock_admins(session)
    admin = session.get(Admin, proven.admin_id)
    if admin is None or admin.password_hash != proven.password_hash:
        raise WrongPassword
    if proven.new_hash:
        admin.password_hash = proven.new_hash
    session.execute(delete(FailedSignIn).where(FailedSignIn.id == proven.failure_id))
    return admin
