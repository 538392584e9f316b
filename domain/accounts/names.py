"""What an admin is called. Pure; the database repeats the limits as CHECKs."""

import re
import unicodedata

from domain.accounts.errors import UnfitName
from domain.invisibles import has_unseen, one_line, without_invisibles
from domain.messages import message

NAME_CHARACTERS = 80
# What pages say for the reader and for nobody known, in every language that admins read.
OUR_WORDS = frozenset({"you", "siz", "an unknown author", "bilinmeyen bir kişi"})


def clean_display_name(text: str) -> str:
    """The name in NFC, with single spaces between its words. Raises UnfitName."""
    name = one_line(text)
    if not any(char.isalnum() for char in name):
        raise UnfitName(message("Enter your name, for example Deniz Kaya."))
    if has_unseen(name):
        raise UnfitName(message("It holds an invisible character. Type the name by hand."))
    if "@" in unicodedata.normalize("NFKC", name):
        raise UnfitName(message("Enter your name without an @, for example Deniz Kaya."))
    if look_of(name) in OUR_WORDS:
        raise UnfitName(
            message("Scrip uses these words itself. Enter your name, for example Deniz Kaya.")
        )
    if len(name) > NAME_CHARACTERS:
        raise UnfitName(
            message("The name is too long. Use at most %(most)s characters.", most=NAME_CHARACTERS)
        )
    return name


def look_of(name: str) -> str:
    """The same for names that are told apart by case, width, dots on an i or invisibles only.

    Letters of other scripts that look alike (a Cyrillic "а") and accents make another name: the
    email, shown with the pointer on the name, tells whose it is.
    """
    folded = unicodedata.normalize("NFKC", without_invisibles(name)).casefold()
    return unicodedata.normalize("NFKC", folded).replace("i\u0307", "i").replace("ı", "i")


def name_from(email: str) -> str:
    """What an admin is called before saying so: "Deniz Kaya" for deniz.kaya@example.com."""
    local = email.partition("@")[0]
    words = re.split(r"[._+\s-]+", local.partition("+")[0] or local)
    name = " ".join(word[:1].upper() + word[1:] for word in words if word)
    try:
        return clean_display_name(name[:NAME_CHARACTERS])
    except UnfitName:
        return email[:NAME_CHARACTERS]
