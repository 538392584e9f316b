"""How many codes may be asked for and tried, counted in the database so that it holds for all
processes. The limits are the same for addresses that no customer has. Browsers that are known have
no limit for the mailbox, so its owner still gets codes while others ask for too many."""

from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, select, true

from domain.customers.errors import TooManyCodes, TooManyGuesses
from domain.customers.models import SignInCode
from domain.database import AnySession


class Limit(NamedTuple):
    """How many within how long."""

    most: int
    window: timedelta


PER_EMAIL = Limit(5, timedelta(minutes=15))
PER_EMAIL_A_DAY = Limit(20, timedelta(days=1))
PER_MAILBOX = (PER_EMAIL, PER_EMAIL_A_DAY)
PER_NETWORK = Limit(20, timedelta(hours=1))
IN_ALL = Limit(1000, timedelta(minutes=10))
# Of all codes together: a guess is right once in 100 million.
TRIES_IN_ALL = Limit(1000, timedelta(minutes=10))


def refuse_flood(session: AnySession, now: datetime, mailbox: str | None, network: str) -> None:
    """Raises TooManyCodes when one more would be too many: for the mailbox if there is one, the
    network, and in all."""
    counted: list[tuple[Limit, ColumnElement[bool]]] = [
        (PER_NETWORK, SignInCode.network == network),
        (IN_ALL, true()),
    ]
    if mailbox is not None:
        counted += [(limit, SignInCode.email_key == mailbox) for limit in PER_MAILBOX]
    wait = max(_wait(session, now, limit, same) for limit, same in counted)
    if wait > timedelta(0):
        raise TooManyCodes(ceil(wait.total_seconds()))


def refuse_guessing(session: AnySession, now: datetime) -> None:
    """Raises TooManyGuesses. A code lives no longer than the window, so its own row counts."""
    tries = select(func.sum(SignInCode.tries)).where(_counts(now, TRIES_IN_ALL))
    if (session.scalar(tries) or 0) >= TRIES_IN_ALL.most:
        raise TooManyGuesses(ceil(TRIES_IN_ALL.window.total_seconds()))


def _wait(session: AnySession, now: datetime, limit: Limit, same: ColumnElement[bool]) -> timedelta:
    """How long until one more is allowed; zero for now."""
    oldest_that_counts = session.scalar(
        select(SignInCode.created_at)
        .where(same, _counts(now, limit))
        .order_by(SignInCode.created_at.desc())
        .offset(limit.most - 1)
        .limit(1)
    )
    if oldest_that_counts is None:
        return timedelta(0)
    return oldest_that_counts + limit.window - now


def _counts(now: datetime, limit: Limit) -> ColumnElement[bool]:
    # Both ends: a clock that was set back must not keep anyone out for longer.
    created = SignInCode.created_at
    return and_(created > now - limit.window, created < now + limit.window)
