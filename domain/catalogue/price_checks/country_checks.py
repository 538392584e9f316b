"""Checks of the prices within a country that are about to go live. Pure.

An error stops Apply Changes, a warning asks for a tick.
"""

from collections.abc import Callable, Collection, Hashable, Iterator
from operator import attrgetter

from domain import countries, money
from domain.catalogue.changes.diff import Change, ItemKey, Kind
from domain.catalogue.packages.rules import PACKAGE_TYPE
from domain.catalogue.price_checks.change_checks import (
    credit_changes,
    currency_changes,
    gifts,
    price_changes,
)
from domain.catalogue.price_checks.findings import (
    PRICED_FIELDS,
    Finding,
    Priced,
    Prices,
    sort_findings,
)
from domain.messages import Message, message


def affects_prices(change: Change) -> bool:
    """Whether the change can lead to a finding: an order or a short info cannot."""
    if change.item.type != PACKAGE_TYPE:
        return False
    is_priced = not set(PRICED_FIELDS).isdisjoint(change.fields)
    return is_priced or change.kind in (Kind.ADDED, Kind.REMOVED)


def check_prices(
    before: Prices, after: Prices, read_before: Callable[[Collection[str]], Prices] | None = None
) -> list[Finding]:
    """What is wrong or odd in `after` and was not so in `before`, by country.

    `before` need only hold what is different in `after` when `read_before` reads the rest of
    countries where that matters.
    """
    now = _by_country(after)
    odd = [finding for packages in now.values() for finding in _in_country(packages)]
    free = [package for package in after.values() if not package.price_minor]
    suspects = {finding.country for finding in odd} | {package.country for package in free}
    if read_before and suspects:
        before = {**read_before(suspects), **before}
    was = _by_country(before)
    findings = list(_not_known(odd, was))
    findings += price_changes(before, after)
    findings += currency_changes(before, after)
    findings += credit_changes(before, after)
    findings += gifts(before, free)
    findings += [
        Finding("empty country", False, message("No package is left here."), country)
        for country in was.keys() - now.keys()
    ]
    return sort_findings(findings)


def _not_known(odd: list[Finding], before: dict[str, list[Priced]]) -> Iterator[Finding]:
    """Those that were not so before, of the same packages or of more."""
    known: dict[tuple[str, str, bool], set[tuple[ItemKey, ...]]] = {}
    for country in {finding.country for finding in odd}:
        for finding in _in_country(before.get(country, [])):
            known.setdefault(_kind(finding), set()).add(finding.items)
    for finding in odd:
        items, same_kind = finding.items, known.get(_kind(finding), set())
        if items not in same_kind and not any(set(items) <= set(others) for others in same_kind):
            yield finding


def _kind(finding: Finding) -> tuple[str, str, bool]:
    return finding.rule, finding.country, finding.is_error


def _by_country(prices: Prices) -> dict[str, list[Priced]]:
    groups: dict[str, list[Priced]] = {}
    for package in prices.values():
        groups.setdefault(package.country, []).append(package)
    return groups


def _in_country(packages: list[Priced]) -> Iterator[Finding]:
    yield from _dearer_in_bulk(packages)
    yield from _twins(packages)
    yield from _odd_currencies(packages)


def _dearer_in_bulk(packages: list[Priced]) -> Iterator[Finding]:
    """A bigger pack that costs more per credit than the best smaller one in the same currency."""
    best: Priced | None = None  # of those that are smaller
    seen: Priced | None = None  # the best of those of the same size, too
    last: Priced | None = None
    paid = (package for package in packages if package.price_minor)
    for package in sorted(paid, key=attrgetter("currency", "credits")):
        if last is None or package.currency != last.currency:
            best = seen = None
        elif package.credits != last.credits:
            best = seen
        if best and _is_dearer(package, best) and _matters(package, best):
            yield _dearer(package, best)
        if seen is None or _is_dearer(seen, package):
            seen = package
        last = package


def _is_dearer(one: Priced, other: Priced) -> bool:
    """Per credit. Not by fractions, which take ten times as long."""
    return one.price_minor * other.credits > other.price_minor * one.credits


