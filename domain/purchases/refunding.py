"""Giving money back: what would happen, and asking for it. Who asks does so in three steps, so that
nothing is lost or done twice: the row is committed, with the credits that may go set aside; then
the provider is asked under the row's key; then the purchase is synced.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from domain.database import AnySession, read_clock, write
from domain.ledger.purchased import credits_by_bucket
from domain.ledger.queries import balance
from domain.ledger.wallets import find_wallet
from domain.money import Price
from domain.purchases.coins import step_of
from domain.purchases.models import Purchase
from domain.purchases.money_back_models import PaymentDispute, PaymentRefund
from domain.purchases.orders import new_key
from domain.purchases.provider import Provider, Refund, Refused, UnknownRef
from domain.purchases.queries import get_purchase, list_disputes, list_refunds
from domain.purchases.refund_errors import (
    CreditsSpent,
    IsDisputed,
    NothingToRefund,
    PurchaseChanged,
    RefundUnderway,
    UnfitAmount,
    UnfitFraction,
)
from domain.purchases.rows import add_step, checkouts_of, last_data, lock_purchase
from domain.purchases.rules import CheckoutState, RefundState, Step
from domain.purchases.schedule import FIRST
from domain.purchases.taking import LedgerRefuses, Taking, sold

# Nobody knows what became of these; another one besides could give the money back twice.
UNANSWERED = ("asked", "unknown")


@dataclass(frozen=True)
class Forecast:
    """What a refund of `amount_minor` would do, besides `left_minor` of the payment that is here.

    `credits` go in all: `free` ones at once, `held` ones when their booking ends without being
    used, and `owed` ones were spent. `free_after` and `owed_after` is what the customer would have.
    `most_minor` can go back without a debt. `version` is that of the purchase.
    """

    payment_ref: str
    currency: str
    amount_minor: int
    left_minor: int
    most_minor: int
    credits: int
    free: int
    held: int
    owed: int
    free_after: int
    owed_after: int
    version: int

    @property
    def makes_debt(self) -> bool:
        """Whether more credits go than are unspent."""
        return self.free < self.credits


def forecast_refund(
    session: AnySession,
    purchase_id: int,
    amount_minor: int | None = None,
    payment_ref: str | None = None,
) -> Forecast:
    """Of the payment that counts, or of the second one of a purchase that was paid twice; of all
    that is left, unless an amount is named. Raises PurchaseNotFound, RefundRefused."""
    return _forecast(session, get_purchase(session, purchase_id), amount_minor, payment_ref)


def ask_refund(
    session: AnySession,
    purchase_id: int,
    forecast: Forecast,
    *,
    author: str,
    reason: str,
    may_owe: bool = False,
) -> int:
    """Keeps that money is to go back as it was forecast, and sets its credits aside. The number of
    the refund, which is to be sent. Raises PurchaseNotFound, RefundRefused."""
    purchase = lock_purchase(session, purchase_id)
    now_is = _forecast(session, purchase, forecast.amount_minor, forecast.payment_ref)
    if now_is != forecast:
        raise PurchaseChanged
    if forecast.makes_debt and not may_owe:
        raise CreditsSpent
    refund = _new_refund(session, forecast, purchase_id, author=author, reason=reason)
    if _has_credits(session, purchase):
        with suppress(LedgerRefuses):  # the next sync tells a person
            Taking(session, purchase).follow()
    add_step(session, purchase, Step.REFUND_ASKED, author=author, **_money(refund))
    # Until then the request that asked for it is at work.
    purchase.due_at, purchase.tries = refund.seen_at + FIRST, 0
    purchase.version += 1
    session.flush()
    return refund.id


def send_refund(session: AnySession, provider: Provider, refund_id: int) -> None:
    """Asks the provider, as often as it takes: under the key of the refund it is one. No
    transaction is open during that. Raises Unreachable: then the worker asks again."""
    session.rollback()
    refund = session.get_one(PaymentRefund, refund_id, populate_existing=True)
    payment_ref, amount, key = refund.payment_ref or "", refund.amount_minor, refund.key or ""
    is_asked = refund.status == RefundState.ASKED
    session.rollback()
    if not is_asked:
        return
    try:
        answer = provider.refund(payment_ref, amount, key)
    except (Refused, UnknownRef):
        answer = None
    write(session, partial(_note_answer, refund_id=refund_id, answer=answer))


def _note_answer(session: AnySession, refund_id: int, answer: Refund | None) -> None:
    """What it became is settled by the next sync, which sees all of it."""
    refund = session.get_one(PaymentRefund, refund_id)
    purchase = lock_purchase(session, refund.purchase_id)
    session.refresh(refund)
    if refund.status != RefundState.ASKED:
        return
    now = read_clock(session)
    if answer is None:
        refund.status = RefundState.FAILED
    else:
        refund.ref, refund.status = answer.ref, answer.status
    refund.changed_at = now
    add_step(session, purchase, Step.REFUND_SEEN, status=refund.status, **_money(refund))
    purchase.due_at, purchase.tries = now, 0
    purchase.version += 1
    session.flush()


def _new_refund(
    session: AnySession, forecast: Forecast, purchase_id: int, *, author: str, reason: str
) -> PaymentRefund:
    now = read_clock(session)
    refund = PaymentRefund(
        purchase_id=purchase_id,
        payment_ref=forecast.payment_ref,
        amount_minor=forecast.amount_minor,
        currency=forecast.currency,
        status=RefundState.ASKED,
        key=new_key(),
        author=author,
        reason=reason,
        seen_at=now,
        changed_at=now,
    )
    session.add(refund)
    session.flush()
    return refund


def _money(refund: PaymentRefund) -> dict[str, str | int]:
    return {"amount_minor": refund.amount_minor, "currency": refund.currency}


def _forecast(
    session: AnySession, purchase: Purchase, amount_minor: int | None, payment_ref: str | None
) -> Forecast:
    payment_ref = payment_ref or purchase.payment_ref
    if payment_ref is None or payment_ref not in _paid(session, purchase.id):
        raise NothingToRefund
    all_refunds = list_refunds(session, purchase.id)
    refunds = [one for one in all_refunds if one.payment_ref == payment_ref]
    disputes = [
        one for one in list_disputes(session, purchase.id) if one.payment_ref == payment_ref
    ]
    _refuse(all_refunds, disputes)
    it = sold(purchase)
    back = sum(it.add_up([*refunds, *disputes]))
    left = it.price_minor - back
    amount = left if amount_minor is None else amount_minor
    if not left:
        raise NothingToRefund
    _refuse_unfit(amount, left, it.currency)
    counts = payment_ref == purchase.payment_ref and _has_credits(session, purchase)
    credits = it.share_between(back, back + amount) if counts else 0
    there, free, owed = _credits_of(session, purchase)
    at_once = min(credits, there["free"])
    debt = min(credits - at_once, there["spent"])
    rest = free - at_once
    return Forecast(
        payment_ref=payment_ref,
        currency=purchase.currency,
        amount_minor=amount,
        left_minor=left,
        most_minor=_whole(it.most_for(back, there["free"]), left, it.currency) if counts else left,
        credits=credits,
        free=at_once,
        held=min(credits - at_once - debt, there["held"]),
        owed=debt,
        free_after=max(0, rest - debt),
        owed_after=owed + max(0, debt - rest),
        version=purchase.version,
    )


def _refuse(refunds: Sequence[PaymentRefund], disputes: Sequence[PaymentDispute]) -> None:
    """`refunds` are of all payments of the purchase: one at a time is asked for."""
    if any(one.status in ("open", "unknown") for one in disputes):
        raise IsDisputed
    if any(one.status in UNANSWERED for one in refunds):
        raise RefundUnderway


def _refuse_unfit(amount: int, left: int, currency: str) -> None:
    if not 0 < amount <= left:
        raise UnfitAmount(left, currency)
    if amount != (whole := _whole(amount, left, currency)):
        raise UnfitFraction(Price(whole or step_of(currency), currency))


def _whole(amount: int, left: int, currency: str) -> int:
    """All that is left, or so much of it that the provider can carry it."""
    return amount if amount == left else amount - amount % step_of(currency)


def _paid(session: AnySession, purchase_id: int) -> set[str | None]:
    found = checkouts_of(session, purchase_id)
    return {one.payment_ref for one in found if one.state == CheckoutState.PAID}


def _has_credits(session: AnySession, purchase: Purchase) -> bool:
    return last_data(session, purchase.id, Step.CREDITED) is not None


def _credits_of(session: AnySession, purchase: Purchase) -> tuple[Counter[str], int, int]:
    """Those of the purchase by where they are, and what the customer has free and owes in all."""
    wallet_id = find_wallet(session, purchase.customer_id)
    if wallet_id is None:
        return Counter(), 0, 0
    there = Counter[str](credits_by_bucket(session, wallet_id, purchase.id))
    now = balance(session, wallet_id)
    return there, now.free, now.owed
