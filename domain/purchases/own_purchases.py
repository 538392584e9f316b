"""The purchases of one customer, for their own pages and for the page about them."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import func, select

from domain.database import AnySession
from domain.ledger.models import lot, wallet
from domain.purchases.filters import Selection
from domain.purchases.listing import Page, list_purchases
from domain.purchases.models import Purchase, Receipt
from domain.purchases.money_back_models import PaymentRefund
from domain.purchases.names import name_receipt
from domain.purchases.rules import State
from domain.purchases.shown import REFUNDS_THAT_COUNT


class Paid(NamedTuple):
    """How many purchases were paid, and what of that did not go back, in minor units of each
    currency."""

    purchases: int
    amounts: Mapping[str, int]


class Bought(NamedTuple):
    """What came with an entry of the ledger: the name of the package, the number of the receipt."""

    purchase_id: int
    package: str
    receipt: str


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


def bought_by_entries(
    session: AnySession, customer_id: int, seqs: Collection[int]
) -> dict[int, Bought]:
    """By the entry's number."""
    columns = (lot.c.seq, Purchase.id, Purchase.name, Receipt.series, Receipt.year, Receipt.number)
    rows = session.execute(
        select(*columns)
        .join(wallet, wallet.c.id == lot.c.wallet_id)
        .join(Receipt, Receipt.purchase_id == lot.c.purchase_id)
        .join(Purchase, Purchase.id == Receipt.purchase_id)
        .where(wallet.c.customer_id == customer_id, lot.c.seq.in_(seqs), lot.c.parent.is_(None))
    )
    return {seq: Bought(id, name, name_receipt(*number)) for seq, id, name, *number in rows}
