"""How often a sign-in may fail, counted in the database so that it holds for all processes.

The limits are the same for emails that nobody has. A browser that has signed in to the account
before is counted by itself: no attack from elsewhere can lock the owner out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil

from sqlalchemy import ColumnElement, and_, delete, or_, select

from domain.accounts.errors import TooManyTries
from domain.accounts.models import Factor, FailedSignIn
from domain.database import AnySession, lock, read_clock
from domain.networks import network, wide_network


@dataclass(frozen=True)
class Try:
    """Who tries to prove to be the admin of a normal email, by which factor. `address` is the
    visitor's, `device` their browser if it has signed in to this account before."""

    email: str
    address: str | None
    device: str | None = None
    factor: Factor = "password"


@dataclass(frozen=True)
class Limit:
    """How many tries may fail within how long."""

    failures: int
    window: timedelta


PER_ACCOUNT_AND_ADDRESS = Limit(10, timedelta(minutes=15))
PER_ACCOUNT_AND_DEVICE = Limit(10, timedelta(minutes=15))
PER_ADDRESS = Limit(100, timedelta(hours=1))
KEPT_FOR = max(
    limit.window for limit in (PER_ACCOUNT_AND_ADDRESS, PER_ACCOUNT_AND_DEVICE, PER_ADDRESS)
)


def count_failure(session: AnySession, tried: Try) -> int:
    """Count one more failed try and return its id. Raises TooManyTries when none is left."""
    lock(session, "failed sign-ins")
    now = read_clock(session)
    _forget_old(session, now)
    failure = FailedSignIn(
        account=account_key(tried.email),
        factor=tried.factor,
        network=network(tried.address),
        wide_network=wide_network(tried.address),
        device=tried.device,
        at=now,
    )
    wait = max(_wait(session, now, limit, counted) for limit, counted in _limits(failure))
    if wait > timedelta(0):
        raise TooManyTries(ceil(wait.total_seconds()))
    session.add(failure)
    session.flush()
    return failure.id


def take_back(session: AnySession, failure_id: int) -> None:
    """The counted try was right."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.id == failure_id))


def account_key(email: str) -> str:
    """What stands for an email that may be nobody's, or a password typed into the wrong field."""
    return sha256(email.encode(errors="replace")).hexdigest()


def _limits(failure: FailedSignIn) -> list[tuple[Limit, ColumnElement[bool]]]:
    """The limits for this try, each with the failures that count towards it."""
    same_account = FailedSignIn.account == failure.account
    if failure.device is not None:
        same_device = FailedSignIn.device == failure.device
        return [(PER_ACCOUNT_AND_DEVICE, and_(same_account, same_device))]
    same_address = and_(FailedSignIn.network == failure.network, FailedSignIn.device.is_(None))
    return [
        (PER_ACCOUNT_AND_ADDRESS, and_(same_account, same_address)),
        (PER_ADDRESS, same_address),
    ]


def _wait(
    session: AnySession, now: datetime, limit: Limit, counted: ColumnElement[bool]
) -> timedelta:
    """How long until one more try is allowed; zero for now."""
    oldest_that_counts = session.scalar(
        select(FailedSignIn.at)
        .where(counted, FailedSignIn.at > now - limit.window)
        .order_by(FailedSignIn.at.desc())
        .offset(limit.failures - 1)
        .limit(1)
    )
    if oldest_that_counts is None:
        return timedelta(0)
    return oldest_that_counts + limit.window - now


def _forget_old(session: AnySession, now: datetime) -> None:
    # Both ends: a clock that was set back must not lock anyone out for longer.
    forgotten = or_(FailedSignIn.at < now - KEPT_FOR, FailedSignIn.at > now + KEPT_FOR)
    session.execute(delete(FailedSignIn).where(forgotten))
