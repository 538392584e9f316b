"""The state of a purchase as people see it: that of its payment, and what came after. Pure.

`filters.py` asks the database the same.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

from domain.purchases.rules import State

# Money that went back or may have: only the others have surely come to nothing.
REFUNDS_THAT_COUNT = ("asked", "pending", "succeeded", "unknown")
DISPUTES_THAT_COUNT = ("open", "lost", "unknown")


class Shown(StrEnum):
    """One of these for each purchase."""

    PAID = "paid"
    CONFIRMING = "confirming"  # the bank confirms later
    DECLINED = "declined"  # the last try, whether another may follow or not
    REFUNDED = "refunded"  # in part or in full
    DISPUTED = "disputed"
    EXPIRED = "expired"  # left without a try
    OPEN = "open"  # the buyer may be on the payment page
    HELD = "held"  # waits for a person, and not for a refund or a dispute


class HasState(Protocol):
    """A purchase, or what was read of one."""

    @property
    def state(self) -> str: ...
    @property
    def failure(self) -> str | None: ...
    @property
    def hold(self) -> str | None: ...


class HasStatus(Protocol):
    """A refund or a dispute."""

    @property
    def status(self) -> str: ...


def shown_state(
    purchase: HasState, refunds: Iterable[HasStatus], disputes: Iterable[HasStatus]
) -> Shown:
    if any(dispute.status in DISPUTES_THAT_COUNT for dispute in disputes):
        return Shown.DISPUTED
    if any(refund.status in REFUNDS_THAT_COUNT for refund in refunds):
        return Shown.REFUNDED
    return Shown.HELD if purchase.hold else _state_of_payment(purchase)


def _state_of_payment(purchase: HasState) -> Shown:
    match State(purchase.state):
        case State.PAID:
            return Shown.PAID
        case State.PROCESSING:
            return Shown.CONFIRMING
        case State.FAILED:
            return Shown.DECLINED
        case State.OPEN:
            return Shown.DECLINED if purchase.failure else Shown.OPEN
        case State.EXPIRED:
            return Shown.DECLINED if purchase.failure else Shown.EXPIRED
