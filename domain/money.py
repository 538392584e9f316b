"""Money is a whole number of minor units and an ISO 4217 code. Here it is read and written."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import (
    get_currency_name,
    get_currency_precision,
    get_currency_symbol,
    get_decimal_symbol,
    parse_pattern,
)

from domain import countries, numbers
from domain.languages import LANGUAGES
from domain.messages import Message, message

CURRENCIES: tuple[str, ...] = tuple(
    sorted({currency for code in countries.CODES for currency in countries.currencies(code)})
)

LIMIT_MINOR = 10**12

# CLDR drops decimals that are no longer used in cash; payments count in those of ISO 4217. All of
# CURRENCIES was compared with ISO's list one (SIX, 2024-06-25; XCG with a copy of February 2026):
# these thirteen differ.
_ISO_EXPONENTS = {
    "IQD": 3,
    **dict.fromkeys(("AFN", "ALL", "IRR", "KPW", "LAK", "LBP", "MGA"), 2),
    **dict.fromkeys(("MMK", "RSD", "SOS", "SYP", "YER"), 2),
}

# Each can mean one price only, whoever reads it.
_EXAMPLES_MINOR = {0: 1500, 2: 1999, 3: 750}

# What people write for a currency besides its code, its name and the sign that CLDR has for it.
_USUAL_SIGNS = {
    "$": "ARS AUD BBD BMD BND BSD BZD CAD CLP COP CUP CVE DOP FJD GYD HKD JMD KYD LRD MXN NAD NZD "
    "SBD SGD SRD TTD TWD USD UYU XCD",
    "£": "EGP FKP GBP GIP LBP SDG SHP SSP SYP",
    "¥": "CNY JPY",
    "￥": "CNY JPY",
    "kr": "DKK ISK NOK SEK",
    "rs": "INR LKR MUR NPR PKR SCR",
    "₨": "LKR MUR NPR PKR SCR",
    **{"₺": "TRY", "TL": "TRY", "US$": "USD", "C$": "CAD NIO", "S$": "SGD", "R": "ZAR"},
    **{"円": "JPY", "元": "CNY TWD", "zł": "PLN", "Kč": "CZK", "Ft": "HUF", "lei": "MDL RON"},
    **{
        "Fr.": "CHF",
        "SFr.": "CHF",
        "S/": "PEN",
        "RM": "MYR",
        "Rp": "IDR",
        "KD": "KWD",
        "BD": "BHD",
    },
    **{"₽": "RUB", "₴": "UAH", "₸": "KZT", "₾": "GEL", "₼": "AZN", "֏": "AMD", "₦": "NGN"},
    **{"₵": "GHS", "₡": "CRC", "₲": "PYG", "₱": "CUP PHP", "₮": "MNT", "₭": "LAK", "៛": "KHR"},
    **{"৳": "BDT", "฿": "THB", "₩": "KPW KRW"},
}

_NOT_IN_NUMBERS = re.compile(r"[^0-9.,'’٫٬．，\s]")
# Around what begins and ends with a digit.
_PARTS = re.compile(r"([^0-9]*)((?:[0-9].*)?[0-9])?([^0-9]*)", re.DOTALL)
_NOT_IN_SIGNS = re.compile(rf"[\s{numbers.DIRECTION_MARKS}]")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


class PriceError(ValueError):
    """A price that cannot be taken; the text tells the admin what to type instead."""


class AmbiguousPrice(PriceError):
    """Two habits read two prices in what was typed, which only its author can decide between.

    `readings` are both in minor units, the lower one first; the text asks for one of them.
    """

    def __init__(self, readings: Sequence[int], currency: str, locale: Locale) -> None:
        one, other = (amount(minor, currency, locale) for minor in readings)
        super().__init__(message("Is that %(one)s or %(other)s?", one=one, other=other))
        self.readings = tuple(readings)


@dataclass(frozen=True)
class UnitPrice:
    """`minor` minor units for `per` credits."""

    minor: int
    per: int


@dataclass(frozen=True, slots=True)
class Price:
    """A price within a message."""

    minor: int
    currency: str

    def write(self, locale: Locale) -> str:
        return format(self.minor, self.currency, locale)


@lru_cache(maxsize=512)
def exponent(currency: str) -> int:
    """Number of decimals of a currency: 2 for USD, 0 for JPY, 3 for KWD."""
    return _ISO_EXPONENTS.get(currency, get_currency_precision(currency))


def name(currency: str, locale: Locale) -> str:
    """Name of a currency in the locale; the youngest (XCG, ZWG) Babel knows in English only."""
    return str(locale.currencies.get(currency) or Locale("en").currencies[currency])


def plural_name(currency: str, locale: Locale) -> str:
    """What prices are named in: "US dollars", "euros"."""
    named = get_currency_name(currency, count=100, locale=locale)
    return named if named != currency else name(currency, locale)


@lru_cache(maxsize=64)
def choices(locale: Locale) -> tuple[tuple[str, str], ...]:
    """(code, "TRY – Turkish Lira") of every currency on offer, sorted by code."""
    return tuple((code, f"{code} – {name(code, locale)}") for code in CURRENCIES)


def parse(text: str, currency: str, locale: Locale, shown: str = "") -> int:
    """Minor units of a price typed by an admin in any habit; PriceError unless it can mean one
    price only, AmbiguousPrice where it can mean two.

    `shown` is the `plain` number that the form wrote into the field: the same text back means it.
    """
    typed = text.strip(numbers.IGNORED_AT_THE_ENDS)
    if len(typed) > numbers.LONGEST:
        raise PriceError(
            message("That is too long for a price. %(advice)s", advice=_advice(currency, locale))
        )
    number = _without_sign(numbers.western_digits(typed), currency, locale)
    readings = _shown_reading(number, shown, locale) or numbers.readings(number)
    if not readings:
        raise PriceError(_explain(number, currency, locale))
    found = sorted(numbers.scaled(readings, exponent(currency)))
    if not found:
        raise PriceError(_too_exact(currency, locale))
    if found[-1] > LIMIT_MINOR:
        highest = amount(LIMIT_MINOR, currency, locale)
        raise PriceError(message("That price is too high. Type at most %(most)s.", most=highest))
    if len(found) > 1:
        raise AmbiguousPrice(found, currency, locale)
    return found[0]


@lru_cache(maxsize=4096)
def format(minor: int, currency: str, locale: Locale) -> str:
    """Price as the locale writes it, always with the currency's own decimals: ₺1.299,50."""
    decimals = exponent(currency)
    before, after, grouping = _around_price(currency, locale, is_negative=minor < 0)
    digits = str(abs(minor)).zfill(decimals + 1)
    return f"{before}{numbers.grouped(digits, decimals, grouping, locale)}{after}"


