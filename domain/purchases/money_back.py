"""Refunds and disputes as the provider has them, in rows of ours."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select

from domain.database import AnySession
from domain.outbox.rules import fit
from domain.purchases.judging import Reason
from domain.purchases.models import Purchase
from domain.purchases.money_back_models import PaymentDispute, PaymentRefund
from domain.purchases.provider import Dispute, Refund, Snapshot
from domain.purchases.queries import list_refunds
from domain.purchases.rows import add_step
from domain.purchases.rules import DISPUTE_REASON_CHARACTERS, Hold, RefundState, Step
from domain.purchases.schedule import has_lapsed_refund

Row = TypeVar("Row", PaymentRefund, PaymentDispute)


def keep_money_back(
    session: AnySession, purchase: Purchase, snapshots: Iterable[Snapshot], now: datetime
) -> None:
    """What is new or has changed is a step in the purchase's life."""
    for seen in snapshots:
        if seen.purchase_key == purchase.key:  # else they are another purchase's
            _keep(session, purchase, seen, PaymentRefund, seen.refunds, now)
            _keep(session, purchase, seen, PaymentDispute, seen.disputes, now)


def end_unanswered(
    session: AnySession, purchase: Purchase, snapshots: Iterable[Snapshot], now: datetime
) -> set[Reason]:
    """Refunds that were asked for here, and that the provider surely does not have: it no longer
    takes their keys, and they are not among what it has. A person has to look."""
    reasons, seen = set(), {one.payment_ref for one in snapshots}
    for row in list_refunds(session, purchase.id):
        is_asked = row.status == RefundState.ASKED and row.payment_ref in seen
        if is_asked and has_lapsed_refund(row.seen_at, now):
            row.status, row.changed_at = RefundState.FAILED, now
        if row.status == RefundState.FAILED and row.ref is None:
            reasons.add(Reason(Hold.REFUND_FAILED, row.key or ""))
    session.flush()
    return reasons


def _keep(
    session: AnySession,
    purchase: Purchase,
    payment: Snapshot,
    table: type[Row],
    seen: Iterable[Refund | Dispute],
    now: datetime,
) -> None:
    known = _by_name(session, table, purchase.id)
    for one in seen:
        values = _values(one)
        row = known.get(one.ref) or known.pop(_key_of(one), None)
        if row is None:
            row = table(purchase_id=purchase.id, seen_at=now, **values)
            session.add(row)
        row.payment_ref = payment.payment_ref
        is_new = row.id is None
        if not is_new and all(getattr(row, name) == value for name, value in values.items()):
            continue
        for name, value in (values | {"changed_at": now}).items():
            setattr(row, name, value)
        _add_step_of(session, purchase, one)
    session.flush()


def _by_name(session: AnySession, table: type[Row], purchase_id: int) -> dict[str | None, Row]:
    """By the provider's name, or by our key as long as that is not known."""
    rows = session.scalars(select(table).where(table.purchase_id == purchase_id))
    return {row.ref or getattr(row, "key", None): row for row in rows}


def _key_of(one: Refund | Dispute) -> str | None:
    """None is nobody's name: each row has one or the other."""
    return one.key if isinstance(one, Refund) else None


def _values(one: Refund | Dispute) -> dict[str, object]:
    values = one._asdict()
    if isinstance(one, Dispute):
        values["reason"] = fit(one.reason, DISPUTE_REASON_CHARACTERS)
    else:
        del values["key"]  # others may have written it: our own rows have it
    return values


def _add_step_of(session: AnySession, purchase: Purchase, one: Refund | Dispute) -> None:
    add_step(
        session,
        purchase,
        Step.REFUND_SEEN if isinstance(one, Refund) else Step.DISPUTE_SEEN,
        ref=one.ref,
        amount_minor=one.amount_minor,
        currency=one.currency,
        status=one.status,
    )
