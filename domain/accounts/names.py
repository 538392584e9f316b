"""What an admin is called. Pure; the database repeats the limits as CHECKs."""

import re
import unicodedata

from domain.accounts.errors import UnfitName
from domain.messages import message

NAME_CHARACTERS = 80
# They show as nothing, but Persian and Indian names are written with them.
JOINERS = "\u200c\u200d"


def clean_display_name(text: str) -> str:
    """The name in NFC, with single spaces between its words. Raises UnfitName."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not any(char.isalnum() for char in name):
        raise UnfitName(message("Enter your name, for example Deniz Kaya."))
    if not all(char.isprintable() or char in JOINERS for char in name):
        raise UnfitName(message("It holds an invisible character. Type the name by hand."))
    if len(name) > NAME_CHARACTERS:
        raise UnfitName(
            message("The name is too long. Use at most %(most)s characters.", most=NAME_CHARACTERS)
        )
    return name


def name_from(email: str) -> str:
    """What an admin is called before saying so: "Deniz Kaya" for deniz.kaya@example.com."""
    local = email.partition("@")[0]
    words = re.split(r"[._+\s-]+", local.partition("+")[0] or local)
    name = " ".join(word[:1].upper() + word[1:] for word in words if word)
    return (name or email)[:NAME_CHARACTERS].strip()
