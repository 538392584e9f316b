"""The list of purchases: the newest first, page by page, or those that are looked for."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import CTE, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from domain.customers.models import CustomerContact
from domain.database import AnySession
from domain.keyset import read_all, read_page
from domain.purchases.filters import ALL, Selection, narrow, shows
from domain.purchases.models import Purchase, Receipt
from domain.purchases.money_back_models import PaymentDispute, PaymentRefund
from domain.purchases.names import name_receipt
from domain.purchases.shown import Shown, shown_state

# More to choose from help nobody.
MOST_CHOICES = 300


class MoneyBack(NamedTuple):
    """A refund, or a dispute with the day by which it must be answered."""

    amount_minor: int
    currency: str
    status: str
    answer_by: datetime | None = None


class Listed(NamedTuple):
    """A purchase as the list shows it."""

    id: int
    created_at: datetime
    paid_at: datetime | None
    state: str
    failure: str | None
    hold: str | None
    customer_id: int
    customer_name: str
    customer_email: str | None
    package_id: int
    name: str
    release_number: int
    credits: int
    price_minor: int
    tax_minor: int
    currency: str
    country: str
    card_country: str | None
    mode: str
    receipt: str
    refunds: Sequence[MoneyBack]
    disputes: Sequence[MoneyBack]

    @property
    def shown(self) -> Shown:
        return shown_state(self, self.refunds, self.disputes)


class Page(NamedTuple):
    """Purchases, newest first. Those before have numbers above `newer`, those after it numbers
    below `older`; None where there are none."""

    purchases: list[Listed]
    newer: int | None
    older: int | None


class Package(NamedTuple):
    """One that was bought, by its newest name."""

    id: int
    name: str
    country: str


_COLUMNS = (
    *(Purchase.id, Purchase.created_at, Purchase.paid_at),
    *(Purchase.state, Purchase.failure, Purchase.hold, Purchase.customer_id),
    *(CustomerContact.name, CustomerContact.email),
    *(Purchase.package_id, Purchase.name, Purchase.release_number, Purchase.credits),
    *(Purchase.price_minor, Purchase.tax_minor, Purchase.currency, Purchase.country),
    *(Purchase.card_country, Purchase.mode),
)
_RECEIPT = (Receipt.series, Receipt.year, Receipt.number)


def list_purchases(
    session: AnySession,
    selection: Selection = ALL,
    *,
    below: int | None = None,
    above: int | None = None,
) -> Page:
    """The newest, those with numbers `below` one, or the last ones before those: `above` one."""
    wanted = _select_ids(session, selection)
    ids, newer, older = read_page(session, wanted, Purchase.id, below=below, above=above)
    return Page(_read(session, ids), newer, older)


def list_countries(session: AnySession) -> list[str]:
    """The markets in which something was bought."""
    values = select(_distinct(Purchase.country).c.value).limit(MOST_CHOICES)
    return [value for value in session.scalars(values) if value]


def list_packages(session: AnySession) -> list[Package]:
    """Those that were bought, as far as there are not too many to choose from."""
    ids = _distinct(Purchase.package_id)
    same = aliased(Purchase)
    newest = select(func.max(same.id)).where(same.package_id == ids.c.value).scalar_subquery()
    columns = (Purchase.package_id, Purchase.name, Purchase.country)
    rows = select(*columns).join_from(ids, Purchase, Purchase.id == newest).limit(MOST_CHOICES)
    return [Package(*row) for row in session.execute(rows)]


def iterate_purchases(session: AnySession, selection: Selection) -> Iterator[Listed]:
    """All of them, the oldest first; no transaction is open between two portions."""
    return read_all(session, _select_ids(session, selection), Purchase.id, _read)


def _select_ids(session: AnySession, selection: Selection) -> Select[tuple[int]]:
    """The numbers of those that are wanted, in no order."""
    ids = select(Purchase.id).where(*narrow(session, selection))
    return ids.where(shows(selection.show)) if selection.show else ids


def _read(session: AnySession, ids: Sequence[int]) -> list[Listed]:
    """These purchases, in this order."""
    refunds = _read_money_back(session, PaymentRefund, ids)
    disputes = _read_money_back(session, PaymentDispute, ids, PaymentDispute.answer_by)
    rows = session.execute(
        select(*_COLUMNS, *_RECEIPT)
        .join(CustomerContact, CustomerContact.customer_id == Purchase.customer_id)
        .outerjoin(Receipt, Receipt.purchase_id == Purchase.id)
        .where(Purchase.id.in_(ids))
    )
    found = {
        id: Listed._make(
            (
                *(id, *columns),
                name_receipt(series, year, number) if series else "",
                *(refunds.get(id, ()), disputes.get(id, ())),
            )
        )
        for id, *columns, series, year, number in rows
    }
    return [found[id] for id in ids]


def _read_money_back(
    session: AnySession,
    table: type[PaymentRefund | PaymentDispute],
    ids: Sequence[int],
    *more: InstrumentedAttribute[Any],
) -> dict[int, list[MoneyBack]]:
    columns = (table.purchase_id, table.amount_minor, table.currency, table.status, *more)
    found: dict[int, list[MoneyBack]] = {}
    for id, *values in session.execute(
        select(*columns).where(table.purchase_id.in_(ids)).order_by(table.id)
    ):
        found.setdefault(id, []).append(MoneyBack(*values))
    return found


def _distinct(column: InstrumentedAttribute[Any]) -> CTE:
    """The values of a column with an index, and NULL after the last: each is found by a leap from
    the one before it."""
    found = select(func.min(column).label("value")).cte("found", recursive=True)
    following = select(func.min(column)).where(column > found.c.value).scalar_subquery()
    return found.union_all(select(following).where(found.c.value.is_not(None)))
