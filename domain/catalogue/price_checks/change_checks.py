"""What is odd between the old price of a package and the new one. Pure."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from domain.catalogue.price_checks.findings import Finding, Priced, Prices
from domain.messages import Message, message

# More than this is said, up or down.
PRICE_CHANGE = Fraction(30, 100)
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
            text = _tenfold(ratio)
            yield Finding("tenfold", False, text, new.country, (new.item,))
        elif abs(ratio - 1) > PRICE_CHANGE:
            text = _price_change(ratio)
            yield Finding("price changed", False, text, new.country, (new.item,))


def _tenfold(ratio: Fraction) -> Message:
    if ratio > 1:
        return message("The price is about ten times the live one.")
    return message("The price is about a tenth of the live one.")


def _price_change(ratio: Fraction) -> Message:
    percent = str(round(abs(ratio - 1) * 100))
    if ratio > 1:
        return message("The price goes up by %(percent)s %%.", percent=percent)
    return message("The price goes down by %(percent)s %%.", percent=percent)


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
            text = _credits_by_ten(ratio)
            yield Finding("tenfold", False, text, new.country, (new.item,))
        elif abs(ratio - 1) > PRICE_CHANGE:
            text = _credit_change(ratio)
            yield Finding("credits changed", False, text, new.country, (new.item,))


def _credits_by_ten(ratio: Fraction) -> Message:
    if ratio > 1:
        return message("About ten times the credits for the same price.")
    return message("About a tenth of the credits for the same price.")


def _credit_change(ratio: Fraction) -> Message:
    percent = str(round(abs(ratio - 1) * 100))
    if ratio > 1:
        return message("%(percent)s %% more credits for the same price.", percent=percent)
    return message("%(percent)s %% fewer credits for the same price.", percent=percent)


def gifts(before: Prices, free: Iterable[Priced]) -> Iterator[Finding]:
    """What is free now and was not: a price may have been forgotten."""
    for package in free:
        if package.id not in before or before[package.id].price_minor:
            text = message("Free for buyers.")
            yield Finding("free", False, text, package.country, (package.item,))
