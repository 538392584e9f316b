"""What looks like a slip in the prices that are about to go live. Pure.

An error stops Apply Changes, a warning asks for a tick.
"""

from collections.abc import Callable, Collection, Hashable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

import countries
from catalogue.changes import Change, Kind, Listed, Packages
from catalogue.rules import PackageValues
from sentences import Sentence, sentence

# What the rules look at.
OFFER = frozenset({"name", "credits", "price_minor", "currency", "country"})
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
    return change.kind in (Kind.ADDED, Kind.REMOVED) or not OFFER.isdisjoint(change.fields)


def find_slips(
    before: Packages,
    after: Packages,
    read_before: Callable[[Collection[str]], Packages] | None = None,
) -> list[Finding]:
    """What is wrong or odd in `after` and was not so in `before`, by country.

    `before` need only hold what is different in `after` when `read_before` reads the rest of
    countries where that matters.
    """
    odd = [f for packages in _by_country(after).values() for f in _in_country(packages)]
    free = (listed.values.country for listed in after.values() if not listed.values.price_minor)
    suspects = {finding.country for finding in odd}.union(free)
    if read_before and suspects:
        before = {**before, **read_before(suspects)}
    findings = list(_not_known(odd, _by_country(before)))
    findings += _price_changes(before, after)
    findings += _credit_changes(before, after)
    findings += _gifts(before, after)
    findings += [
        Finding("empty country", False, sentence("No package is left here."), country)
        for country in _countries(before) - _countries(after)
    ]
    return sorted(findings, key=lambda f: (f.country, not f.is_error, f.rule, f.package_ids))


def _not_known(odd: list[Finding], before: dict[str, list[Listed]]) -> Iterator[Finding]:
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


def _countries(packages: Packages) -> set[str]:
    return {listed.values.country for listed in packages.values()}


def _by_country(packages: Packages) -> dict[str, list[Listed]]:
    ordered = sorted(packages.values(), key=lambda p: (p.values.country, p.position))
    return {c: list(group) for c, group in groupby(ordered, key=lambda p: p.values.country)}


def _in_country(packages: list[Listed]) -> Iterator[Finding]:
    yield from _dearer_in_bulk(packages)
    yield from _twins(packages)
    yield from _odd_currencies(packages)


def _dearer_in_bulk(packages: list[Listed]) -> Iterator[Finding]:
    """A bigger pack that costs more per credit than the best smaller one in the same currency."""
    paid = [package for package in packages if package.values.price_minor]
    paid.sort(key=lambda package: (package.values.currency, package.values.credits))
    for _currency, same in groupby(paid, key=lambda package: package.values.currency):
        best: Listed | None = None  # of all that are smaller
        for _credits, group in groupby(same, key=lambda package: package.values.credits):
            equals = list(group)
            for big in equals:
                if best and _is_dearer(big.values, best.values):
                    yield _dearer(big, best)
            for package in equals:
                if best is None or _is_dearer(best.values, package.values):
                    best = package


def _is_dearer(one: PackageValues, other: PackageValues) -> bool:
    """Per credit. Not by fractions, which take ten times as long."""
    return one.price_minor * other.credits > other.price_minor * one.credits


def _dearer(big: Listed, small: Listed) -> Finding:
    return Finding(
        "dearer in bulk",
        False,
        sentence(
            "%(big)s (%(more)s credits) costs more per credit than %(small)s (%(fewer)s).",
            big=big.values.name,
            more=big.values.credits,
            small=small.values.name,
            fewer=small.values.credits,
        ),
        big.values.country,
        (big.id, small.id),
    )


def _twins(packages: list[Listed]) -> Iterator[Finding]:
    """The same credits at the same price, or the same name, more than once in a country."""
    offers = _groups(packages, lambda v: (v.credits, v.price_minor, v.currency))
    for group in offers:
        names = {listed.values.name for listed in group}
        text = sentence("%(names)s are the same offer.", names=_names(group))
        yield _twice(group, text, is_error=len(names) < len(group))
    same_offer = {tuple(listed.id for listed in group) for group in offers}
    for group in _groups(packages, lambda v: v.name.casefold()):
        if tuple(listed.id for listed in group) not in same_offer:
            text = sentence("%(names)s are of the same name.", names=_names(group))
            yield _twice(group, text, is_error=False)


def _groups(packages: list[Listed], key: Callable[[PackageValues], Hashable]) -> list[list[Listed]]:
    """The packages that share `key` with another."""
    groups: dict[Hashable, list[Listed]] = {}
    for listed in packages:
        groups.setdefault(key(listed.values), []).append(listed)
    return [group for group in groups.values() if len(group) > 1]


def _twice(group: list[Listed], text: Sentence, *, is_error: bool) -> Finding:
    ids = tuple(listed.id for listed in group)
    return Finding("twice in a country", is_error, text, group[0].values.country, ids)


def _names(group: list[Listed]) -> Sentence:
    """Two are named: "Starter, Pro and 3 more"."""
    first, second, *more = (listed.values.name for listed in group)
    if not more:
        return sentence("%(one)s and %(other)s", one=first, other=second)
    return sentence("%(one)s, %(other)s and %(more)s more", one=first, other=second, more=len(more))


def _odd_currencies(packages: list[Listed]) -> Iterator[Finding]:
    usual = countries.currencies(packages[0].values.country) if packages else []
    for package in packages:
        if usual and package.values.currency not in usual:
            yield Finding(
                "unusual currency",
                False,
                sentence(
                    "%(name)s is priced in %(currency)s; %(usual)s is usual here.",
                    name=package.values.name,
                    currency=package.values.currency,
                    usual=usual[-1],
                ),
                package.values.country,
                (package.id,),
            )


def _price_changes(before: Packages, after: Packages) -> Iterator[Finding]:
    for id in before.keys() & after.keys():
        old, new = before[id].values, after[id].values
        if (old.price_minor, old.currency) == (new.price_minor, new.currency):
            continue
        if old.currency != new.currency or not old.price_minor or not new.price_minor:
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


def _credit_changes(before: Packages, after: Packages) -> Iterator[Finding]:
    """Far more credits, or fewer, for the same price."""
    for id in before.keys() & after.keys():
        old, new = before[id].values, after[id].values
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


def _gifts(before: Packages, after: Packages) -> Iterator[Finding]:
    """What is free now and was not: a price may have been forgotten."""
    for id, listed in after.items():
        was_free = id in before and not before[id].values.price_minor
        if not listed.values.price_minor and not was_free:
            text = sentence("%(name)s is free.", name=listed.values.name)
            yield Finding("free", False, text, listed.values.country, (id,))
