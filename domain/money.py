"""Money is a whole number of minor units and an ISO 4217 code. Here it is read and written."""

import re
import string
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import (
    get_currency_precision,
    get_currency_symbol,
    get_decimal_symbol,
    get_group_symbol,
    parse_pattern,
)

from domain import countries, numbers
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

_EXAMPLES_MINOR = {0: 1500, 2: 1999, 3: 1234}

_SPACES = " \u00a0\u2009\u202f\u3000"
_APOSTROPHES = "'’"
# Direction marks come along, unseen, when a price is copied from an Arabic or Hebrew page.
_IGNORED_AT_THE_ENDS = string.whitespace + _SPACES + "\u200e\u200f\u061c"
_LONGEST = 24
_NOT_IN_NUMBERS = re.compile(rf"[^0-9.,{_APOSTROPHES}{_SPACES}]")


class PriceError(ValueError):
    """A price that cannot be taken; the text tells the admin what to type instead."""


@dataclass(frozen=True)
class UnitPrice:
    """`minor` minor units for `per` credits."""

    minor: int
    per: int


@dataclass(frozen=True)
class _Notation:
    """How a locale writes numbers, and what else may stand for its separators."""

    group: str
    number: re.Pattern[str]
    stand_ins: dict[int, str]


@lru_cache(maxsize=512)
def exponent(currency: str) -> int:
    """Number of decimals of a currency: 2 for USD, 0 for JPY, 3 for KWD."""
    return _ISO_EXPONENTS.get(currency, get_currency_precision(currency))


def name(currency: str, locale: Locale) -> str:
    """Name of a currency in the locale; the youngest (XCG, ZWG) Babel knows in English only."""
    return str(locale.currencies.get(currency) or Locale("en").currencies[currency])


@lru_cache(maxsize=64)
def choices(locale: Locale) -> tuple[tuple[str, str], ...]:
    """(code, "TRY – Turkish Lira") of every currency on offer, sorted by code."""
    return tuple((code, f"{code} – {name(code, locale)}") for code in CURRENCIES)


def parse(text: str, currency: str, locale: Locale) -> int:
    """Minor units of a price typed by an admin; PriceError unless it can mean one price only."""
    notation = _notation(locale)
    typed = text.strip(_IGNORED_AT_THE_ENDS)
    if len(typed) > _LONGEST:
        raise PriceError(
            message("That is too long for a price. %(advice)s", advice=_advice(currency, locale))
        )
    typed = _western_digits(typed).translate(notation.stand_ins)
    match = notation.number.fullmatch(typed)
    if not match:
        raise PriceError(_explain(typed, currency, locale))
    whole, fraction = match[1].replace(notation.group, ""), match[2] or ""
    decimals = exponent(currency)
    # Zeros too many are refused as well: "1.500" may be somebody's fifteen hundred.
    if len(fraction) > decimals:
        raise PriceError(_too_exact(currency, locale))
    minor = int(whole + fraction.ljust(decimals, "0"))
    if minor > LIMIT_MINOR:
        highest = _grouped(LIMIT_MINOR, decimals, locale)
        raise PriceError(message("That price is too high. Type at most %(most)s.", most=highest))
    return minor


def parse_whole(text: str, locale: Locale) -> int:
    """A whole number typed by an admin, grouped as in the locale or not; ValueError if none."""
    notation = _notation(locale)
    typed = text.strip(_IGNORED_AT_THE_ENDS)[: _LONGEST + 1]
    match = notation.number.fullmatch(_western_digits(typed).translate(notation.stand_ins))
    if not match or match[2] or len(typed) > _LONGEST:
        raise ValueError(f"not a whole number: {typed!r}")
    return int(match[1].replace(notation.group, ""))


def parse_percent(text: str, locale: Locale) -> int:
    """Hundredths of a percent, typed like "19.5" or "20 %"; ValueError if it is none."""
    typed = text.strip(_IGNORED_AT_THE_ENDS + "%٪")[: _LONGEST + 1]
    notation = _notation(locale)
    match = notation.number.fullmatch(_western_digits(typed).translate(notation.stand_ins))
    if not match or len(match[2] or "") > 2 or len(typed) > _LONGEST:
        raise ValueError(f"not a percentage: {typed!r}")
    return int(match[1].replace(notation.group, "") + (match[2] or "").ljust(2, "0"))


