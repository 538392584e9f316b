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


# A refund that the bank sends back waits for a person again.
MOVES: Mapping[WithdrawalState, frozenset[WithdrawalState]] = {
    WithdrawalState.QUEUED: frozenset(WithdrawalState) - {WithdrawalState.QUEUED},
    WithdrawalState.REFUNDING: frozenset({WithdrawalState.QUEUED, WithdrawalState.REFUNDED}),
    WithdrawalState.REFUNDED: frozenset(),
    WithdrawalState.DECLINED: frozenset(),
}


class Decision(StrEnum):
    """What a person makes of a withdrawal that waits: the money is sent back by hand, or it was
    already, or there is nothing to send."""

    REFUNDING = WithdrawalState.REFUNDING
    REFUNDED = WithdrawalState.REFUNDED
    DECLINED = WithdrawalState.DECLINED


class Share(NamedTuple):
    """What comes back of a purchase, and what is kept as performed."""

    unspent: int
    kept: int
    amount_minor: int


def share_back(price_minor: int, credits: int, unspent: int) -> Share:
    """The part of the price that the unspent credits cost, without parts of a coin; all of it when
    none was spent."""
    return Share(unspent, credits - unspent, price_minor * unspent // credits)


def last_day(paid_at: datetime, zone: ZoneInfo) -> date:
    """The last day on which it is a right, by the calendar of the platform."""
    return paid_at.astimezone(zone).date() + PERIOD


def is_in_time(paid_at: datetime, received_at: datetime, zone: ZoneInfo) -> bool:
    return received_at.astimezone(zone).date() <= last_day(paid_at, zone)
