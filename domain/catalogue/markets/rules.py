"""What a market may hold. Pure; the database repeats the limits as CHECKs."""

from enum import StrEnum
from typing import NamedTuple

from domain.catalogue.rules import InvalidText, Rules, clean_lines
from domain.languages import fields_of
from domain.messages import message

MARKET_NOTE_LIMIT = 500
# A hundredth of a percent each: 10,000 are 100 %.
BASIS_POINTS_LIMIT = 10_000


class Tax(StrEnum):
    """What the cards say about tax."""

    NOTHING = "nothing"
    INCLUDED = "included"
    WHEN_USED = "when_used"


class MarketValues(NamedTuple):
    """What buyers of a country are told: whether prices include tax, of `tax_basis_points`
    (2000 are 20 %; 0 unless it is included), and a note under the cards in several languages."""

    tax: str
    tax_basis_points: int = 0
    note_en: str = ""
    note_tr: str = ""
    note_de: str = ""
    note_ar: str = ""


MARKET_FIELDS = MarketValues._fields
TAX_FIELDS = ("tax", "tax_basis_points")
MARKET_NOTES = fields_of("note")
INITIAL_MARKET = MarketValues(Tax.NOTHING.value)


def check_tax(tax: str) -> str:
    if tax not in [each.value for each in Tax]:
        raise InvalidText(message("Choose what the cards say about tax."))
    return tax


def check_basis_points(number: int) -> int:
    if not 0 <= number <= BASIS_POINTS_LIMIT:
        raise InvalidText(message("Enter a tax rate from 0 to 100 %%, for example 20."))
    return number


def clean_market_note(text: str) -> str:
    return clean_lines(text, MARKET_NOTE_LIMIT)


MARKET_RULES: Rules = {
    "tax": check_tax,
    "tax_basis_points": check_basis_points,
    **dict.fromkeys(MARKET_NOTES, clean_market_note),
}
