"""What the provider's state means for a purchase: which payment counts, whether its credits are
given, and why a person has to look. Pure."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from domain.purchases.provider import Dispute, Refund, Snapshot
from domain.purchases.rules import CheckoutState, Hold, State
from domain.purchases.shown import DISPUTES_THAT_COUNT, REFUNDS_THAT_COUNT

# The worst first: a purchase shows one.
HOLDS = (
    *(Hold.MISMATCH, Hold.LEDGER_REFUSED, Hold.UNKNOWN_STATE, Hold.DISPUTED),
    *(Hold.PAID_TWICE, Hold.REFUNDED),
)
LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Bought(NamedTuple):
    """What of a purchase the provider must have, too."""

    key: str
    price_minor: int
    currency: str
    is_live: bool


class Judgement(NamedTuple):
    """`payment` is the one that counts, None when it is not paid; for a clean one credits are
    given."""

    payment: Snapshot | None
    is_clean: bool
    holds: frozenset[Hold]


def judge(bought: Bought, snapshots: Iterable[Snapshot]) -> Judgement:
    """Of all its checkouts. What is paid with another amount, currency, key or in another mode
    counts for nothing."""
    paid = [one for one in snapshots if one.status == "paid"]
    fitting = [one for one in paid if fits(bought, one)]
    payments = sorted(fitting, key=_which_counts)
    holds = {Hold.MISMATCH} if len(fitting) < len(paid) else set()
    holds |= _holds_of(payments)
    payment = payments[0] if payments else None
    return Judgement(payment, payment is not None and is_clean(payment), frozenset(holds))


def fits(bought: Bought, seen: Snapshot) -> bool:
    return bought == Bought(seen.purchase_key, seen.amount_minor, seen.currency, seen.is_live)


def is_clean(payment: Snapshot) -> bool:
    """Whether none of it went back, is on its way back, or is asked back. A refund that failed and
    a dispute that was won count as none."""
    return not _refunds_of([payment]) and not _disputes_of([payment])


def is_given_back(payment: Snapshot) -> bool:
    """Whether surely all of it went back."""
    back = sum(one.amount_minor for one in payment.refunds if one.status == "succeeded")
    return back >= payment.amount_minor


def state_of(checkouts: Sequence[CheckoutState]) -> State | None:
    """What a purchase that is not paid is by its checkouts, the newest last; None for one whose
    payment does not count."""
    newest = checkouts[-1]
    if CheckoutState.PROCESSING in checkouts:
        return State.PROCESSING
    if newest in (CheckoutState.NEW, CheckoutState.OPEN):
        return State.OPEN
    return None if newest is CheckoutState.PAID else State(newest.value)


def worst(holds: Collection[Hold]) -> Hold | None:
    return next((hold for hold in HOLDS if hold in holds), None)


def _which_counts(payment: Snapshot) -> tuple[bool, datetime]:
    """The first clean one: who gets the second one back keeps the credits."""
    return not is_clean(payment), payment.paid_at or LONG_AGO


def _holds_of(payments: Sequence[Snapshot]) -> set[Hold]:
    """One payment of several that was given back in full leaves nothing to look at."""
    kept = [one for one in payments if not is_given_back(one)] or payments[:1]
    refunds, disputes = _refunds_of(kept), _disputes_of(payments)
    statuses = {*(one.status for one in refunds), *(one.status for one in disputes)}
    reasons = {
        Hold.UNKNOWN_STATE: "unknown" in statuses,
        Hold.DISPUTED: bool(disputes),
        Hold.PAID_TWICE: len(kept) > 1,
        Hold.REFUNDED: bool(refunds),
    }
    return {hold for hold, holds in reasons.items() if holds}


def _refunds_of(payments: Iterable[Snapshot]) -> list[Refund]:
    found = (refund for payment in payments for refund in payment.refunds)
    return [refund for refund in found if refund.status in REFUNDS_THAT_COUNT]


def _disputes_of(payments: Iterable[Snapshot]) -> list[Dispute]:
    found = (dispute for payment in payments for dispute in payment.disputes)
    return [dispute for dispute in found if dispute.status in DISPUTES_THAT_COUNT]
