"""Numbers in digits: read from a request, and written as a locale writes them. Pure."""

import re
import string
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from babel import Locale
from babel.numbers import format_percent, get_decimal_symbol, get_group_symbol, parse_pattern

# Babel knows where these are usual, but always writes the digits as 0 to 9 and the sign as %.
_DIGITS = {
    "arab": str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"),
    "arabext": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"),
}

_SPACES = " \u00a0\u2009\u202f\u3000"
# Direction marks come along, unseen, when a number is copied from an Arabic or Hebrew page.
DIRECTION_MARKS = "\u200e\u200f\u061c"
IGNORED_AT_THE_ENDS = string.whitespace + _SPACES + DIRECTION_MARKS
LONGEST = 32
_STAND_INS = str.maketrans(dict.fromkeys(_SPACES, " ") | {"’": "'", "．": ".", "，": ","})

# Groups of three, or as in India. No leading zero: "0,500" is half a dinar to many, never 500.
_WHOLE = (
    r"(?P<whole>[0-9]+"
    r"|[1-9][0-9]{0,2}(?P<group>[.,' ٬])[0-9]{3}(?:(?P=group)[0-9]{3})*"
    r"|[1-9][0-9]?(?P<indian>[,٬])(?:[0-9]{2}(?P=indian))+[0-9]{3})"
)
_HABITS = (
    re.compile(_WHOLE + "(?P<fraction>)"),
    re.compile(_WHOLE + r"(?!(?P=group)|(?P=indian))[.,٫](?P<fraction>[0-9]+)"),
)
_SIGNS = dict.fromkeys("+＋", 1) | dict.fromkeys("-−－﹣", -1)
_NOT_DIGITS = re.compile("[^0-9]")


class Reading(NamedTuple):
    """A typed number as one habit reads it: the digits before and behind the decimal sign."""

    whole: str
    fraction: str = ""


def readings(text: str) -> list[Reading]:
    """What a number may mean that is typed in any habit, the reader's or not.

    One reading for most: 1.234,50 or 1 234. Two for 1,234, which is 1234 or 1.234. None for what
    is no number.
    """
    text = western_digits(text).translate(_STAND_INS)
    found = (habit.fullmatch(text) for habit in _HABITS)
    return [Reading(_NOT_DIGITS.sub("", m["whole"]), m["fraction"]) for m in found if m]


def strict_reading(text: str, decimal_sign: str) -> Reading | None:
    """The number as one habit writes it: decimals after "." or ",", groups of three before by the
    other one, by spaces or not at all. None for what is no such number."""
    group = "," if decimal_sign == "." else "."
    text = western_digits(text).translate(_STAND_INS)
    groups = rf"[0-9]{{1,3}}(?:[{group} '][0-9]{{3}})+"
    number = re.fullmatch(rf"([0-9]+|{groups})(?:[{decimal_sign}]([0-9]+))?", text)
    return Reading(_NOT_DIGITS.sub("", number[1]), number[2] or "") if number else None


def scaled(read: Iterable[Reading], decimals: int) -> list[int]:
    """The readings with at most so many decimals, as whole numbers: 1.5 with two is 150."""
    # Zeros too many are left out as well: "1.500" may be somebody's fifteen hundred.
    fitting = (reading for reading in read if len(reading.fraction) <= decimals)
    return [int(reading.whole + reading.fraction.ljust(decimals, "0")) for reading in fitting]


def parse_whole(text: str) -> int:
    """A whole number typed by an admin, grouped in any habit or not; ValueError if none."""
    return _parse(text.strip(IGNORED_AT_THE_ENDS), 0)


def parse_change(text: str) -> int:
    """A whole number with or without a sign: +50, 50, −20 or -20; ValueError if none."""
    sign, unsigned = split_sign(text)
    return sign * parse_whole(unsigned)


def parse_percent(text: str) -> int:
    """Hundredths of a percent, typed like "19.5" or "20 %"; ValueError if it is none."""
    return _parse(text.strip(IGNORED_AT_THE_ENDS + "%٪"), 2)


def parse_percent_change(text: str) -> int:
    """Hundredths of a percent with or without a sign: +5, 5 %, −2,5; ValueError if it is none."""
    typed = text.strip(IGNORED_AT_THE_ENDS + "%٪")
    sign, unsigned = split_sign(typed)
    return sign * parse_percent(unsigned)


def split_sign(text: str) -> tuple[int, str]:
    """1 or -1, and the text without the sign in front."""
    typed = text.strip(IGNORED_AT_THE_ENDS)
    sign = _SIGNS.get(typed[:1])
    return (1, typed) if sign is None else (sign, typed[1:].strip(IGNORED_AT_THE_ENDS))


def _parse(typed: str, decimals: int) -> int:
    # Fewer than three decimals leave one reading at most.
    found = scaled(readings(typed), decimals) if len(typed) <= LONGEST else []
    if not found:
        raise ValueError(f"no number with {decimals} decimals: {typed[: LONGEST + 1]!r}")
    return found[0]


def western_digits(text: str) -> str:
    """The text with the digits of any script as 0 to 9.

    Not by NFKC: it turns 19² into 192 and "…" into three dots.
    """
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def whole_number(text: str, most: int) -> int | None:
    """The number that the digits 0 to 9 alone write, up to `most`; None for anything else."""
    # Python refuses to read thousands of digits, and no column holds more than nineteen.
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        return None
    number = int(text)
    return number if number <= most else None


