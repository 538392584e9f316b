"""What the cells of a line mean, and what to type where they mean nothing. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from domain import money, numbers
from domain.catalogue.imports.reading import EXCESS, Cells
from domain.catalogue.packages import rules as package_rules
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.rules import InvalidText, check_country, check_currency, clean_name
from domain.database import MOST_ID, MOST_INTEGER
from domain.formulas import as_typed
from domain.messages import Message, message

SHOWN_CHARACTERS = 40


class CellError(NamedTuple):
    """Why a line of the file cannot be taken, and what to type instead."""

    number: int
    column: str
    text: Message | str


@dataclass(frozen=True, slots=True)
class FileLine:
    """A line of a file: the draft that it was exported from, if it says so, in which version; what
    it wants it to be, and which place. Without `has_info` the file has no column for short
    infos."""

    number: int
    package_id: int | None
    version: int | None
    values: PackageValues
    position: int | None
    has_info: bool = True


def read_line(number: int, cells: Cells, decimal_sign: str) -> FileLine | list[CellError]:
    """The line, or everything that is wrong with it."""
    errors: list[CellError] = []

    def read(column: str, parse: Callable[[str], Any]) -> Any:  # noqa: ANN401
        try:
            return parse(cells.get(column, ""))
        except (InvalidText, ValueError) as error:
            errors.append(CellError(number, column, error.args[0]))
            return None

    currency = read("currency", lambda text: check_currency(text.upper()))
    package_id = read("package", lambda text: _optional(text, MOST_ID))
    version = read("version", lambda text: _optional(text, MOST_INTEGER))
    position = read("position", lambda text: _optional(text, MOST_INTEGER))
    values = PackageValues(
        name=read("name", lambda text: clean_name(as_typed(text))),
        credits=read("credits", lambda text: _credits(text, decimal_sign)),
        price_minor=read("price", lambda text: _price(text, currency or "USD", decimal_sign)),
        currency=currency,
        country=read("country", lambda text: check_country(text.upper())),
        short_info=read("short_info", lambda text: package_rules.clean_short_info(as_typed(text))),
    )
    if cells.get(EXCESS):
        errors.append(CellError(number, "short_info", _too_many(cells[EXCESS])))
    has_info = "short_info" in cells
    return errors or FileLine(number, package_id, version, values, position, has_info)


def _too_many(excess: str) -> Message:
    return message(
        "“%(typed)s” is beyond the last column. Put quotes around texts with commas.",
        typed=excess[:SHOWN_CHARACTERS],
    )


def _optional(text: str, most: int) -> int | None:
    if not text:
        return None
    number = numbers.whole_number(text, most)
    if not number:
        raise InvalidText(message("Leave it as it was exported, or empty."))
    return number


def _credits(text: str, decimal_sign: str) -> int:
    reading = numbers.strict_reading(text, decimal_sign)
    if not reading or reading.fraction:
        raise InvalidText(message("Type a whole number, for example 100."))
    return package_rules.check_credits(_integer(reading.whole))


def _price(text: str, currency: str, decimal_sign: str) -> int:
    reading = numbers.strict_reading(text, decimal_sign)
    decimals = money.exponent(currency)
    if not reading:
        raise InvalidText(
            message(
                "“%(typed)s” is no price. Type it like %(example)s.",
                typed=text[:SHOWN_CHARACTERS],
                example=write_price(1990 if decimals == 2 else 1500, currency, decimal_sign),
            )
        )
    if len(reading.fraction.rstrip("0")) > decimals:
        raise InvalidText(
            message(
                "%(currency)s has %(decimals)s decimals, this has more.",
                currency=currency,
                decimals=decimals,
            )
        )
    fraction = reading.fraction[:decimals].ljust(decimals, "0")
    return package_rules.check_price(_integer(reading.whole + fraction))


def _integer(digits: str) -> int:
    # Python refuses to read thousands of digits.
    return int(digits.lstrip("0")[:SHOWN_CHARACTERS] or "0")


def write_price(minor: int, currency: str, decimal_sign: str) -> str:
    """A price as a file has it: exact, with the currency's own decimals."""
    return money.plain(minor, currency).replace(".", decimal_sign)
