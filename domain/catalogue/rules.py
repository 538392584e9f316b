"""What the fields of items may hold. Pure; the database repeats the limits as CHECKs."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from domain import countries, money
from domain.invisibles import has_invisible
from domain.messages import message

NAME_LIMIT = 80
NOTE_LIMIT = 500

# What an admin decides about an item, its place apart: a named tuple with a field for each thing
# that is decided. A large catalogue has thousands, and frozen dataclasses take four times as long.
Values = Any
Rules = Mapping[str, Callable[..., object]]

# Unicode's Cc and Cs.
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class InvalidText(ValueError):
    """The text breaks a rule; the message says what to type instead."""


def clean_text(text: str, limit: int) -> str:
    """`text` in NFC without space around it, at most `limit` code points on one line."""
    text = unicodedata.normalize("NFC", text).strip()
    if CONTROLS.search(text):
        raise InvalidText(
            message("Write it on one line, without tabs or other control characters.")
        )
    if has_invisible(text):
        raise InvalidText(
            message("It holds an invisible character. Delete it and type the text by hand.")
        )
    return check_length(text, limit)


def check_length(text: str, limit: int) -> str:
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


def clean_lines(text: str, limit: int) -> str:
    """Like other texts, but it may have several lines."""
    lines = text.replace("\r\n", "\n").strip().split("\n")
    return check_length("\n".join(clean_text(line, limit) for line in lines), limit)


def clean_note(text: str) -> str:
    return clean_text(text, NOTE_LIMIT)


def check_currency(code: str) -> str:
    if code not in money.CURRENCIES:
        raise InvalidText(message("Choose a currency from the list."))
    return code


def check_country(code: str) -> str:
    if code not in countries.CODES:
        raise InvalidText(message("Choose a country from the list."))
    return code


def problems(values: Values, rules: Rules) -> dict[str, str]:
    """A sentence for each field of `values` that breaks its rule, empty when none does."""
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
