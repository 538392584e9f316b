"""By which numbers people name purchases and receipts: P-20431, 2026-000184, and after a restore
2026-7KQD-000001."""

import re
from typing import NamedTuple

from domain.database import MOST_ID, MOST_INTEGER
from domain.numbers import DIRECTION_MARKS, western_digits, whole_number
from domain.purchases.errors import UnfitNumber
from domain.purchases.rules import CODE_CHARACTERS

LIVE_SERIES, TEST_SERIES = "R", "TEST"
# By the mode of the purchase.
CREDIT_NOTES = {"live": "CN", "test": "TEST-CN"}
# Of a restoration's code. No vowels, so that it is no word; nothing that looks like another one.
CODE_LETTERS = "23456789BCDFGHJKLMNPQRSTVWXZ"
RECEIPT_DIGITS = 6
_PURCHASE = re.compile(r"(?:p-?)?([0-9]+)", re.IGNORECASE)
_DASHES, _BLANKS = re.compile("[\u2010-\u2015\u2212]"), re.compile(rf"[\s{DIRECTION_MARKS}#]")
_RECEIPT = re.compile(
    rf"(?:test-)?([0-9]{{4}})-(?:([{CODE_LETTERS}]{{{CODE_CHARACTERS}}})-)?([0-9]+)", re.IGNORECASE
)


class ReceiptNumber(NamedTuple):
    """Within a series, of a database that was restored at `code`; "" before it ever was."""

    year: int
    number: int
    code: str = ""

    @property
    def series(self) -> list[str]:
        """Those in which it can be: a database gives numbers of one alone at a time."""
        return [name_series(kind, self.code) for kind in (LIVE_SERIES, TEST_SERIES)]


def name_purchase(purchase_id: int) -> str:
    return f"P-{purchase_id}"


def name_series(kind: str, code: str) -> str:
    """As a receipt keeps it: "R", or "R/7KQD" once the database was restored."""
    return f"{kind}/{code}" if code else kind


def is_test_series(series: str) -> bool:
    return series.startswith(TEST_SERIES)


def name_receipt(series: str, year: int, number: int) -> str:
    """2026-000184, after a restore 2026-7KQD-000001. Those of the live series stand without its
    name."""
    kind, _, code = series.partition("/")
    parts = ["" if kind == LIVE_SERIES else kind, str(year), code, f"{number:0{RECEIPT_DIGITS}}"]
    return "-".join(part for part in parts if part)


def read_purchase(text: str) -> int | None:
    """The number of a purchase as people type it; None for what is none."""
    typed = _PURCHASE.fullmatch(western_digits(text))
    return whole_number(typed[1], MOST_ID) if typed else None


def read_receipt(text: str) -> ReceiptNumber | None:
    """The same of a receipt."""
    typed = _RECEIPT.fullmatch(western_digits(text))
    number = whole_number(typed[3], MOST_INTEGER) if typed else None
    if typed is None or number is None:
        return None
    return ReceiptNumber(int(typed[1]), number, (typed[2] or "").upper())


def normal_number(text: str) -> str:
    """The number of a purchase or a receipt as buyers may type it, in the one way to write it.
    Raises UnfitNumber."""
    typed = _DASHES.sub("-", _BLANKS.sub("", text))
    if (receipt := read_receipt(typed)) is not None:
        live, test = receipt.series
        return name_receipt(test if typed[0] in "Tt" else live, receipt.year, receipt.number)
    if purchase_id := read_purchase(typed):
        return name_purchase(purchase_id)
    raise UnfitNumber
