"""When to sync without an event: for those that never came. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.purchases.rules import CheckoutState, RefundState

# Nobody pays faster, and until then the request that began it may be at work.
FIRST = timedelta(minutes=2)
EVERY = timedelta(minutes=5)
AFTER_THE_END = timedelta(hours=1)
# A bank that confirms later takes days.
BANK_EVERY = timedelta(hours=1)
BANK_LASTS = timedelta(days=14)
# So long the provider knows the key of a refund, less the time for the way: after that, asking for
# it again could give the money back twice.
REFUND_KEY_LASTS = timedelta(hours=23)
# The provider wants half an hour at least, and a minute is for the way.
LEAST_LEFT = timedelta(minutes=31)
# After each sync, unless it ended well: a worker that dies has put it off, too.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60))


class Timed(NamedTuple):
    """What of a checkout the schedule depends on."""

    state: CheckoutState
    created_at: datetime
    expires_at: datetime


def next_sync(checkouts: Iterable[Timed], now: datetime) -> datetime | None:
    """None when there is nothing to wait for."""
    times = [time for one in checkouts if (time := _next_sync_of(one, now))]
    return min(times, default=None)


def _next_sync_of(one: Timed, now: datetime) -> datetime | None:
    match one.state:
        case CheckoutState.NEW | CheckoutState.OPEN:
            time, end = now + EVERY, one.expires_at + AFTER_THE_END
            if now < one.created_at + FIRST:
                time = one.created_at + FIRST
        case CheckoutState.PROCESSING:
            time, end = now + BANK_EVERY, one.created_at + BANK_LASTS
        case _:
            return None
    return time if now < end else None


def next_look_at_refund(status: str, seen_at: datetime, now: datetime) -> datetime | None:
    """None when it has come to an end, or will be reported if it ever does."""
    match status:
        case RefundState.ASKED:
            return now + FIRST
        case RefundState.PENDING if now < seen_at + BANK_LASTS:
            return now + BANK_EVERY
        case _:
            return None


def is_unsent_refund(seen_at: datetime, now: datetime) -> bool:
    """Whether the request that asked for it must have died on the way, and it can be sent again."""
    return now >= seen_at + FIRST and not has_lapsed_refund(seen_at, now)


def has_lapsed_refund(seen_at: datetime, now: datetime) -> bool:
    return now >= seen_at + REFUND_KEY_LASTS


def put_off(tries: int, now: datetime) -> datetime:
    """When to sync again if the sync that begins now, after so many in vain, is in vain too."""
    return now + PAUSES[min(tries, len(PAUSES) - 1)]


def may_be_sent(one: Timed, now: datetime) -> bool:
    """Whether the provider still takes a checkout that it may not have."""
    return one.state is CheckoutState.NEW and one.expires_at - now >= LEAST_LEFT


def is_unsent(one: Timed, now: datetime) -> bool:
    """Whether the request that began it must have died on the way, and it can be sent again."""
    return may_be_sent(one, now) and now >= one.created_at + FIRST


def has_lapsed(one: Timed, now: datetime) -> bool:
    """Whether it was never sent, and it is too late: nobody ever had its address."""
    return one.state is CheckoutState.NEW and not may_be_sent(one, now)