def _matters(big: Priced, small: Priced) -> bool:
    """Whether a credit is shown at another price, or costs 5 % more: ¥1 may stand for ¥1.4."""
    if _unit_price(big) != _unit_price(small):
        return True
    return 100 * big.price_minor * small.credits >= 105 * small.price_minor * big.credits


def _dearer(big: Priced, small: Priced) -> Finding:
    """In the prices of one credit, or of as many as it takes to tell them apart."""
    per = max(_unit_price(package).per for package in (big, small))
    while _price_of(per, big) == _price_of(per, small):
        per *= 100
    if per == 1:
        text = message(
            "Dearer per credit than the smaller %(small)s: %(price)s, not %(less)s",
            small=small.name,
            price=_price_of(per, big),
            less=_price_of(per, small),
        )
    else:
        text = message(
            "Dearer per %(per)s credits than the smaller %(small)s: %(price)s, not %(less)s",
            per=per,
            small=small.name,
            price=_price_of(per, big),
            less=_price_of(per, small),
        )
    return Finding("dearer in bulk", False, text, big.country, (big.item, small.item))


def _unit_price(package: Priced) -> money.UnitPrice:
    """As it is shown, which is rounded."""
    return money.unit_price(package.price_minor, package.credits)


def _price_of(count: int, package: Priced) -> money.Price:
    minor = money.price_of(count, package.price_minor, package.credits)
    return money.Price(minor, package.currency)


def _twins(packages: list[Priced]) -> Iterator[Finding]:
    """The same credits at the same price, or the same name, more than once in a country."""
    said = set()
    for group in _groups(packages, attrgetter("credits", "price_minor", "currency")):
        for namesakes in _groups(group, attrgetter("name")):
            said.add(tuple(package.id for package in namesakes))
            yield _twice(namesakes, _doubled(namesakes), is_error=True)
        first: dict[str, Priced] = {}
        for package in group:
            first.setdefault(package.name, package)
        others = list(first.values())
        if len(others) > 1:
            said.add(tuple(package.id for package in others))
            text = message("The same offer as %(names)s.", names=_names(others[1:]))
            yield _twice(others, text, is_error=False)
    for group in _groups(packages, lambda package: package.name.casefold()):
        if tuple(package.id for package in group) not in said:
            text = message("The same name as %(names)s.", names=_names(group[1:]))
            yield _twice(group, text, is_error=False)


def _doubled(group: list[Priced]) -> Message:
    name, country = group[0].name, countries.Country(group[0].country)
    if len(group) == 2:
        return message(
            "Two packages named %(name)s in %(country)s offer the same. Change or remove one.",
            name=name,
            country=country,
        )
    return message(
        "%(number)s packages named %(name)s in %(country)s offer the same. Keep only one as it is.",
        number=len(group),
        name=name,
        country=country,
    )


def _groups(packages: list[Priced], key: Callable[[Priced], Hashable]) -> list[list[Priced]]:
    """The packages that share `key` with another."""
    keys = [key(package) for package in packages]
    if len(set(keys)) == len(keys):
        return []
    groups: dict[Hashable, list[Priced]] = {}
    for value, package in zip(keys, packages, strict=True):
        groups.setdefault(value, []).append(package)
    return [group for group in groups.values() if len(group) > 1]


def _twice(group: list[Priced], text: Message, *, is_error: bool) -> Finding:
    items = tuple(package.item for package in group)
    return Finding("twice in a country", is_error, text, group[0].country, items)


def _names(group: list[Priced]) -> str:
    """Two are named: "Starter, Pro and 3 more"."""
    first, *others = (package.name for package in group)
    if not others:
        return first
    second, *more = others
    if not more:
        return message("%(one)s and %(other)s", one=first, other=second)
    return message("%(one)s, %(other)s and %(more)s more", one=first, other=second, more=len(more))


def _odd_currencies(packages: list[Priced]) -> Iterator[Finding]:
    usual = countries.currencies(packages[0].country) if packages else []
    for package in packages:
        if usual and package.currency not in usual:
            yield Finding(
                "unusual currency",
                False,
                message(
                    "Priced in %(currency)s; %(usual)s is usual here.",
                    currency=package.currency,
                    usual=usual[-1],
                ),
                package.country,
                (package.item,),
            )