@lru_cache(maxsize=4096)
def format(minor: int, currency: str, locale: Locale) -> str:
    """Price as the locale writes it, always with the currency's own decimals: ₺1.299,50."""
    decimals = exponent(currency)
    before, after, grouping = _around_price(currency, locale, is_negative=minor < 0)
    digits = str(abs(minor)).zfill(decimals + 1)
    return f"{before}{numbers.grouped(digits, decimals, grouping, locale)}{after}"


def input_value(minor: int, currency: str, locale: Locale) -> str:
    """Price as text for the form field, without grouping; `parse` gives the same price back."""
    decimals = exponent(currency)
    digits = str(minor).zfill(decimals + 1)
    if not decimals:
        return digits
    return digits[:-decimals] + get_decimal_symbol(locale) + digits[-decimals:]


def example(currency: str, locale: Locale) -> str:
    """A believable price for the field's hint: 19.99, in German 19,99, for JPY 1500."""
    return input_value(_EXAMPLES_MINOR.get(exponent(currency), 1999), currency, locale)


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
    return UnitPrice((2 * price_minor * per + credits) // (2 * credits), per)


def nothing_typed(currency: str, locale: Locale) -> Message:
    """What to say where a price is missing."""
    hint = example(currency, locale)
    return message(
        "Type a price, for example %(example)s. For a free package type 0.", example=hint
    )


def _explain(typed: str, currency: str, locale: Locale) -> Message:
    """Why the text is no price in this locale, and what to type instead."""
    hint = example(currency, locale)
    if not typed:
        return nothing_typed(currency, locale)
    if typed[0] in "-−":
        return message(
            "A price cannot be below zero. Type 0 or more, for example %(example)s.", example=hint
        )
    if _NOT_IN_NUMBERS.search(typed):
        return message(
            "Type only the number, without letters or signs, for example %(example)s.",
            example=hint,
        )
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
            "Type a whole number, for example %(example)s.", example=_grouped(1500, 0, locale)
        )
    minor = 12345 * 10 ** (decimals - 1)
    plain, grouped = input_value(minor, currency, locale), _grouped(minor, decimals, locale)
    return message("Type the price like %(plain)s or %(grouped)s.", plain=plain, grouped=grouped)


def _western_digits(text: str) -> str:
    """The text with the digits of any script as 0 to 9.

    Not by NFKC: it turns 19² into 192 and "…" into three dots.
    """
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


@lru_cache(maxsize=64)
def _notation(locale: Locale) -> _Notation:
    decimal, group = get_decimal_symbol(locale), get_group_symbol(locale)
    last, others = locale.decimal_formats[None].grouping
    # No leading zero in a grouped number: "0,500" is half a dinar to many readers, never 500.
    grouped = (
        rf"[1-9][0-9]{{0,{others - 1}}}"
        rf"(?:{re.escape(group)}[0-9]{{{others}}})*{re.escape(group)}[0-9]{{{last}}}"
    )
    number = rf"({grouped}|[0-9]+)(?:{re.escape(decimal)}([0-9]+))?"
    same_as_group = next((kind for kind in (_SPACES, _APOSTROPHES) if group in kind), group)
    stand_ins = dict.fromkeys(same_as_group, group)
    stand_ins |= {"٫": decimal, "٬": group, "．": ".", "，": ","}
    return _Notation(group, re.compile(number), str.maketrans(stand_ins))


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


def _grouped(minor: int, decimals: int, locale: Locale) -> str:
    """An amount without its currency, grouped as the locale does: 1,234.50."""
    pattern = parse_pattern(locale.decimal_formats[None].pattern)
    pattern.frac_prec = (decimals, decimals)
    return str(pattern.apply(Decimal(minor).scaleb(-decimals), locale))
