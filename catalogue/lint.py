"""What looks like a slip in the prices that are about to go live. Pure.

An error stops Apply Changes, a warning asks for a tick.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from operator import attrgetter
from typing import NamedTuple

import countries
from catalogue.changes import Change, Kind, Listed
from sentences import Sentence, sentence


class Priced(NamedTuple):
    """What the rules look at in a package."""

    id: int
    name: str
    credits: int
    price_minor: int
    currency: str
    country: str


PRICED_FIELDS = Priced._fields[1:]
# By id, in the listing order of each country.
Prices = Mapping[int, Priced]
# More than this is said, up or down.
PRICE_CHANGE = Fraction(30, 100)
# A price that is nearly ten times (or a tenth of) the old one has most likely lost its comma.
TENFOLD = (Fraction(8), Fraction(12))


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at; `package_ids` are those it is about, none for a whole country."""

    rule: str
    is_error: bool
    message: Sentence
    country: str
    package_ids: tuple[int, ...] = ()


def may_slip(change: Change) -> bool:
    """Whether the change can lead to a finding: an order or a short info cannot."""
    is_priced = not set(PRICED_FIELDS).isdisjoint(change.fields)
    return is_priced or change.kind in (Kind.ADDED, Kind.REMOVED)


def priced(packages: Iterable[Listed]) -> dict[int, Priced]:
    """What the rules look at, of these packages."""
    return {
        p.id: Priced(p.id, *(getattr(p.values, name) for name in PRICED_FIELDS)) for p in packages
    }


