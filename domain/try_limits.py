"""Limits on tries to open something: an account with a password, a mailbox with a code.

A browser that opened it before is counted by itself: no attack from elsewhere can lock its owner
out. All others share one backoff, over all addresses.

An attacker who asks all the time would take each turn after a pause. So newcomers wait for each
other alone: wide networks that hardly tried to open it, as that of an owner in a new browser. An
attacker needs many networks to take these turns too, and gets no more than as many again.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, true

from domain.database import AnySession
from domain.rate_limits import Backoff, Rows, count, wait_of_backoff

# A network that tried less often is a newcomer.
NEWCOMER_TRIES = 3
DAY = timedelta(days=1)


class Columns(NamedTuple):
    """Of a table with a row for each try. `device` is that of a known browser; `is_newcomer` says
    that the wide network was one for what was to be opened."""

    at: SQLColumnExpression[datetime]
    network: SQLColumnExpression[str]
    wide_network: SQLColumnExpression[str]
    device: SQLColumnExpression[str | None]
    is_newcomer: SQLColumnExpression[bool]

    def rows(self, *same: ColumnElement[bool]) -> Rows:
        return Rows(self.at, and_(true(), *same))


class TryLimits(NamedTuple):
    """The first two are for what is to be opened. The others are of all that browsers which are not
    known try to open; in all, newcomers may go on when the others may not any more."""

    by_a_known_browser: Backoff
    by_all_others: Backoff
    per_network: Backoff
    per_wide_network: Backoff
    in_all: Backoff
    in_all_with_newcomers: Backoff


class Source(NamedTuple):
    """From where somebody tries: the networks, and the device if it is known, as in the columns."""

    network: str
    wide_network: str
    device: str | None
    is_newcomer: bool = False


class Target(NamedTuple):
    """What is to be opened: the `same` in all rows of tries to open it."""

    columns: Columns
    same: ColumnElement[bool]

    def rows(self, *same: ColumnElement[bool]) -> Rows:
        return self.columns.rows(self.same, *same)


def mark_newcomer(session: AnySession, target: Target, source: Source, now: datetime) -> Source:
    """The source, marked as a newcomer's if it is one."""
    from_there = target.columns.wide_network == source.wide_network
    rows = target.rows(from_there, target.columns.device.is_(None))
    return source._replace(is_newcomer=_is_newcomer(session, rows, DAY, now))


def wait_for_try(
    session: AnySession, limits: TryLimits, target: Target, source: Source, now: datetime
) -> timedelta:
    """How long until one more try from there is allowed."""
    if source.device:
        own = target.rows(target.columns.device == source.device)
        return wait_of_backoff(session, limits.by_a_known_browser, own, now)
    counted = _counted_for_others(session, limits, target, source, now)
    return max(wait_of_backoff(session, backoff, rows, now) for backoff, rows in counted)


def _counted_for_others(
    session: AnySession, limits: TryLimits, target: Target, source: Source, now: datetime
) -> Iterator[tuple[Backoff, Rows]]:
    columns = target.columns
    unknown = columns.device.is_(None)
    its_like = columns.is_newcomer.is_(True) if source.is_newcomer else true()
    yield limits.by_all_others, target.rows(unknown, its_like)
    yield limits.per_network, columns.rows(unknown, columns.network == source.network)
    from_there = columns.rows(unknown, columns.wide_network == source.wide_network)
    yield limits.per_wide_network, from_there
    is_newcomer = _is_newcomer(session, from_there, limits.in_all.window, now)
    yield limits.in_all_with_newcomers if is_newcomer else limits.in_all, columns.rows()


def _is_newcomer(session: AnySession, rows: Rows, window: timedelta, now: datetime) -> bool:
    return count(session, rows, window, now) < NEWCOMER_TRIES
