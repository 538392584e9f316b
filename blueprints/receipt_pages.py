"""A receipt, or a credit note that corrects it, as its customer and admins read it: all of it as it
was when it was issued."""

from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import abort
from flask_babel import gettext as _

from blueprints.locale import reader_locale
from domain import numbers
from domain.catalogue.markets.rules import Tax
from domain.purchases.credit_notes import list_credit_notes
from domain.purchases.models import Receipt
from domain.purchases.money_back_models import CreditNote
from domain.purchases.names import is_test_series, name_receipt
from domain.purchases.receipts import find_receipt
from extensions import db


class Paper(NamedTuple):
    """A receipt with its `content`, as domain/purchases/receipts.py freezes it, or a credit note
    with that of domain/purchases/credit_notes.py. Days are by the clock of then. `paid_at` is when
    the money came, or went back."""

    number: str
    content: dict[str, Any]
    is_test: bool
    issued_at: datetime
    issued_on: date
    wished_on: date
    paid_at: datetime

    @property
    def is_note(self) -> bool:
        return "receipt" in self.content

    @property
    def total_minor(self) -> int:
        """What was paid, or paid back; below zero on a note that takes one back."""
        amount: int = self.content["amount_minor" if self.is_note else "price_minor"]
        return -amount if self.content.get("reverses") else amount

    @property
    def tax_minor(self) -> int:
        tax: int = self.content["tax_minor"]
        return -tax if self.content.get("reverses") else tax

    @property
    def includes_tax(self) -> bool:
        return bool(self.content["tax"] == Tax.INCLUDED)

    @property
    def is_taxed_later(self) -> bool:
        return bool(self.content["tax"] == Tax.WHEN_USED)

    @property
    def net_minor(self) -> int:
        return self.total_minor - self.tax_minor

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
    return read_paper(found) if found else None


def get_note(purchase_id: int, note_id: int) -> Paper:
    """404 for one of another purchase."""
    found = db.session.get(CreditNote, note_id)
    if found is None or found.purchase_id != purchase_id:
        abort(404, _("This credit note does not exist."))
    return read_paper(found)


def find_note(note_id: int) -> Paper | None:
    found = db.session.get(CreditNote, note_id)
    return read_paper(found) if found else None


def list_notes(purchase_id: int) -> list[tuple[int, Paper]]:
    """With their numbers in addresses; the oldest first."""
    return [(note.id, read_paper(note)) for note in list_credit_notes(db.session, purchase_id)]


def read_paper(paper: Receipt | CreditNote) -> Paper:
    content, zone = paper.content, ZoneInfo(paper.content["zone"])
    times = (content["bought_at"], content.get("refunded_at", content["paid_at"]))
    bought_at, paid_at = map(datetime.fromisoformat, times)
    return Paper(
        number=name_receipt(paper.series, paper.year, paper.number),
        content=content,
        is_test=is_test_series(paper.series),
        issued_at=paper.issued_at,
        issued_on=paper.issued_at.astimezone(zone).date(),
        wished_on=bought_at.astimezone(zone).date(),
        paid_at=paid_at,
    )
