"""What the price checks look at in a package, and what they find. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from domain.catalogue.changes.diff import ItemKey, ItemState
from domain.catalogue.packages.rules import PACKAGE_TYPE
from domain.messages import Message
from domain.money import Price


class Priced(NamedTuple):
    """What the rules look at in a package, and its place (1 to n) in its country."""

    id: int
    name: str
    credits: int
    price_minor: int
    currency: str
    country: str
    position: int

    @property
    def item(self) -> ItemKey:
        return ItemKey(PACKAGE_TYPE, self.id)

    @property
    def price(self) -> Price:
        return Price(self.price_minor, self.currency)


PRICED_FIELDS = Priced._fields[1:-1]
# By id, in the listing order of each country.
Prices = Mapping[int, Priced]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at; `items` are those it is about, none for a whole country."""

    rule: str
    is_error: bool
    message: Message
    country: str
    items: tuple[ItemKey, ...] = ()


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """By country, errors first."""
    return sorted(findings, key=lambda f: (f.country, not f.is_error, f.rule, f.items))


def priced(states: Iterable[ItemState]) -> dict[int, Priced]:
    """What the rules look at, of the packages among these."""
    return {
        state.item.id: Priced._make(
            (state.item.id, *(getattr(state.values, n) for n in PRICED_FIELDS), state.position)
        )
        for state in states
        if state.item.type == PACKAGE_TYPE
    }
