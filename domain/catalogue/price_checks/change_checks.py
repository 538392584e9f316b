"""What is odd between the old price of a package and the new one. Pure."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from domain.catalogue.price_checks.findings import Finding, Priced, Prices
from domain.messages import Message, Part, message
from domain.numbers import Difference

# More than this is said, up or down.
PRICE_CHANGE = Fraction(30, 100)
TEN = Fraction(10)
# A price that is nearly ten times (or a tenth of) the old one has most likely lost its comma.
TENFOLD = (Fraction(8), Fraction(12))


def price_changes(before: Prices, after: Prices) -> Iterator[Finding]:
    for id in before.keys() & after.keys():
        old, new = before[id], after[id]
        is_comparable = old.currency == new.currency and old.price_minor and new.price_minor
        if old.price_minor == new.price_minor or not is_comparable:
            continue  # see gifts for what becomes free
        ratio = Fraction(new.price_minor, old.price_minor)
        factor = max(ratio, 1 / ratio)
        if TENFOLD[0] <= factor <= TENFOLD[1]:
            text = _tenfold(old, new, ratio)
            yield Finding("tenfold", False, text, new.country, (new.item,))
        elif abs(ratio - 1) > PRICE_CHANGE:
            text = _price_change(old, new)
            yield Finding("price changed", False, text, new.country, (new.item,))


def _tenfold(old: Priced, new: Priced, ratio: Fraction) -> Message:
    sides = {"old": old.price, "new": new.price}
    if ratio == TEN:
        return message("Price is ten times the live price: %(old)s → %(new)s", **sides)
    if ratio == 1 / TEN:
        return message("Price is a tenth of the live price: %(old)s → %(new)s", **sides)
    return _price_change(old, new)


def _price_change(old: Priced, new: Priced) -> Message:
    percent = Difference(old.price_minor, new.price_minor)
    parts: dict[str, Part] = {"percent": percent, "old": old.price, "new": new.price}
    if new.price_minor > old.price_minor:
        return message("Price goes up by %(percent)s: %(old)s → %(new)s", **parts)
    return message("Price goes down by %(percent)s: %(old)s → %(new)s", **parts)


def currency_changes(before: Prices, after: Prices) -> Iterator[Finding]:
    """The amount may have been meant for the old currency."""
    for id in before.keys() & after.keys():
        old, new = before[id], after[id]
        if old.currency != new.currency and new.price_minor:
            text = message(
                "The currency changes from %(old)s to %(new)s.",
                old=old.currency,
                new=new.currency,
            )
            yield Finding("currency changed", False, text, new.country, (new.item,))


def credit_changes(before: Prices, after: Prices) -> Iterator[Finding]:
    """Far more credits, or fewer, for the same price."""
    for id in before.keys() & after.keys():
        old, new = before[id], after[id]
        if old.credits == new.credits:
            continue
        if (old.price_minor, old.currency) != (new.price_minor, new.currency):
            continue  # see price_changes
        ratio = Fraction(new.credits, old.credits)
        if TENFOLD[0] <= max(ratio, 1 / ratio) <= TENFOLD[1]:
            text = _credits_by_ten(old.credits, new.credits, ratio)
            yield Finding("tenfold", False, text, new.country, (new.item,))
        elif abs(ratio - 1) > PRICE_CHANGE:
            text = _credit_change(old.credits, new.credits)
            yield Finding("credits changed", False, text, new.country, (new.item,))


def _credits_by_ten(old: int, new: int, ratio: Fraction) -> Message:
    sides = {"old": old, "new": new}
    if ratio == TEN:
        return message("Ten times the credits for the same price: %(old)s → %(new)s", **sides)
    if ratio == 1 / TEN:
        return message("A tenth of the credits for the same price: %(old)s → %(new)s", **sides)
    return _credit_change(old, new)


def _credit_change(old: int, new: int) -> Message:
    parts: dict[str, Part] = {"percent": Difference(old, new), "old": old, "new": new}
    if new > old:
        return message("%(percent)s more credits for the same price: %(old)s → %(new)s", **parts)
    return message("%(percent)s fewer credits for the same price: %(old)s → %(new)s", **parts)


def gifts(before: Prices, free: Iterable[Priced]) -> Iterator[Finding]:
    """What is free now and was not: a price may have been forgotten."""
    for package in free:
        if package.id not in before or before[package.id].price_minor:
            text = message("Free for buyers.")
            yield Finding("free", False, text, package.country, (package.item,))
