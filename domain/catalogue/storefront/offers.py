"""What buyers compare: the price of one credit, the best value, what a bigger pack saves. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from domain import money
from domain.catalogue.markets.rules import MarketValues
from domain.catalogue.packages.rules import PackageValues

LOWEST_PERCENT = 1


class Shown(Protocol):
    """A package at its place (1 to n) in the listing order of its country."""

    @property
    def package_id(self) -> int: ...

    @property
    def position(self) -> int: ...

    @property
    def values(self) -> PackageValues: ...


@dataclass(frozen=True, slots=True)
class Saving:
    """`percent` less per credit than the package `than`, rounded down."""

    percent: int
    than: PackageValues


@dataclass(frozen=True, slots=True)
class Offer:
    """A package beside the others of its country."""

    package_id: int
    position: int
    values: PackageValues
    unit: money.UnitPrice
    is_best_value: bool
    saving: Saving | None


@dataclass(frozen=True, slots=True)
class CountryOffers:
    """What buyers in `country` are shown: the packages of `shown_country`, which is
    the default country where `country` has none, and what its market says about them."""

    country: str
    shown_country: str
    offers: list[Offer]
    market: MarketValues


def offers_for_country(
    country: str,
    default: str,
    read: Callable[[str], Sequence[Shown]],
    read_market: Callable[[str], MarketValues],
) -> CountryOffers:
    """The packages that `read` finds for `country`, else for the default country, else none."""
    for candidate in (country, default):
        if packages := read(candidate):
            return CountryOffers(country, candidate, list_offers(packages), read_market(candidate))
    return CountryOffers(country, country, [], read_market(country))


def list_offers(packages: Iterable[Shown]) -> list[Offer]:
    """The packages of one country, in the order given, compared within each currency.

    Free packages are neither compared nor compared with.
    """
    shown = list(packages)
    peers: dict[str, list[Shown]] = {}
    for package in shown:
        if package.values.price_minor:
            peers.setdefault(package.values.currency, []).append(package)
    best = {_best_value(group) for group in peers.values()}
    bases = {currency: _basis(group) for currency, group in peers.items()}
    return [
        Offer(
            package.package_id,
            package.position,
            package.values,
            _unit(package.values),
            package.package_id in best,
            _saving(package.values, bases.get(package.values.currency)),
        )
        for package in shown
    ]


def _best_value(group: list[Shown]) -> int | None:
    """The one package whose price of a credit, as shown, is the lowest; None if two share it.

    Not by the exact price: buyers must be able to check it with what they see.
    """
    if len(group) < 2:
        return None
    first, second, *_ = sorted(group, key=lambda package: _shown_per_credit(package.values))
    is_tie = _shown_per_credit(first.values) == _shown_per_credit(second.values)
    return None if is_tie else first.package_id


def _basis(group: list[Shown]) -> PackageValues:
    """The paid package with the fewest credits.

    Of several the cheapest, so that what is said of "the 100 pack" is true of each of them.
    """
    return min((package.values for package in group), key=lambda v: (v.credits, v.price_minor))


def _saving(values: PackageValues, basis: PackageValues | None) -> Saving | None:
    """None for free packages, for the basis itself and below one percent."""
    if not values.price_minor or basis is None:
        return None
    percent = int((1 - _per_credit(values) / _per_credit(basis)) * 100)
    return Saving(percent, basis) if percent >= LOWEST_PERCENT else None


def savings_bases(found: Iterable[Offer]) -> list[PackageValues]:
    """What the savings of these offers are compared with: one package in each currency."""
    return list(dict.fromkeys(offer.saving.than for offer in found if offer.saving))


def _unit(values: PackageValues) -> money.UnitPrice:
    return money.unit_price(values.price_minor, values.credits)


def _shown_per_credit(values: PackageValues) -> Fraction:
    unit = _unit(values)
    return Fraction(unit.minor, unit.per)


def _per_credit(values: PackageValues) -> Fraction:
    return Fraction(values.price_minor, values.credits)
