"""A receipt as its customer and admins read it: all of it as it was when it was issued."""

from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import abort
from flask_babel import gettext as _

from blueprints.locale import reader_locale
from domain import numbers
from domain.catalogue.markets.rules import Tax
from domain.purchases.models import Receipt
from domain.purchases.names import LIVE_SERIES, name_receipt
from domain.purchases.receipts import find_receipt
from extensions import db


class Paper(NamedTuple):
    """A receipt with its `content`, as domain/purchases/receipts.py freezes it. Days are by the
    clock of then."""

    number: str
    content: dict[str, Any]
    is_test: bool
    issued_at: datetime
    issued_on: date
    wished_on: date
    paid_at: datetime

    @property
    def includes_tax(self) -> bool:
        return bool(self.content["tax"] == Tax.INCLUDED)

    @property
    def is_taxed_later(self) -> bool:
        return bool(self.content["tax"] == Tax.WHEN_USED)

    @property
    def net_minor(self) -> int:
        return int(self.content["price_minor"] - self.content["tax_minor"])

    def tax_rate(self) -> str:
        """In the language of where it is read."""
        return numbers.tax_rate(self.content["tax_basis_points"], reader_locale())


def get_paper(purchase_id: int) -> Paper:
    """404 while there is none."""
    paper = find_paper(purchase_id)
    if paper is None:
        abort(404, _("This purchase has no receipt yet. It comes with the payment."))
    return paper


def find_paper(purchase_id: int) -> Paper | None:
    found = find_receipt(db.session, purchase_id)
    return read_receipt(found) if found else None


def read_receipt(receipt: Receipt) -> Paper:
    content, zone = receipt.content, ZoneInfo(receipt.content["zone"])
    times = (content[name] for name in ("bought_at", "paid_at"))
    bought_at, paid_at = map(datetime.fromisoformat, times)
    return Paper(
        number=name_receipt(receipt.series, receipt.year, receipt.number),
        content=content,
        is_test=receipt.series != LIVE_SERIES,
        issued_at=receipt.issued_at,
        issued_on=receipt.issued_at.astimezone(zone).date(),
        wished_on=bought_at.astimezone(zone).date(),
        paid_at=paid_at,
    )
