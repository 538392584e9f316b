"""Withdrawing from a contract: until when it is a right, what comes back, and what becomes of a
withdrawal. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

# Directive 2011/83/EU, article 9: the day of the contract does not count.
PERIOD = timedelta(days=14)
NUMBER_CHARACTERS = 40


class WithdrawalState(StrEnum):
    QUEUED = "queued"  # a person decides
    REFUNDING = "refunding"  # money is on its way back
    REFUNDED = "refunded"
    DECLINED = "declined"


# Money that does not arrive after all waits for a person again.
MOVES: Mapping[WithdrawalState, frozenset[WithdrawalState]] = {
    WithdrawalState.QUEUED: frozenset(WithdrawalState) - {WithdrawalState.QUEUED},
    WithdrawalState.REFUNDING: frozenset({WithdrawalState.QUEUED, WithdrawalState.REFUNDED}),
    WithdrawalState.REFUNDED: frozenset({WithdrawalState.QUEUED}),
    WithdrawalState.DECLINED: frozenset(),
}


class Decision(StrEnum):
    """What a person makes of a withdrawal that waits: the money was sent back, or none is."""

    REFUNDED = WithdrawalState.REFUNDED
    DECLINED = WithdrawalState.DECLINED


class Share(NamedTuple):
    """What goes back of a purchase, credits and money, and the credits that are kept: those that
    were used, or are booked."""

    unspent: int
    kept: int
    amount_minor: int


def last_day(paid_at: datetime, zone: ZoneInfo) -> date:
    """The last day on which it is a right, by the calendar of the platform."""
    return paid_at.astimezone(zone).date() + PERIOD


def is_in_time(paid_at: datetime, received_at: datetime, zone: ZoneInfo) -> bool:
    return received_at.astimezone(zone).date() <= last_day(paid_at, zone)
