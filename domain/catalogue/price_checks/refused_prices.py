"""Prices that whoever takes the money would refuse. The rule is passed in: which provider that is,
nobody knows here. Reads only."""

from collections.abc import Iterable, Sequence

from domain.catalogue.changes.diff import Change, Kind
from domain.catalogue.packages.rules import PRICE, PriceRule
from domain.catalogue.price_checks.findings import Finding, Priced, priced
from domain.catalogue.price_checks.sale_checks import buying_after
from domain.catalogue.settings.rules import Buying
from domain.database import AnySession


def find_refused(session: AnySession, picked: Sequence[Change], rule: PriceRule) -> list[Finding]:
    """Of the prices that the picked changes bring, when packages will be bought here."""
    changed = priced(change.after for change in picked if change.after and _brings_price(change))
    refused = refused_prices(changed.values(), rule)
    return refused if refused and buying_after(session, picked) == Buying.HERE else []


def refused_prices(packages: Iterable[Priced], rule: PriceRule) -> list[Finding]:
    return [
        Finding("refused price", True, problem, package.country, (package.item,))
        for package in packages
        if package.price_minor and (problem := rule(package.price_minor, package.currency))
    ]


def _brings_price(change: Change) -> bool:
    return change.kind == Kind.ADDED or not set(PRICE).isdisjoint(change.fields)
