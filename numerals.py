"""Numbers as a locale writes them, in the digits that are usual there. Pure."""

from babel import Locale
from babel.numbers import format_decimal, format_percent

# Babel knows where these are usual, but always writes the digits as 0 to 9 and the sign as %.
_DIGITS = {
    "arab": str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"),
    "arabext": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"),
}


def system(locale: Locale) -> str:
    """The locale's way to write numbers, as Babel calls it; "latn" for any we have no digits of."""
    usual = locale.default_numbering_system
    return usual if usual in _DIGITS else "latn"


def in_digits(text: str, locale: Locale) -> str:
    """The text with the digits 0 to 9 as the locale writes them."""
    return text.translate(_DIGITS.get(system(locale), {}))


def whole(number: int, locale: Locale) -> str:
    """A whole number in groups: 1,000, 1.000 or ١٬٠٠٠."""
    text = format_decimal(number, locale=locale, numbering_system=system(locale))
    return in_digits(text, locale)


def percent(number: int, locale: Locale) -> str:
    """12 as 12%, %12, 12 % or ١٢٪."""
    text = format_percent(number / 100, locale=locale, numbering_system=system(locale))
    sign = locale.number_symbols[system(locale)]["percentSign"]
    return in_digits(text.replace("%", sign), locale)
