"""What a package may hold. Pure; the database repeats the limits as CHECKs."""

from collections.abc import Callable
from typing import NamedTuple

from domain import money
from domain.catalogue.rules import (
    InvalidText,
    Rules,
    check_country,
    check_currency,
    clean_name,
    clean_text,
)
from domain.messages import Message, message

PACKAGE_TYPE = "package"
SHORT_INFO_LIMIT = 280
CREDITS_LIMIT = 1_000_000_000
PRICE_LIMIT = money.LIMIT_MINOR

# Of a price in minor units and its currency: why it cannot be sold, None when it can.
PriceRule = Callable[[int, str], Message | None]


class PackageValues(NamedTuple):
    """What an admin decides about a package, its place apart."""

    name: str
    credits: int
    price_minor: int
    currency: str
    country: str
    short_info: str = ""


PACKAGE_FIELDS = PackageValues._fields
PRICE = ("price_minor", "currency")


def take_all(_price_minor: int, _currency: str) -> None:
    """The rule where nobody takes money."""


def clean_short_info(text: str) -> str:
    return clean_text(text, SHORT_INFO_LIMIT)


def check_credits(number: int) -> int:
    if not 1 <= number <= CREDITS_LIMIT:
        raise InvalidText(message("Enter a whole number from 1 to %(most)s.", most=CREDITS_LIMIT))
    return number


def check_price(minor: int) -> int:
    if not 0 <= minor <= PRICE_LIMIT:
        raise InvalidText(message("Enter a price from 0 up to a trillion of the smallest coins."))
    return minor


PACKAGE_RULES: Rules = {
    "name": clean_name,
    "credits": check_credits,
    "price_minor": check_price,
    "currency": check_currency,
    "country": check_country,
    "short_info": clean_short_info,
}
