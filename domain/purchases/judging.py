"""What the provider's state means for a purchase: which payment counts, and why a person has to
look. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from domain.purchases.provider import Refund, Snapshot
from domain.purchases.rules import CheckoutState, Hold, State
from domain.purchases.shares import Sold

# The worst first: a purchase shows one.
HOLDS = (
    *(Hold.MISMATCH, Hold.LEDGER_REFUSED, Hold.UNKNOWN_STATE, Hold.DISPUTED),
    *(Hold.PAID_TWICE, Hold.REFUND_FAILED, Hold.WITHDRAWAL, Hold.DISPUTE_LOST, Hold.REFUNDED),
)
REASONS_OF_DISPUTES = {
    "open": Hold.DISPUTED,
    "lost": Hold.DISPUTE_LOST,
    "unknown": Hold.UNKNOWN_STATE,
}
LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Bought(NamedTuple):
    """What of a purchase the provider must have, too."""

    key: str
    price_minor: int
    currency: str
    is_live: bool


class Reason(NamedTuple):
    """Why a person has to look, and at what: the provider's name of it."""

    kind: Hold
    subject: str = ""


class Judgement(NamedTuple):
    """`payment` is the one that counts, None when it is not paid."""

    payment: Snapshot | None
    reasons: frozenset[Reason]


def judge(
    bought: Bought, snapshots: Iterable[Snapshot], refund_keys: Collection[str] = ()
) -> Judgement:
    """Of all its checkouts. What is paid with another amount, currency, key or in another mode
    counts for nothing. `refund_keys` are of the refunds that were asked for here."""
    paid = [one for one in snapshots if one.status == "paid"]
    fitting = [one for one in paid if fits(bought, one)]
    payments = sorted(fitting, key=_which_counts)
    reasons = {Reason(Hold.MISMATCH, one.ref) for one in paid if one not in fitting}
    reasons.update(_reasons_of(payments, refund_keys))
    return Judgement(payments[0] if payments else None, frozenset(reasons))


def fits(bought: Bought, seen: Snapshot) -> bool:
    return bought == Bought(seen.purchase_key, seen.amount_minor, seen.currency, seen.is_live)


def back_minor(payment: Snapshot) -> int:
    """How much of it went back, is on its way back, or is asked back. A refund that failed and a
    dispute that was won count as none."""
    paid = Sold(1, payment.amount_minor, payment.currency)
    return sum(paid.add_up([*payment.refunds, *payment.disputes]))


def is_given_back(payment: Snapshot) -> bool:
    """Whether surely all of it went back, by refunds or by a bank's decision."""
    paid = Sold(1, payment.amount_minor, payment.currency)
    back = paid.add_up([*payment.refunds, *payment.disputes])
    return back.gone_minor >= payment.amount_minor


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


def _which_counts(payment: Snapshot) -> tuple[int, datetime]:
    """The first of those that are kept best: who gets the second one back keeps the credits."""
    return back_minor(payment), payment.paid_at or LONG_AGO


def _reasons_of(payments: Sequence[Snapshot], refund_keys: Collection[str]) -> Iterator[Reason]:
    """One payment of several that was given back in full leaves nothing to look at."""
    kept = [one for one in payments if not is_given_back(one)] or payments[:1]
    yield from (Reason(Hold.PAID_TWICE, one.payment_ref or one.ref) for one in kept[1:])
    for refund in (refund for payment in kept for refund in payment.refunds):
        if kind := _reason_of_refund(refund, is_ours=refund.key in refund_keys):
            yield Reason(kind, refund.ref)
    for dispute in (dispute for payment in payments for dispute in payment.disputes):
        if kind := REASONS_OF_DISPUTES.get(dispute.status):
            yield Reason(kind, dispute.ref)


def _reason_of_refund(refund: Refund, *, is_ours: bool) -> Hold | None:
    if refund.status == "unknown":
        return Hold.UNKNOWN_STATE
    has_failed = refund.status in ("failed", "canceled")
    if has_failed == is_ours:
        return Hold.REFUND_FAILED if is_ours else Hold.REFUNDED
    return None