def plain(minor: int, currency: str) -> str:
    """Price as a number that every program reads alike, without regard to who looks: 1299.50."""
    decimals = exponent(currency)
    digits = str(minor).zfill(decimals + 1)
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits


def input_value(minor: int, currency: str, locale: Locale) -> str:
    """Price as text for the form field, without grouping; `parse` gives the same price back if it
    is told the `plain` number too."""
    return field_text(plain(minor, currency), locale)


def field_text(number: str, locale: Locale) -> str:
    """A `plain` number as text for the form field; "" for what is none."""
    return number.replace(".", get_decimal_symbol(locale)) if _NUMBER.fullmatch(number) else ""


def example(currency: str, locale: Locale) -> str:
    """A believable price for the field's hint: 19.99, in German 19,99, for JPY 1500."""
    return input_value(_EXAMPLES_MINOR.get(exponent(currency), 1999), currency, locale)


def amount(minor: int, currency: str, locale: Locale) -> str:
    """An amount without its currency, grouped as the locale does: 1,234.50."""
    decimals = exponent(currency)
    pattern = parse_pattern(locale.decimal_formats[None].pattern)
    pattern.frac_prec = (decimals, decimals)
    return str(pattern.apply(Decimal(minor).scaleb(-decimals), locale))


def unit_price(price_minor: int, credits: int) -> UnitPrice:
    """Price of one credit, or of the fewest of 100, 10,000, … worth at least one minor unit.

    Rounded half up to whole minor units. ValueError for a price below 0 or fewer than 1 credits.
    """
    if price_minor < 0 or credits < 1:
        raise ValueError(f"no unit price for {price_minor} minor units and {credits} credits")
    if price_minor == 0:
        return UnitPrice(0, 1)
    per = 1
    while price_minor * per < credits:
        per *= 100
    return UnitPrice(price_of(per, price_minor, credits), per)


def price_of(count: int, price_minor: int, credits: int) -> int:
    """What so many credits cost at this price, rounded half up to whole minor units."""
    return (2 * price_minor * count + credits) // (2 * credits)


