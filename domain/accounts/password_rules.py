"""What can become a password: NIST SP 800-63B-4, 3.1.1.2, and OWASP ASVS 5.0.0, 6.2. Pure.

At least 15 characters, all of Unicode among them, and none asked for; nothing is cut off.
"""

import unicodedata

from domain.accounts.errors import UnfitPassword
from domain.accounts.password_strength import is_easy_to_guess
from domain.invisibles import one_line, without_invisibles
from domain.messages import message

FEWEST_CHARACTERS = 15
MOST_BYTES = 1024
# So many fit whatever they are: none takes more bytes than four.
ALWAYS_FIT = MOST_BYTES // 4


def check_new_password(password: str, *known: str) -> bytes:
    """What is hashed of the new `password`. Raises UnfitPassword.

    `known` is what others know about its admin: email, name, the hosts of Scrip.
    """
    prepared = as_bytes(password)
    if prepared is None:
        raise UnfitPassword(
            message("The password is too long. Use at most %(most)s characters.", most=ALWAYS_FIT)
        )
    if count_characters(password) < FEWEST_CHARACTERS:
        raise UnfitPassword(
            message(
                "The password is too short. Use at least %(fewest)s characters, for example four "
                "words that do not belong together.",
                fewest=FEWEST_CHARACTERS,
            )
        )
    if is_easy_to_guess(password, known):
        raise UnfitPassword(
            message(
                "The password is easy to guess. Use three or four words that do not belong "
                "together."
            )
        )
    return prepared


def is_weak(password: str, *known: str) -> bool:
    """Whether it would be refused as a new one."""
    try:
        check_new_password(password, *known)
    except UnfitPassword:
        return True
    return False


def count_characters(password: str) -> int:
    """As people see them: spaces in a row are one, and so is "ﷺ", which NFKC makes 18."""
    seen = one_line(without_invisibles(password))
    return min(len(seen), len(unicodedata.normalize("NFKC", seen)))


def as_bytes(password: str) -> bytes | None:
    """The same for every way to type the same text; None for what is no text, or too long."""
    try:
        prepared = unicodedata.normalize("NFKC", password).encode()
    except UnicodeEncodeError:
        return None
    return prepared if len(prepared) <= MOST_BYTES else None
