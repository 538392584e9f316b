"""What a purchase was, by what the provider keeps of it. Pure."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from domain.languages import LANGUAGES
from domain.purchases.rules import KEY_HEX, WORD

KEY = re.compile(rf"[0-9a-f]{{{KEY_HEX}}}")
WHOLE = re.compile(r"[0-9]{1,18}")
COUNTRY, CURRENCY = re.compile("[A-Z]{2}"), re.compile("[A-Z]{3}")
TAX_CHARACTERS, WHOLE_TAX, MOST_RELEASES = 20, 10_000, 2**31 - 1
NUMBERS = (
    *("number", "customer_id", "package_id", "released_id", "release_number", "credits"),
    *("price_minor", "tax_basis_points", "tax_minor"),
)


class Unreadable(ValueError):
    """Something is missing, or is not what Scrip writes."""


class LostOrder(NamedTuple):
    """`number` is that of the purchase. `customer_key` names the buyer for good; "" where an older
    version of Scrip asked for the checkout."""

    number: int
    customer_key: str
    customer_id: int
    package_id: int
    released_id: int
    release_number: int
    credits: int
    price_minor: int
    currency: str
    country: str
    language: str
    tax: str
    tax_basis_points: int
    tax_minor: int
    consent: str

    @property
    def columns(self) -> dict[str, int | str]:
        """Those of the purchase, but for its number."""
        said = self._asdict()
        return {name: said[name] for name in self._fields if name not in ("number", "customer_key")}


def read_order(key: str, said: Mapping[str, str]) -> LostOrder:
    """Raises Unreadable."""
    fields: dict[str, Any] = {
        "currency": _matching(said, "currency", CURRENCY),
        "country": _matching(said, "country", COUNTRY),
        "language": _language(said),
        "tax": _short(said, "tax", TAX_CHARACTERS),
        "consent": _short(said, "consent", WORD),
    }
    fields |= {name: int(_matching(said, name, WHOLE)) for name in NUMBERS}
    order = LostOrder(**fields, customer_key=said.get("customer_key", ""))
    if not KEY.fullmatch(key) or not _can_be(order):
        raise Unreadable
    return order


def _can_be(order: LostOrder) -> bool:
    return (
        min(order.number, order.credits, order.price_minor) > 0
        and order.tax_minor <= order.price_minor
        and order.tax_basis_points <= WHOLE_TAX
        and order.release_number <= MOST_RELEASES
    )


def _matching(said: Mapping[str, str], name: str, pattern: re.Pattern[str]) -> str:
    text = said.get(name, "")
    if not pattern.fullmatch(text):
        raise Unreadable
    return text


def _language(said: Mapping[str, str]) -> str:
    code = said.get("language", "")
    if code not in LANGUAGES:
        raise Unreadable
    return code


def _short(said: Mapping[str, str], name: str, most: int) -> str:
    text = said.get(name)
    if text is None or len(text) > most or "\0" in text:
        raise Unreadable
    return text
