"""Limits on how often something happens, counted by rows in the database, so that they hold for all
processes. A wait is a time from now on; zero when there is none."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, func, select

from domain.database import AnySession

STEPS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 15))


class RateLimit(NamedTuple):
    """So many within so long."""

    most: int
    window: timedelta


class Backoff(NamedTuple):
    """So many within so long are free. Then each waits after the one before, the longer the more
    there were, and never longer than the last step: nobody is kept out for a day."""

    free: int
    window: timedelta
    steps: tuple[timedelta, ...] = STEPS

    def after(self, count: int) -> timedelta:
        """The pause after the newest of so many."""
        if count < self.free:
            return timedelta(0)
        return self.steps[min(count - self.free, len(self.steps) - 1)]


class Rows(NamedTuple):
    """What is counted: rows that are the `same` in some way, and the column of their times."""

    at: SQLColumnExpression[datetime]
    same: ColumnElement[bool]

    def within(self, window: timedelta, now: datetime) -> ColumnElement[bool]:
        # A time to come, of a clock that was set back, does not count until it is there.
        return and_(self.same, self.at > now - window, self.at <= now)


def count(session: AnySession, rows: Rows, window: timedelta, now: datetime) -> int:
    found = select(func.count()).where(rows.within(window, now))
    return session.scalar(found) or 0


def wait_of_backoff(session: AnySession, backoff: Backoff, rows: Rows, now: datetime) -> timedelta:
    within = rows.within(backoff.window, now)
    number, newest = session.execute(select(func.count(), func.max(rows.at)).where(within)).one()
    left: timedelta = newest + backoff.after(number) - now if number else timedelta(0)
    return max(timedelta(0), left)


def wait_of_limit(session: AnySession, limit: RateLimit, rows: Rows, now: datetime) -> timedelta:
    oldest_that_counts = session.scalar(
        select(rows.at)
        .where(rows.within(limit.window, now))
        .order_by(rows.at.desc())
        .offset(limit.most - 1)
        .limit(1)
    )
    if oldest_that_counts is None:
        return timedelta(0)
    return oldest_that_counts + limit.window - now
