"""By which numbers people name purchases and receipts: P-20431, 2026-000184."""

import re
from typing import NamedTuple

from domain.database import MOST_ID, MOST_INTEGER
from domain.numbers import DIRECTION_MARKS, western_digits, whole_number
from domain.purchases.errors import UnfitNumber

LIVE_SERIES, TEST_SERIES = "R", "TEST"
# By the mode of the purchase.
CREDIT_NOTES = {"live": "CN", "test": "TEST-CN"}
RECEIPT_DIGITS = 6
_PURCHASE = re.compile(r"(?:p-?)?([0-9]+)", re.IGNORECASE)
_DASHES, _BLANKS = re.compile("[\u2010-\u2015\u2212]"), re.compile(rf"[\s{DIRECTION_MARKS}#]")
_RECEIPT = re.compile(r"(?:test-)?([0-9]{4})-([0-9]+)", re.IGNORECASE)


class ReceiptNumber(NamedTuple):
    """Within a series."""

    year: int
    number: int


def name_purchase(purchase_id: int) -> str:
    return f"P-{purchase_id}"


def name_receipt(series: str, year: int, number: int) -> str:
    """Those of the live series stand without its name."""
    name = f"{year}-{number:0{RECEIPT_DIGITS}}"
    return name if series == LIVE_SERIES else f"{series}-{name}"


def read_purchase(text: str) -> int | None:
    """The number of a purchase as people type it; None for what is none."""
    typed = _PURCHASE.fullmatch(western_digits(text))
    return whole_number(typed[1], MOST_ID) if typed else None


def read_receipt(text: str) -> ReceiptNumber | None:
    """The same of a receipt, of whichever series: a database gives numbers of one alone."""
    typed = _RECEIPT.fullmatch(western_digits(text))
    number = whole_number(typed[2], MOST_INTEGER) if typed else None
    return ReceiptNumber(int(typed[1]), number) if typed and number is not None else None


def normal_number(text: str) -> str:
    """The number of a purchase or a receipt as buyers may type it, in the one way to write it.
    Raises UnfitNumber."""
    typed = _DASHES.sub("-", _BLANKS.sub("", text))
    if (receipt := read_receipt(typed)) is not None:
        return name_receipt(TEST_SERIES if typed[0] in "Tt" else LIVE_SERIES, *receipt)
    if purchase_id := read_purchase(typed):
        return name_purchase(purchase_id)
    raise UnfitNumber