def find_slips(
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
    findings += _price_changes(before, after)
    findings += _credit_changes(before, after)
    findings += _gifts(before, free)
    findings += [
        Finding("empty country", False, sentence("No package is left here."), country)
        for country in was.keys() - now.keys()
    ]
    return sorted(findings, key=lambda f: (f.country, not f.is_error, f.rule, f.package_ids))


def _not_known(odd: list[Finding], before: dict[str, list[Priced]]) -> Iterator[Finding]:
    """Those that were not so before, of the same packages or of more."""
    known: dict[tuple[str, str, bool], set[tuple[int, ...]]] = {}
    for country in {finding.country for finding in odd}:
        for finding in _in_country(before.get(country, [])):
            known.setdefault(_kind(finding), set()).add(finding.package_ids)
    for finding in odd:
        ids, same_kind = finding.package_ids, known.get(_kind(finding), set())
        if ids not in same_kind and not any(set(ids) <= set(others) for others in same_kind):
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
        if best and _is_dearer(package, best):
            yield _dearer(package, best)
        if seen is None or _is_dearer(seen, package):
            seen = package
        last = package


def _is_dearer(one: Priced, other: Priced) -> bool:
    """Per credit. Not by fractions, which take ten times as long."""
    return one.price_minor * other.credits > other.price_minor * one.credits


def _dearer(big: Priced, small: Priced) -> Finding:
    return Finding(
        "dearer in bulk",
        False,
        sentence(
            "%(big)s (%(more)s credits) costs more per credit than %(small)s (%(fewer)s).",
            big=big.name,
            more=big.credits,
            small=small.name,
            fewer=small.credits,
        ),
        big.country,
        (big.id, small.id),
    )


def _twins(packages: list[Priced]) -> Iterator[Finding]:
    """The same credits at the same price, or the same name, more than once in a country."""
    offers = _groups(packages, attrgetter("credits", "price_minor", "currency"))
    for group in offers:
        names = {package.name for package in group}
        text = sentence("%(names)s are the same offer.", names=_names(group))
        yield _twice(group, text, is_error=len(names) < len(group))
    same_offer = {tuple(package.id for package in group) for group in offers}
    for group in _groups(packages, lambda package: package.name.casefold()):
        if tuple(package.id for package in group) not in same_offer:
            text = sentence("%(names)s are of the same name.", names=_names(group))
            yield _twice(group, text, is_error=False)


def _groups(packages: list[Priced], key: Callable[[Priced], Hashable]) -> list[list[Priced]]:
    """The packages that share `key` with another."""
    keys = [key(package) for package in packages]
    if len(set(keys)) == len(keys):
        return []
    groups: dict[Hashable, list[Priced]] = {}
    for value, package in zip(keys, packages, strict=True):
        groups.setdefault(value, []).append(package)
    return [group for group in groups.values() if len(group) > 1]


def _twice(group: list[Priced], text: Sentence, *, is_error: bool) -> Finding:
    ids = tuple(package.id for package in group)
    return Finding("twice in a country", is_error, text, group[0].country, ids)


def _names(group: list[Priced]) -> Sentence:
    """Two are named: "Starter, Pro and 3 more"."""
    first, second, *more = (package.name for package in group)
    if not more:
        return sentence("%(one)s and %(other)s", one=first, other=second)
    return sentence("%(one)s, %(other)s and %(more)s more", one=first, other=second, more=len(more))


def _odd_currencies(packages: list[Priced]) -> Iterator[Finding]:
    usual = countries.currencies(packages[0].country) if packages else []
    for package in packages:
        if usual and package.currency not in usual:
            yield Finding(
                "unusual currency",
                False,
                sentence(
                    "%(name)s is priced in %(currency)s; %(usual)s is usual here.",
                    name=package.name,
                    currency=package.currency,
                    usual=usual[-1],
                ),
                package.country,
                (package.id,),
            )


def _price_changes(before: Prices, after: Prices) -> Iterator[Finding]:
    for id in before.keys() & after.keys():
        old, new = before[id], after[id]
        is_comparable = old.currency == new.currency and old.price_minor and new.price_minor
        if old.price_minor == new.price_minor or not is_comparable:
            continue  # see _gifts for what becomes free
        ratio = Fraction(new.price_minor, old.price_minor)
        factor = max(ratio, 1 / ratio)
        if TENFOLD[0] <= factor <= TENFOLD[1]:
            text = _slip_by_ten(new.name, ratio)
            yield Finding("slip by ten", False, text, new.country, (id,))
        elif abs(ratio - 1) > PRICE_CHANGE:
            text = _price_change(new.name, ratio)
            yield Finding("price changed", False, text, new.country, (id,))


def _slip_by_ten(name: str, ratio: Fraction) -> Sentence:
    if ratio > 1:
        return sentence("The price of %(name)s is about ten times the old one.", name=name)
    return sentence("The price of %(name)s is about a tenth of the old one.", name=name)


def _price_change(name: str, ratio: Fraction) -> Sentence:
    percent = str(round(abs(ratio - 1) * 100))
    if ratio > 1:
        return sentence(
            "The price of %(name)s goes up by %(percent)s %%.", name=name, percent=percent
        )
    return sentence(
        "The price of %(name)s goes down by %(percent)s %%.", name=name, percent=percent
    )


def _credit_changes(before: Prices, after: Prices) -> Iterator[Finding]:
    """Far more credits, or fewer, for the same price."""
    for id in before.keys() & after.keys():
        old, new = before[id], after[id]
        if old.credits == new.credits:
            continue
        if (old.price_minor, old.currency) != (new.price_minor, new.currency):
            continue  # see _price_changes
        ratio = Fraction(new.credits, old.credits)
        if TENFOLD[0] <= max(ratio, 1 / ratio) <= TENFOLD[1]:
            text = _credits_by_ten(new.name, ratio)
            yield Finding("slip by ten", False, text, new.country, (id,))
        elif abs(ratio - 1) > PRICE_CHANGE:
            text = _credit_change(new.name, ratio)
            yield Finding("credits changed", False, text, new.country, (id,))


def _credits_by_ten(name: str, ratio: Fraction) -> Sentence:
    if ratio > 1:
        return sentence(
            "%(name)s gives about ten times as many credits for the same price.", name=name
        )
    return sentence("%(name)s gives about a tenth of the credits for the same price.", name=name)


def _credit_change(name: str, ratio: Fraction) -> Sentence:
    percent = str(round(abs(ratio - 1) * 100))
    if ratio > 1:
        return sentence(
            "%(name)s gives %(percent)s %% more credits for the same price.",
            name=name,
            percent=percent,
        )
    return sentence(
        "%(name)s gives %(percent)s %% fewer credits for the same price.",
        name=name,
        percent=percent,
    )


def _gifts(before: Prices, free: Iterable[Priced]) -> Iterator[Finding]:
    """What is free now and was not: a price may have been forgotten."""
    for package in free:
        if package.id not in before or before[package.id].price_minor:
            text = sentence("%(name)s is free.", name=package.name)
            yield Finding("free", False, text, package.country, (package.id,))
