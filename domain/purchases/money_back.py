"""Refunds and disputes as the provider has them, in rows of ours."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select

from domain.database import AnySession
from domain.outbox.rules import fit
from domain.purchases.models import PaymentDispute, PaymentRefund, Purchase
from domain.purchases.provider import Dispute, Refund, Snapshot
from domain.purchases.rows import add_step
from domain.purchases.rules import DISPUTE_REASON_CHARACTERS, Step

Row = TypeVar("Row", PaymentRefund, PaymentDispute)


def keep_money_back(
    session: AnySession, purchase: Purchase, snapshots: Iterable[Snapshot], now: datetime
) -> None:
    """What is new or has changed is a step in the purchase's life."""
    for seen in snapshots:
        if seen.purchase_key == purchase.key:  # else they are another purchase's
            _keep(session, purchase, PaymentRefund, seen.refunds, now)
            _keep(session, purchase, PaymentDispute, seen.disputes, now)


def _keep(
    session: AnySession,
    purchase: Purchase,
    table: type[Row],
    seen: Iterable[Refund | Dispute],
    now: datetime,
) -> None:
    of_it = select(table).where(table.purchase_id == purchase.id)
    known = {row.ref: row for row in session.scalars(of_it)}
    for one in seen:
        values = _values(one)
        row = known.get(one.ref)
        if row is None:
            row = table(purchase_id=purchase.id, seen_at=now, **values)
            session.add(row)
        elif all(getattr(row, name) == value for name, value in values.items()):
            continue
        for name, value in (values | {"changed_at": now}).items():
            setattr(row, name, value)
        _add_step_of(session, purchase, one)


def _values(one: Refund | Dispute) -> dict[str, object]:
    values = one._asdict()
    if isinstance(one, Dispute):
        values["reason"] = fit(one.reason, DISPUTE_REASON_CHARACTERS)
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
