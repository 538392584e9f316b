"""How many payments may be begun: cards are tested where many can be tried. Counted in the
database, under the lock of those who begin one, so that it holds for all processes."""

import logging
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, select

from domain.database import AnySession
from domain.purchases.errors import TooManyCheckouts
from domain.purchases.models import Checkout, Purchase
from domain.purchases.rules import CAN_BE_PAID

log = logging.getLogger("scrip.purchases")


class Limit(NamedTuple):
    """How many within how long."""

    most: int
    window: timedelta


MOST_OPEN = 5
PER_BUYER = Limit(10, timedelta(hours=1))
PER_NETWORK = Limit(30, timedelta(hours=1))
# Of all buyers in an hour of the clock. Nobody is refused: it may be a good day.
UNUSUAL = 300


def refuse_flood(session: AnySession, now: datetime, customer_id: int, network: str) -> None:
    """Raises TooManyCheckouts when one more would be too many for the buyer or the network."""
    ours = Purchase.customer_id == customer_id
    hours = _wait_for_hours(session, now, customer_id, network)
    _refuse(max(hours, _wait_for_open(session, now, ours)))


def refuse_replacing(session: AnySession, now: datetime, customer_id: int, network: str) -> None:
    """The same for one that takes the place of an open one."""
    _refuse(_wait_for_hours(session, now, customer_id, network))


def is_unusual(session: AnySession, now: datetime) -> bool:
    """Whether it is the last one begun that made this hour unusual: once in an hour at most."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    begun = select(func.count()).select_from(Checkout).where(Checkout.created_at >= hour)
    return session.scalar(begun) == UNUSUAL


def _refuse(wait: timedelta) -> None:
    if wait > timedelta(0):
        raise TooManyCheckouts(ceil(wait.total_seconds()))


def _wait_for_hours(
    session: AnySession, now: datetime, customer_id: int, network: str
) -> timedelta:
    """How long until both limits of an hour allow one more; zero when they do."""
    return max(
        _wait(session, now, PER_BUYER, Purchase.customer_id == customer_id),
        _wait(session, now, PER_NETWORK, Checkout.network == network),
    )


def _wait_for_open(session: AnySession, now: datetime, ours: ColumnElement[bool]) -> timedelta:
    """How long until fewer than the most are open; zero when they are."""
    ends = session.scalar(
        select(Checkout.expires_at)
        .join(Purchase, Purchase.id == Checkout.purchase_id)
        .where(ours, Checkout.state.in_(CAN_BE_PAID), Checkout.expires_at > now)
        .order_by(Checkout.expires_at.desc())
        .offset(MOST_OPEN - 1)
        .limit(1)
    )
    return ends - now if ends else timedelta(0)


def _wait(session: AnySession, now: datetime, limit: Limit, same: ColumnElement[bool]) -> timedelta:
    """How long until one more is allowed; zero for now."""
    oldest_that_counts = session.scalar(
        select(Checkout.created_at)
        .join(Purchase, Purchase.id == Checkout.purchase_id)
        .where(same, _counts(now, limit))
        .order_by(Checkout.created_at.desc())
        .offset(limit.most - 1)
        .limit(1)
    )
    return oldest_that_counts + limit.window - now if oldest_that_counts else timedelta(0)


def _counts(now: datetime, limit: Limit) -> ColumnElement[bool]:
    # Both ends: a clock that was set back must not keep anyone out for longer.
    created = Checkout.created_at
    return and_(created > now - limit.window, created < now + limit.window)
