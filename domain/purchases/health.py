"""Whether Scrip hears of its payments. Reads only."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from domain.database import AnySession, read_clock
from domain.purchases.models import PaymentEvent, Purchase


class LastEvent(NamedTuple):
    """Of a payment, as the provider calls it: "checkout.session.completed"."""

    kind: str
    received_at: datetime


def find_last_event(session: AnySession) -> LastEvent | None:
    """What a webhook brought last; None before the first."""
    row = session.execute(
        select(PaymentEvent.kind, PaymentEvent.received_at)
        .order_by(PaymentEvent.received_at.desc(), PaymentEvent.id.desc())
        .limit(1)
    ).one_or_none()
    return LastEvent._make(row) if row else None


def behind_since(session: AnySession) -> datetime | None:
    """Since when the purchase that waits longest is to be compared with the provider; None while
    none waits."""
    waits = Purchase.due_at.is_not(None)  # said to SQLite, which else reads all purchases
    first = session.scalar(select(func.min(Purchase.due_at)).where(waits))
    return first if first and first <= read_clock(session) else None
