"""Numbers in digits: read from a request, and written as a locale writes them. Pure."""

from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_percent, get_decimal_symbol, get_group_symbol, parse_pattern

# Babel knows where these are usual, but always writes the digits as 0 to 9 and the sign as %.
_DIGITS = {
    "arab": str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"),
    "arabext": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"),
}


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


@lru_cache(maxsize=4096)
def percent_change(old: int, new: int, locale: Locale) -> str:
    """How much more or less `new` is than `old`, rounded half up: +5.0%, −3,4 %, +%5,0.

    "" where there is nothing to say: nothing changed, or there is no percentage of 0.
    """
    if not old or old == new:
        return ""
    tenths = (2 * 1000 * abs(new - old) + old) // (2 * old)
    pattern = parse_pattern(locale.percent_formats[None].pattern)
    digits = grouped(str(tenths).zfill(2), 1, pattern.grouping, locale)
    symbols = locale.number_symbols[system(locale)]
    sign = symbols["plusSign" if new > old else "minusSign"].replace("-", "−")
    before, after = (
        part[0].replace("%", symbols["percentSign"]) for part in (pattern.prefix, pattern.suffix)
    )
    return f"{sign}{before}{digits}{after}"
