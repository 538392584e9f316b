"""What may be said of a customer. Pure; the database repeats the limits as CHECKs."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal, get_args

from domain import countries
from domain.customers.errors import (
    UnfitChoice,
    UnfitDay,
    UnfitName,
    UnfitNote,
    UnfitReason,
    UnfitTag,
)
from domain.invisibles import has_invisible, has_unseen, one_line
from domain.languages import LANGUAGES
from domain.messages import message

SUBJECT_CHARACTERS = 255
NAME_CHARACTERS = 120
TAG_CHARACTERS = 30
MOST_TAGS = 20
NOTE_CHARACTERS = 2000
DEVICE_CHARACTERS = 80
REASON_CHARACTERS = 200
# What is given by hand.
GivingKind = Literal["gift", "correction"]
GIVING_KINDS: tuple[GivingKind, ...] = get_args(GivingKind)
# The ledger takes no end that is more than a hundred years ahead.
LONGEST_VALIDITY = timedelta(days=36500)
# Words of names, and emails, by which customers are found; longer ones are cut.
WORD_CHARACTERS = 80
MOST_WORDS = 20


def clean_name(text: str) -> str:
    """The name in NFC, with single spaces between its words; "" for none. Raises UnfitName."""
    name = one_line(text)
    if has_unseen(name):
        raise UnfitName(message("It holds an invisible character. Type the name by hand."))
    if len(name) > NAME_CHARACTERS:
        raise UnfitName(
            message("The name is too long. Use at most %(most)s characters.", most=NAME_CHARACTERS)
        )
    return name


def clean_tag(text: str) -> str:
    """The tag in NFC, with single spaces between its words. Raises UnfitTag."""
    tag = one_line(text)
    if not any(char.isalnum() for char in tag):
        raise UnfitTag(message("Enter a tag, for example VIP."))
    if has_unseen(tag):
        raise UnfitTag(message("It holds an invisible character. Type the tag by hand."))
    if len(tag) > TAG_CHARACTERS:
        raise UnfitTag(
            message("The tag is too long. Use at most %(most)s characters.", most=TAG_CHARACTERS)
        )
    return tag


def clean_note(text: str) -> str:
    """What was written, without space around it and with one kind of line end. Raises UnfitNote."""
    note = unicodedata.normalize("NFC", "\n".join(text.splitlines())).strip()
    if not note:
        raise UnfitNote(message("Enter a text."))
    if "\0" in note or has_invisible(note.replace("\n", " ")):
        raise UnfitNote(message("It holds an invisible character. Type the text by hand."))
    if len(note) > NOTE_CHARACTERS:
        raise UnfitNote(
            message("The text is too long. Use at most %(most)s characters.", most=NOTE_CHARACTERS)
        )
    return note


def clean_reason(text: str) -> str:
    """Why credits are given or taken: one line in NFC. Raises UnfitReason."""
    reason = one_line(text)
    if not reason:
        raise UnfitReason(message("Enter the reason, for example: the call dropped twice."))
    if has_unseen(reason):
        raise UnfitReason(message("It holds an invisible character. Type the reason by hand."))
    if len(reason) > REASON_CHARACTERS:
        raise UnfitReason(
            message(
                "The reason is too long. Use at most %(most)s characters.", most=REASON_CHARACTERS
            )
        )
    return reason


def check_language(code: str) -> None:
    """Raises UnfitChoice."""
    if code not in LANGUAGES:
        raise UnfitChoice(message("Choose a language from the list."))


def check_country(code: str) -> None:
    """ "" for a country that is not known. Raises UnfitChoice."""
    if code and code not in countries.CODES:
        raise UnfitChoice(message("Choose a country from the list."))


def check_last_day(day: date, today: date) -> None:
    """The last day on which credits are good. Raises UnfitDay."""
    if day < today:
        raise UnfitDay(message("This day is over. Choose today or a later day."))
    if day - today > LONGEST_VALIDITY:
        raise UnfitDay(message("Choose a day in the next 100 years, or leave it empty."))


def search_words(name: str, email: str) -> set[str]:
    """The words under which a customer is found: those of the name, and the email."""
    words = [*split_words(name), fold(email)] if email else split_words(name)
    return {word[:WORD_CHARACTERS] for word in [*words][:MOST_WORDS]}


def split_words(text: str) -> Iterator[str]:
    """Each word as it is looked for: without case and accents."""
    return (word for word in re.split(r"[\s,;]+", fold(text)) if word)


def fold(text: str) -> str:
    """The same for texts that people take for the same when they look for one: "Ayşe" and "ayse",
    "IŞIK" and "ışık"."""
    apart = unicodedata.normalize("NFKD", text.replace("ı", "i").casefold())
    return "".join(char for char in apart if not unicodedata.combining(char))
