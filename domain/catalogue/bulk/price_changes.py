"""What a price becomes when many are changed by one rule. Pure; exact, no floats."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor

from domain import money


class Ending(StrEnum):
    """What a price is rounded to, in whole units of its currency and hundredths of one."""

    NONE = ""
    WHOLE = ".00"
    NINETY = ".90"
    NINETY_FIVE = ".95"
    NINETY_NINE = ".99"
    FIVE = "5"
    TEN = "10"


class Direction(StrEnum):
    NEAREST = "nearest"
    UP = "up"
    DOWN = "down"


# The distance between two such prices and the first of them, in units of the currency.
_STEPS = {
    Ending.WHOLE: (Fraction(1), Fraction(0)),
    Ending.NINETY: (Fraction(1), Fraction(90, 100)),
    Ending.NINETY_FIVE: (Fraction(1), Fraction(95, 100)),
    Ending.NINETY_NINE: (Fraction(1), Fraction(99, 100)),
    Ending.FIVE: (Fraction(5), Fraction(0)),
    Ending.TEN: (Fraction(10), Fraction(0)),
}


@dataclass(frozen=True, slots=True)
class Rounding:
    ending: Ending = Ending.NONE
    direction: Direction = Direction.NEAREST

    def apply(self, minor: Fraction, currency: str) -> int:
        """An exact price in minor units, rounded. What costs something never becomes free, and
        what is free stays free. Halves go up.

        Endings of hundredths are the currency's own: 1.900 for KWD, whole yen for JPY.
        """
        if minor <= 0:
            return floor(minor)
        step, first = self._grid(10 ** money.exponent(currency))
        rounded = first + step * self._count((minor - first) / step)
        while rounded <= 0:
            rounded += step
        return rounded

    def _grid(self, unit: int) -> tuple[int, int]:
        """The distance between two fitting prices and the first one, in minor units."""
        if self.ending == Ending.NONE:
            return 1, 0
        step, first = (each * unit for each in _STEPS[self.ending])
        return int(step), floor(first)

    def _count(self, steps: Fraction) -> int:
        match self.direction:
            case Direction.UP:
                return ceil(steps)
            case Direction.DOWN:
                return floor(steps)
        return floor(steps + Fraction(1, 2))


def by_percent(minor: int, basis_points: int) -> Fraction:
    """A price changed by so many hundredths of a percent: 500 is +5 %."""
    return minor * Fraction(10_000 + basis_points, 10_000)


def converted(minor: int, currency: str, to: str, rate: Fraction) -> Fraction:
    """A price in minor units of another currency, at `rate` units of that for one of this."""
    decimals = money.exponent(to) - money.exponent(currency)
    return minor * rate * Fraction(10) ** decimals
