"""The purchases of one customer, for their own pages and for the page about them."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select, union_all

from domain.database import AnySession
from domain.ledger.models import lot, wallet
from domain.ledger.purchased import debt_paid_by
from domain.ledger.wallets import find_wallet
from domain.purchases.crediting import grant_source
from domain.purchases.filters import Selection
from domain.purchases.listing import Page, list_purchases
from domain.purchases.models import Purchase, Receipt
from domain.purchases.money_back_models import PaymentDispute, PaymentRefund
from domain.purchases.names import name_receipt
from domain.purchases.rules import State
from domain.purchases.shares import Sold


class Paid(NamedTuple):
    """How many purchases were paid, and what of that did not go back, in minor units of each
    currency."""

    purchases: int
    amounts: Mapping[str, int]


class Bought(NamedTuple):
    """What came with an entry of the ledger: the name of the package, the number of the receipt.
    Credits that come back, of a refund that did not arrive, were not bought again."""

    purchase_id: int
    package: str
    receipt: str
    is_back: bool = False


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
    returned = _sum_back(session, own)
    # PostgreSQL's sums are decimals.
    amounts = {currency: int(price) - returned[currency] for currency, _count, price in paid}
    return Paid(sum(count for _currency, count, _price in paid), amounts)


def _sum_back(session: AnySession, own: Sequence[ColumnElement[bool]]) -> Counter[str]:
    """What went back or may go, of the payments that count: of no purchase more than its price."""
    both = union_all(*(_back_of(table, own) for table in (PaymentRefund, PaymentDispute)))
    found = session.execute(both.order_by("paid_id"))
    back = Counter[str]()
    for _id, of_purchase in groupby(found, attrgetter("paid_id")):
        rows = [*of_purchase]
        paid = Sold(1, rows[0].price_minor, rows[0].price_currency)
        back[paid.currency] += sum(paid.add_up(rows))
    return back


def _back_of(
    table: type[PaymentRefund | PaymentDispute], own: Sequence[ColumnElement[bool]]
) -> Select[Any]:
    price = (
        Purchase.id.label("paid_id"),
        Purchase.price_minor,
        Purchase.currency.label("price_currency"),
    )
    counts = table.payment_ref.is_not_distinct_from(Purchase.payment_ref)
    return (
        select(*price, table.amount_minor, table.currency, table.status)
        .join(table, table.purchase_id == Purchase.id)
        .where(*own, counts)
    )


def find_debt_paid(session: AnySession, purchase: Purchase) -> int:
    """How many of its credits paid what the customer owed, as they came."""
    wallet_id = find_wallet(session, purchase.customer_id)
    return debt_paid_by(session, wallet_id, grant_source(purchase.id)) if wallet_id else 0


def bought_by_entries(
    session: AnySession, customer_id: int, seqs: Collection[int]
) -> dict[int, Bought]:
    """By the entry's number."""
    of_receipt = (Receipt.series, Receipt.year, Receipt.number)
    columns = (lot.c.seq, lot.c.source, Purchase.id, Purchase.name, *of_receipt)
    rows = session.execute(
        select(*columns)
        .join(wallet, wallet.c.id == lot.c.wallet_id)
        .join(Receipt, Receipt.purchase_id == lot.c.purchase_id)
        .join(Purchase, Purchase.id == Receipt.purchase_id)
        .where(wallet.c.customer_id == customer_id, lot.c.seq.in_(seqs), lot.c.parent.is_(None))
    )
    return {
        seq: Bought(id, name, name_receipt(*number), is_back=source != grant_source(id))
        for seq, source, id, name, *number in rows
    }
