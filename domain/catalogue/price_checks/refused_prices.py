"""Prices that whoever takes the money would refuse. The rule is passed in: which provider that is,
nobody knows here. Reads only."""

from collections.abc import Callable, Sequence

from domain.catalogue.changes.diff import Change, Kind
from domain.catalogue.price_checks.findings import Finding, priced
from domain.catalogue.price_checks.sale_checks import buying_after
from domain.catalogue.settings.rules import Buying
from domain.database import AnySession
from domain.messages import Message

# Of a price in minor units and its currency: why it would be refused, None when it is taken.
PriceRule = Callable[[int, str], Message | None]

PRICE_FIELDS = {"price_minor", "currency"}


def take_all(_price_minor: int, _currency: str) -> None:
    """The rule where nobody takes money."""


def find_refused(session: AnySession, picked: Sequence[Change], rule: PriceRule) -> list[Finding]:
    """Of the prices that the picked changes bring, when packages will be bought here."""
    changed = priced(change.after for change in picked if change.after and _brings_price(change))
    refused = [
        Finding("refused price", True, problem, package.country, (package.item,))
        for package in changed.values()
        if package.price_minor and (problem := rule(package.price_minor, package.currency))
    ]
    return refused if refused and buying_after(session, picked) == Buying.HERE else []


def _brings_price(change: Change) -> bool:
    return change.kind == Kind.ADDED or not PRICE_FIELDS.isdisjoint(change.fields)
