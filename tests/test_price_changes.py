"""What prices become by a rule: exact, rounded as asked, in each currency's own decimals."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.catalogue.bulk.copying import Target
from domain.catalogue.bulk.price_changes import (
    Direction,
    Ending,
    Rounding,
    by_percent,
    converted,
)
from domain.catalogue.packages.rules import PRICE_LIMIT, check_price
from domain.catalogue.rules import InvalidText
from tests.page_helpers import package_values

NEAREST, UP, DOWN = Direction
# As ISO 4217 has them. CLDR gives the dinars of Serbia and Iraq none.
DECIMALS = {"USD": 2, "EUR": 2, "RSD": 2, "JPY": 0, "KRW": 0, "KWD": 3, "IQD": 3}

currencies = st.sampled_from(sorted(DECIMALS))
roundings = st.builds(Rounding, st.sampled_from(Ending), st.sampled_from(Direction))
# Small ones, where rounding matters most, and those that are nearly too high.
prices = st.integers(0, 300) | st.integers(0, 10**6) | st.integers(PRICE_LIMIT - 300, PRICE_LIMIT)
exact_prices = st.builds(Fraction, st.integers(1, 10**6), st.integers(1, 9999))
percents = st.integers(-12_000, 12_000) | st.integers(-10_010, -9_990)
rates = st.builds(Fraction, st.integers(1, 10**6), st.integers(1, 10**6))


def fits(minor: int, ending: str, currency: str) -> bool:
    """Whether a price ends like this, by its digits."""
    decimals = DECIMALS[currency]
    digits = str(minor).zfill(decimals + 1)
    whole, hundredths = int(digits[: len(digits) - decimals]), digits[len(digits) - decimals :]
    if ending in ("5", "10"):
        return whole % int(ending) == 0 and hundredths.strip("0") == ""
    return hundredths == (ending[1:].ljust(decimals, "0")[:decimals] if ending else hundredths)


def next_below(minor: int, ending: str, currency: str) -> int | None:
    """The next price that ends like this and still costs something."""
    return next((n for n in range(minor - 1, 0, -1) if fits(n, ending, currency)), None)


def next_above(minor: int, ending: str, currency: str) -> int:
    return next(n for n in range(minor + 1, minor + 10**5) if fits(n, ending, currency))


@given(exact_prices, currencies, st.sampled_from(Ending), st.sampled_from(Direction))
@example(Fraction(5, 2), "USD", Ending.NONE, NEAREST)
def test_a_price_is_rounded_as_asked(
    exact: Fraction, currency: str, ending: Ending, direction: Direction
) -> None:
    """What nothing lower fits becomes the lowest that does: nothing becomes free.

    Caught: cents in every currency, and the decimals of CLDR; `floor(steps) + 1` for up;
    `round(steps)` for the nearest; no lowest price, so that a cheap one became free.
    """
    rounded = Rounding(ending, direction).apply(exact, currency)
    assert type(rounded) is int
    assert rounded > 0
    assert fits(rounded, ending, currency)
    below = next_below(rounded, ending, currency)
    above = next_above(rounded, ending, currency)
    match direction:
        case Direction.UP:
            assert exact <= rounded
            assert below is None or below < exact
        case Direction.DOWN:
            assert rounded <= exact or below is None
            assert exact < above
        case Direction.NEAREST:  # a half goes up
            assert abs(exact - rounded) < abs(exact - above)
            assert below is None or abs(exact - rounded) <= abs(exact - below)


@given(prices, percents)
def test_a_price_and_so_many_hundredths_of_a_percent_of_it(minor: int, basis_points: int) -> None:
    """Caught: `minor * (1 + basis_points / 10_000)`, which is not exact; per mille for hundredths
    of a percent."""
    changed = by_percent(minor, basis_points)
    assert (changed - minor) * 100 * 100 == minor * basis_points
    assert isinstance(changed, Fraction)


@given(prices, currencies, st.sampled_from(Direction))
def test_nothing_changes_by_nothing(minor: int, currency: str, direction: Direction) -> None:
    """Caught: `floor(steps) + 1` for up."""
    same = Rounding(Ending.NONE, direction)
    assert same.apply(by_percent(minor, 0), currency) == minor


@given(prices, currencies, percents, roundings)
@example(1, "USD", -15_000, Rounding())
def test_what_is_no_price_is_refused(
    minor: int, currency: str, basis_points: int, rounding: Rounding
) -> None:
    """Below 0 and above the limit; 0 only where all of it is taken off, or nothing was there.

    Caught: `int(minor)` for what is below 0, which made half a cent below 0 free.
    """
    exact = Fraction(minor * (10_000 + basis_points), 10_000)
    rounded = rounding.apply(by_percent(minor, basis_points), currency)
    assert (rounded == 0) == (exact == 0)
    try:
        price = check_price(rounded)
    except InvalidText:
        assert exact < 0 or rounded > PRICE_LIMIT
    else:
        assert 0 <= price <= PRICE_LIMIT
        assert exact >= 0


@given(st.lists(exact_prices, min_size=2, max_size=2), currencies, roundings)
def test_what_was_dearer_does_not_become_cheaper(
    exact: list[Fraction], currency: str, rounding: Rounding
) -> None:
    """Caught: the lowest price put a step higher than it is."""
    lower, higher = (rounding.apply(each, currency) for each in sorted(exact))
    assert lower <= higher


@given(prices, currencies, currencies, rates)
def test_a_price_in_another_currency(minor: int, of: str, to: str, rate: Fraction) -> None:
    """In whole units of both, which are as many minor units as their decimals say.

    Caught: 1,000 yen as 1,000 cents; the decimals of the two the wrong way round.
    """
    there = converted(minor, of, to, rate)
    assert there / 10 ** DECIMALS[to] == Fraction(minor, 10 ** DECIMALS[of]) * rate
    assert converted(minor, of, of, Fraction(1)) == minor


@given(prices, currencies, currencies, rates, roundings)
def test_a_copy_in_another_currency_ends_as_asked_or_is_refused(
    minor: int, of: str, to: str, rate: Fraction, rounding: Rounding
) -> None:
    """In its own currency nothing is converted, whatever the rate.

    Caught: what a copy becomes not held against the limit; a copy rounded by the decimals of the
    currency it came from.
    """
    values = package_values(price_minor=minor, currency=of)
    target = Target("DE", to, rate, rounding)
    exact = minor * (rate if of != to else 1) * Fraction(10) ** (DECIMALS[to] - DECIMALS[of])
    try:
        copy = target.receive(values)
    except InvalidText:
        assert rounding.apply(exact, to) > PRICE_LIMIT
        return
    assert (copy.currency, copy.country) == (to, "DE")
    assert (copy.price_minor == 0) == (minor == 0)
    assert 0 <= copy.price_minor <= PRICE_LIMIT
    assert not minor or fits(copy.price_minor, rounding.ending, to)


@pytest.mark.parametrize(
    ("minor", "currency", "percent", "rounding", "becomes"),
    [
        (1999, "USD", "5", Rounding(), 2099),  # 2098.95
        (1999, "USD", "5", Rounding(Ending.NONE, DOWN), 2098),
        (1999, "USD", "5", Rounding(Ending.NINETY), 2090),
        (1999, "USD", "5", Rounding(Ending.NINETY_NINE, UP), 2099),
        (1999, "USD", "5", Rounding(Ending.NINETY_FIVE, UP), 2195),
        (1999, "USD", "-50", Rounding(Ending.NINETY_NINE), 999),  # 999.5
        (1999, "USD", "-50", Rounding(Ending.NINETY_NINE, UP), 1099),
        (2000, "USD", "0", Rounding(Ending.WHOLE, UP), 2000),
        (12345, "EUR", "0", Rounding(Ending.FIVE, DOWN), 12000),
        (12345, "EUR", "0", Rounding(Ending.TEN), 12000),
        (12500, "EUR", "0", Rounding(Ending.TEN), 13000),  # halfway
        (1500, "JPY", "7.5", Rounding(), 1613),  # 1612.5
        (1500, "JPY", "7.5", Rounding(Ending.NINETY_NINE, DOWN), 1612),  # yen have no .99
        (1980, "JPY", "5", Rounding(Ending.TEN, UP), 2080),
        (7500, "KWD", "5", Rounding(Ending.NINETY), 7900),  # 7.875
        (7500, "KWD", "5", Rounding(Ending.NINETY_NINE, DOWN), 6990),
        (1, "USD", "-50", Rounding(Ending.NONE, DOWN), 1),  # not free
        (40, "USD", "-20", Rounding(Ending.NINETY_NINE, DOWN), 99),  # nothing lower ends like it
        (0, "USD", "5", Rounding(Ending.NINETY_NINE, UP), 0),  # what is free stays free
        (1999, "USD", "-100", Rounding(Ending.NINETY_NINE, UP), 0),
    ],
)
def test_prices_by_percent(
    minor: int, currency: str, percent: str, rounding: Rounding, becomes: int
) -> None:
    basis_points = int(Fraction(percent) * 100)
    assert rounding.apply(by_percent(minor, basis_points), currency) == becomes


@pytest.mark.parametrize(
    ("minor", "of", "to", "rate", "rounding", "becomes"),
    [
        (1999, "USD", "EUR", "0.95", Rounding(), 1899),  # 1899.05
        (1999, "USD", "JPY", "149.5", Rounding(), 2989),  # 2988.505
        (1999, "USD", "JPY", "149.5", Rounding(Ending.TEN, UP), 2990),
        (1000, "JPY", "USD", "0.0067", Rounding(), 670),
        (1000, "JPY", "USD", "0.0067", Rounding(Ending.NINETY_NINE), 699),
        (1999, "USD", "KWD", "0.307", Rounding(), 6137),  # 6136.93
        (1999, "USD", "KWD", "0.307", Rounding(Ending.NINETY), 5900),
        (7500, "KWD", "JPY", "487", Rounding(), 3653),  # 3652.5
        (1, "JPY", "USD", "0.0001", Rounding(Ending.NONE, DOWN), 1),  # not free
    ],
)
def test_prices_by_a_rate(
    minor: int, of: str, to: str, rate: str, rounding: Rounding, becomes: int
) -> None:
    assert rounding.apply(converted(minor, of, to, Fraction(rate)), to) == becomes