@lru_cache(maxsize=256)
def system(locale: Locale) -> str:
    """The locale's way to write numbers, as Babel calls it; "latn" for any we have no digits of."""
    usual = locale.default_numbering_system
    return usual if usual in _DIGITS else "latn"


def in_digits(text: str, locale: Locale) -> str:
    """The text with the digits 0 to 9 as the locale writes them."""
    digits = _DIGITS.get(system(locale))
    return text.translate(digits) if digits else text


@lru_cache(maxsize=4096)
def whole(number: int, locale: Locale) -> str:
    """A whole number from 0 in groups: 1,000, 1.000 or ١٬٠٠٠."""
    return grouped(str(number), 0, _grouping(locale), locale)


@lru_cache(maxsize=4096)
def signed(number: int, locale: Locale) -> str:
    """+50, −20 or 0. In Arabic with a mark that keeps the sign on the side where it is read."""
    return f"{_sign(number, locale) if number else ''}{whole(abs(number), locale)}"


def _sign(number: int, locale: Locale) -> str:
    symbols = locale.number_symbols[system(locale)]
    return str(symbols["plusSign" if number > 0 else "minusSign"]).replace("-", "−")


def grouped(digits: str, decimals: int, grouping: tuple[int, int], locale: Locale) -> str:
    """The number with these digits, the last of them `decimals`; groups hold so many digits, at
    the end and before. Babel does the same in ten times the time, and a list shows hundreds."""
    group, point = _signs(locale)
    size, next_size = grouping
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :]
    groups = []
    while len(whole) > size:
        groups.append(whole[-size:])
        whole, size = whole[:-size], next_size
    number = group.join([whole, *reversed(groups)])
    return in_digits(f"{number}{point}{fraction}" if fraction else number, locale)


@lru_cache(maxsize=256)
def _grouping(locale: Locale) -> tuple[int, int]:
    sizes: tuple[int, int] = locale.decimal_formats[None].grouping
    return sizes


@lru_cache(maxsize=256)
def _signs(locale: Locale) -> tuple[str, str]:
    """What stands between groups and before decimals."""
    name = system(locale)
    return (
        get_group_symbol(locale, numbering_system=name),
        get_decimal_symbol(locale, numbering_system=name),
    )


def decimal_text(number: int, decimals: int, locale: Locale) -> str:
    """The number, the last of whose digits are `decimals`, as it is typed: 1950 as 19.5 or 19,5."""
    digits = str(number).zfill(decimals + 1)
    whole, fraction = digits[:-decimals], digits[-decimals:].rstrip("0")
    return f"{whole}{get_decimal_symbol(locale)}{fraction}" if fraction else whole


def percent(number: int | Decimal, locale: Locale) -> str:
    """12 as 12%, %12, 12 % or ١٢٪; 19.5 with its decimals."""
    text = format_percent(
        Decimal(number) / 100,
        locale=locale,
        decimal_quantization=False,
        numbering_system=system(locale),
    )
    sign = locale.number_symbols[system(locale)]["percentSign"]
    return in_digits(text.replace("%", sign), locale)


def tax_rate(basis_points: int, locale: Locale) -> str:
    """1950 as 19.5%."""
    return percent(Decimal(basis_points) / 100, locale)


@lru_cache(maxsize=4096)
def percent_change(old: int, new: int, locale: Locale) -> str:
    """How much more or less `new` is than `old`: +5.0%, −3,4 %, +%5,0.

    "" where there is nothing to say: nothing changed, or there is no percentage of 0.
    """
    if not old or old == new:
        return ""
    return f"{_sign(new - old, locale)}{Difference(old, new).write(locale)}"


def average_change(pairs: Iterable[tuple[int, int]], locale: Locale) -> str:
    """How much more or less the second of each pair is than the first, on average of the
    percentages: +5.0%. "" where no pair has one."""
    changes = [Fraction(new - old, old) for old, new in pairs if old]
    if not changes:
        return ""
    mean = sum(changes, Fraction(0)) / len(changes)
    old, new = mean.denominator, mean.denominator + mean.numerator
    return percent_change(old, new, locale) or Difference(old, new).write(locale)


@dataclass(frozen=True, slots=True)
class Difference:
    """How far `new` is from `old`, in per cent of `old`: 5.0%, 3,4 %, %5,0. Rounded half up, but
    it is less than all as long as something is left."""

    old: int
    new: int

    def write(self, locale: Locale) -> str:
        tenths = (2 * 1000 * abs(self.new - self.old) + self.old) // (2 * self.old)
        return _percent_of_tenths(min(tenths, 999) if 0 < self.new < self.old else tenths, locale)


def _percent_of_tenths(tenths: int, locale: Locale) -> str:
    pattern = parse_pattern(locale.percent_formats[None].pattern)
    digits = grouped(str(tenths).zfill(2), 1, pattern.grouping, locale)
    sign = locale.number_symbols[system(locale)]["percentSign"]
    before, after = (part[0].replace("%", sign) for part in (pattern.prefix, pattern.suffix))
    return f"{before}{digits}{after}"
