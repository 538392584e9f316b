"""What a package and the settings may hold. Pure; the database repeats the limits as CHECKs."""

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from domain import countries, money
from domain.messages import message

NAME_LIMIT = 80
SHORT_INFO_LIMIT = 280
INTRO_LIMIT = 500
NOTE_LIMIT = 500
CREDITS_LIMIT = 1_000_000_000
PRICE_LIMIT = money.LIMIT_MINOR

# Unicode's Cc and Cs.
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# Bidi controls (Unicode's Bidi_Control property), characters that show as nothing at all, and
# joiners with nothing to join; in an emoji or a Persian word they have.
INVISIBLES = re.compile(
    "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff\u2028\u2029\ufffd]"
    r"|(?:^|[\s\u200c\u200d])[\u200c\u200d]|[\u200c\u200d]\Z|[\u200c\u200d]\s"
)


class InvalidText(ValueError):
    """The text breaks a rule; the message says what to type instead."""


# Named tuples: a large catalogue has thousands, and frozen dataclasses take four times as long.
class PackageValues(NamedTuple):
    """What an admin decides about a package, its place apart."""

    name: str
    credits: int
    price_minor: int
    currency: str
    country: str
    short_info: str = ""


class SettingsValues(NamedTuple):
    """What buyers see besides packages."""

    platform_name: str
    default_country: str
    intro_text: str = ""


PACKAGE_FIELDS = PackageValues._fields
SETTINGS_FIELDS = SettingsValues._fields
INITIAL_SETTINGS = SettingsValues("Our platform", "US")


def clean_text(text: str, limit: int) -> str:
    """`text` in NFC without space around it, at most `limit` code points on one line."""
    text = unicodedata.normalize("NFC", text).strip()
    if CONTROLS.search(text):
        raise InvalidText(
            message("Write it on one line, without tabs or other control characters.")
        )
    if INVISIBLES.search(text):
        raise InvalidText(
            message("It holds an invisible character. Delete it and type the text by hand.")
        )
    return _check_length(text, limit)


def _check_length(text: str, limit: int) -> str:
    if len(text) > limit:
        raise InvalidText(
            message(
                "It has %(length)s characters. Shorten it to %(limit)s.",
                length=len(text),
                limit=limit,
            )
        )
    return text


def clean_name(text: str) -> str:
    name = clean_text(text, NAME_LIMIT)
    if not any(unicodedata.category(char)[0] in "LNPS" for char in name):
        raise InvalidText(message("Enter a name, for example Starter."))
    return name


def clean_short_info(text: str) -> str:
    return clean_text(text, SHORT_INFO_LIMIT)


def clean_intro(text: str) -> str:
    """Like other texts, but it may have several lines."""
    lines = text.replace("\r\n", "\n").strip().split("\n")
    intro = "\n".join(clean_text(line, INTRO_LIMIT) for line in lines)
    return _check_length(intro, INTRO_LIMIT)


def clean_note(text: str) -> str:
    return clean_text(text, NOTE_LIMIT)


def check_credits(number: int) -> int:
    if not 1 <= number <= CREDITS_LIMIT:
        raise InvalidText(message("Enter a whole number from 1 to %(most)s.", most=CREDITS_LIMIT))
    return number


def check_price(minor: int) -> int:
    if not 0 <= minor <= PRICE_LIMIT:
        raise InvalidText(message("Enter a price from 0 up to a trillion of the smallest coins."))
    return minor


def check_currency(code: str) -> str:
    if code not in money.CURRENCIES:
        raise InvalidText(message("Choose a currency from the list."))
    return code


def check_country(code: str) -> str:
    if code not in countries.CODES:
        raise InvalidText(message("Choose a country from the list."))
    return code


_PACKAGE_RULES: dict[str, Callable[..., object]] = {
    "name": clean_name,
    "credits": check_credits,
    "price_minor": check_price,
    "currency": check_currency,
    "country": check_country,
    "short_info": clean_short_info,
}
_SETTINGS_RULES: dict[str, Callable[..., object]] = {
    "platform_name": clean_name,
    "default_country": check_country,
    "intro_text": clean_intro,
}


def problems(values: PackageValues | SettingsValues) -> dict[str, str]:
    """A sentence for each field of `values` that breaks its rule, empty when none does."""
    rules = _PACKAGE_RULES if isinstance(values, PackageValues) else _SETTINGS_RULES
    found: dict[str, str] = {}
    for name, rule in rules.items():
        value = getattr(values, name)
        try:
            if rule(value) != value:
                found[name] = message("Its text is not in the form that is stored.")
        except InvalidText as error:
            found[name] = error.args[0]
    return found


def fold(text: str) -> str:
    """`text` as a search compares it: no case, no accents, one kind of i."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return bare.replace("ı", "i")
