"""Making rows and ledger equal to what the provider says: each payment counts once, however often
and in whatever order it is heard of.

Locks: the purchase's row, its wallet, the series of receipts last.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from domain.customers.customers import get_customer
from domain.database import AnySession, read_clock
from domain.purchases.credit_notes import follow_refunds
from domain.purchases.crediting import credit
from domain.purchases.errors import StaleVersion
from domain.purchases.judging import Bought, Judgement, Reason, judge, state_of
from domain.purchases.mails import origin_of, put_payment_failed
from domain.purchases.models import Checkout, Purchase
from domain.purchases.money_back import end_unanswered, keep_money_back
from domain.purchases.provider import Snapshot
from domain.purchases.queries import list_refunds
from domain.purchases.rows import (
    add_step,
    checkouts_of,
    last_data,
    lock_purchase,
    move,
    timed,
)
from domain.purchases.rules import (
    CAN_BE_PAID,
    CHECKOUT_MOVES,
    MOVES,
    CheckoutState,
    Failure,
    Hold,
    State,
    Step,
)
from domain.purchases.schedule import BANK_EVERY, has_lapsed, next_look_at_refund, next_sync
from domain.purchases.taking import LedgerRefuses, Taking
from domain.purchases.tasks import follow_reasons
from domain.purchases.withdrawal_decisions import follow_refund


class Seen(NamedTuple):
    """A purchase as it was before the provider was asked."""

    purchase_id: int
    version: int


# Given up before the provider's answer came, so nobody has its address.
NEVER_SENT = (CheckoutState.EXPIRED, CheckoutState.OPEN)
# By the id of the checkout; None where the provider has nothing of that name.
Fetched = Mapping[int, Snapshot | None]


def settle(session: AnySession, seen: Seen, fetched: Fetched) -> None:
    """What is paid gives its credits once; what is in doubt waits for a person. Raises
    StaleVersion: what was fetched may be older than what is known by now."""
    purchase = lock_purchase(session, seen.purchase_id)
    if purchase.version != seen.version:
        raise StaleVersion
    now = read_clock(session)
    checkouts = checkouts_of(session, purchase.id)
    snapshots = [one for one in fetched.values() if one]
    reasons = _follow(checkouts, fetched, now)
    keys = [one.key for one in list_refunds(session, purchase.id) if one.key]
    found = judge(_bought(purchase), snapshots, keys)
    reasons |= found.reasons | _move(session, purchase, checkouts, found, now)
    _note_try(session, purchase, found.payment or fetched.get(checkouts[-1].id))
    keep_money_back(session, purchase, snapshots, now)
    reasons |= end_unanswered(session, purchase, snapshots, now)
    looks = [next_sync(map(timed, checkouts), now)]
    if found.payment:
        checkout = _checkout_of(checkouts, found.payment)
        purchase.payment_ref = checkout.payment_ref
        reasons |= credit(session, purchase, checkout, now)
        looks.append(_follow_money(session, purchase, checkout, reasons, now))
    refunds = list_refunds(session, purchase.id)
    looks += [next_look_at_refund(one.status, one.seen_at, now) for one in refunds]
    follow_refund(session, purchase.id, now)
    follow_reasons(session, purchase, reasons, now)
    purchase.due_at = min((look for look in looks if look), default=None)
    purchase.synced_at, purchase.tries = now, 0
    purchase.version += 1
    session.flush()


def _follow_money(
    session: AnySession,
    purchase: Purchase,
    checkout: Checkout,
    reasons: set[Reason],
    now: datetime,
) -> datetime | None:
    """Credits and papers follow the money that went back of the payment that counts. When to look
    for credits that are held."""
    if last_data(session, purchase.id, Step.CREDITED) is None:
        return None
    taking = Taking(session, purchase)
    try:
        taking.follow()
    except LedgerRefuses:
        reasons.add(Reason(Hold.LEDGER_REFUSED))
    refunds = list_refunds(session, purchase.id)
    follow_refunds(session, purchase, refunds, origin_of(checkout), now)
    return now + BANK_EVERY if taking.waits else None


def _bought(purchase: Purchase) -> Bought:
    is_live = purchase.mode == "live"
    return Bought(purchase.key, purchase.price_minor, purchase.currency, is_live)


def _checkout_of(checkouts: Sequence[Checkout], payment: Snapshot) -> Checkout:
    return next(one for one in checkouts if one.ref == payment.ref)


def _follow(checkouts: Sequence[Checkout], fetched: Fetched, now: datetime) -> set[Reason]:
    """Their states, by what was fetched; a person has to look where that cannot be."""
    is_strange = False
    for checkout in checkouts:
        if has_lapsed(timed(checkout), now):
            checkout.state = CheckoutState.EXPIRED
        if checkout.id in fetched:
            is_strange |= not _follow_one(checkout, fetched[checkout.id])
    return {Reason(Hold.UNKNOWN_STATE)} if is_strange else set()


def _follow_one(checkout: Checkout, seen: Snapshot | None) -> bool:
    """Whether what the provider says of it can be."""
    state = CheckoutState(checkout.state)
    if seen is None:
        checkout.state = CheckoutState.EXPIRED if state in CAN_BE_PAID else state
        return False
    checkout.payment_ref = seen.payment_ref or checkout.payment_ref
    now_is = CheckoutState(seen.status)
    if now_is is state or (state, now_is) == NEVER_SENT:
        return True
    if now_is not in CHECKOUT_MOVES[state]:
        return False
    checkout.state = now_is
    return True


def _move(
    session: AnySession,
    purchase: Purchase,
    checkouts: Sequence[Checkout],
    found: Judgement,
    now: datetime,
) -> set[Reason]:
    states = [CheckoutState(one.state) for one in checkouts]
    state = State.PAID if found.payment else state_of(states)
    if state is None or state == purchase.state:
        return set()
    if state not in MOVES[State(purchase.state)]:
        return {Reason(Hold.UNKNOWN_STATE)}
    move(purchase, state)
    if found.payment:
        purchase.paid_at = found.payment.paid_at or now
    if state is not State.OPEN:
        add_step(session, purchase, Step(state.value))
    if state is State.FAILED:
        buyer = get_customer(session, purchase.customer_id)
        put_payment_failed(session, purchase, checkouts[-1], buyer)
    return set()


def _note_try(session: AnySession, purchase: Purchase, seen: Snapshot | None) -> None:
    """The card, and why the last try did not succeed; each decline is a step, once."""
    if seen is None:
        return
    if seen.card:
        purchase.card_brand, purchase.card_last4 = seen.card.brand, seen.card.last4
        purchase.card_country = seen.card.country
        purchase.card_was_confirmed = seen.card.was_confirmed
    failure = seen.failure
    match State(purchase.state):
        case State.PAID | State.PROCESSING:
            purchase.failure = None
        case State.FAILED:
            purchase.failure = failure or Failure.BANK_FAILED
        case _ if failure:
            purchase.failure, purchase.is_fraud = failure, purchase.is_fraud or seen.is_fraud
            _note_decline(session, purchase, failure, seen.failed_at)


def _note_decline(
    session: AnySession, purchase: Purchase, failure: Failure, at: datetime | None
) -> None:
    """A step, unless it is the one that was noted last."""
    data = {"failure": failure.value, "at": at.isoformat() if at else ""}
    if last_data(session, purchase.id, Step.DECLINED) != data:
        add_step(session, purchase, Step.DECLINED, **data)
