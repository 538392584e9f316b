"""What the price checks look at in a package, and what they find. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from domain.catalogue.changes.diff import PositionedPackage
from domain.messages import Message


class Priced(NamedTuple):
    """What the rules look at in a package, and its place (1 to n) in its country."""

    id: int
    name: str
    credits: int
    price_minor: int
    currency: str
    country: str
    position: int


PRICED_FIELDS = Priced._fields[1:-1]
# By id, in the listing order of each country.
Prices = Mapping[int, Priced]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at; `package_ids` are those it is about, none for a whole country."""

    rule: str
    is_error: bool
    message: Message
    country: str
    package_ids: tuple[int, ...] = ()


def priced(packages: Iterable[PositionedPackage]) -> dict[int, Priced]:
    """What the rules look at, of these packages."""
    return {
        p.id: Priced._make((p.id, *(getattr(p.values, name) for name in PRICED_FIELDS), p.position))
        for p in packages
    }
