"""The purchases of one customer, for their own pages and for the page about them."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import func, select

from domain.database import AnySession
from domain.purchases.filters import Selection
from domain.purchases.listing import Page, list_purchases
from domain.purchases.models import PaymentRefund, Purchase, Receipt
from domain.purchases.names import name_receipt
from domain.purchases.rules import State
from domain.purchases.shown import REFUNDS_THAT_COUNT


class Paid(NamedTuple):
    """How many purchases were paid, and what of that did not go back, in minor units of each
    currency."""

    purchases: int
    amounts: Mapping[str, int]


def list_own(session: AnySession, customer_id: int, below: int | None = None) -> Page:
    """The newest, or those with numbers below one."""
    return list_purchases(session, Selection(customer_id=customer_id), below=below)


def count_own(session: AnySession, customer_id: int) -> int:
    counted = select(func.count(Purchase.id)).where(Purchase.customer_id == customer_id)
    return session.scalar(counted) or 0


def sum_paid(session: AnySession, customer_id: int) -> Paid:
    own = (Purchase.customer_id == customer_id, Purchase.state == State.PAID)
    prices = (Purchase.currency, func.count(Purchase.id), func.sum(Purchase.price_minor))
    paid = session.execute(select(*prices).where(*own).group_by(Purchase.currency)).all()
    back = select(Purchase.currency, func.sum(PaymentRefund.amount_minor)).where(
        *own,
        PaymentRefund.purchase_id == Purchase.id,
        PaymentRefund.status.in_(REFUNDS_THAT_COUNT),
    )
    returned = dict(session.execute(back.group_by(Purchase.currency)).tuples().all())
    # PostgreSQL's sums are decimals.
    amounts = {currency: int(price - returned.get(currency, 0)) for currency, _count, price in paid}
    return Paid(sum(count for _currency, count, _price in paid), amounts)


def name_receipts(session: AnySession, purchase_ids: Collection[int]) -> dict[int, str]:
    """The numbers of their receipts, for those that have one."""
    if not purchase_ids:
        return {}
    columns = (Receipt.purchase_id, Receipt.series, Receipt.year, Receipt.number)
    rows = session.execute(select(*columns).where(Receipt.purchase_id.in_(purchase_ids)))
    return {id: name_receipt(*number) for id, *number in rows}