def nothing_typed(currency: str, locale: Locale) -> Message:
    """What to say where a price is missing."""
    hint = example(currency, locale)
    return message(
        "Type a price, for example %(example)s. For a free package type 0.", example=hint
    )


def _shown_reading(typed: str, shown: str, locale: Locale) -> list[numbers.Reading]:
    """What the typed text means if it is the one that the form wrote."""
    whole, _point, fraction = shown.partition(".")
    is_same = typed == field_text(shown, locale) != ""
    return [numbers.Reading(whole, fraction)] if is_same else []


def _without_sign(typed: str, currency: str, locale: Locale) -> str:
    """The number alone. A currency may be written before or behind it, if it is its own."""
    match = _PARTS.fullmatch(typed)
    before, number, after = match.groups("") if match else ("", "", "")
    for part in (before, after):
        sign = _NOT_IN_SIGNS.sub("", part)
        owners = _signs(locale).get(sign.casefold(), ())
        # "Fr.50" may be 50 francs or half a one.
        if sign and (not owners or before.endswith(".")):
            raise PriceError(_explain(typed, currency, locale))
        if owners and currency not in owners:
            raise PriceError(
                message(
                    "That price is in %(sign)s, not in %(currency)s. Change the price or the "
                    "currency.",
                    sign=sign,
                    currency=currency,
                )
            )
    if not number:
        raise PriceError(nothing_typed(currency, locale))
    return number


@lru_cache(maxsize=64)
def _signs(locale: Locale) -> dict[str, set[str]]:
    """The currencies that each sign, code and name stands for, in the reader's language or ours."""
    owners = defaultdict(set)
    for currency in CURRENCIES:
        for reader in {locale, *map(Locale, LANGUAGES)}:
            for sign in (currency, get_currency_symbol(currency, reader), name(currency, reader)):
                owners[_NOT_IN_SIGNS.sub("", sign).casefold()].add(currency)
    for sign, currencies in _USUAL_SIGNS.items():
        owners[sign.casefold()].update(currencies.split())
    return dict(owners)


def _explain(typed: str, currency: str, locale: Locale) -> Message:
    """Why the text is no price, and what to type instead."""
    hint = example(currency, locale)
    if re.match("[^0-9]*[-−]", typed):
        return message(
            "A price cannot be below zero. Type 0 or more, for example %(example)s.", example=hint
        )
    if _NOT_IN_NUMBERS.search(typed):
        return message("Type only the number, for example %(example)s.", example=hint)
    return _advice(currency, locale)


def _too_exact(currency: str, locale: Locale) -> Message:
    decimals, advice = str(exponent(currency)), _advice(currency, locale)
    parts = {"currency": currency, "decimals": decimals, "advice": advice}
    if not exponent(currency):
        return message("%(currency)s has no decimals. %(advice)s", **parts)
    return message("%(currency)s has %(decimals)s decimals. %(advice)s", **parts)


def _advice(currency: str, locale: Locale) -> Message:
    """What a price in this currency and locale looks like."""
    decimals = exponent(currency)
    if not decimals:
        return message(
            "Type a whole number, for example %(example)s.", example=amount(1500, currency, locale)
        )
    minor = 12345 * 10 ** (decimals - 1)
    return message(
        "Type the price like %(plain)s or %(grouped)s.",
        plain=input_value(minor, currency, locale),
        grouped=amount(minor, currency, locale),
    )


@lru_cache(maxsize=4096)
def _around_price(
    currency: str, locale: Locale, *, is_negative: bool
) -> tuple[str, str, tuple[int, int]]:
    """What the locale writes before and behind an amount, and how many digits it groups.

    A symbol that ends in a letter stands off from the digits (CHF 5.00, but $5.00): a rule of
    CLDR that Babel leaves out. Among Arabic or Hebrew, a mark keeps the end of US$ in its place.
    """
    text = locale.currency_formats["standard"].pattern
    symbol = get_currency_symbol(currency, locale)
    if unicodedata.category(symbol[-1])[0] not in "SZ":
        text = re.sub("¤(?=[#0])", "¤\u00a0", text)
    if unicodedata.category(symbol[0])[0] not in "SZ":
        text = re.sub("(?<=[#0])¤", "\u00a0¤", text)
    if locale.text_direction == "rtl" and re.search("[A-Z]", symbol):
        text = text.replace("¤", "¤\u200e")
    pattern = parse_pattern(text)
    around = (pattern.prefix[is_negative], pattern.suffix[is_negative])
    before, after = (part.replace("¤", symbol) for part in around)
    return before, after, pattern.grouping
