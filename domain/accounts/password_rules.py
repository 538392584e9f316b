"""What can become a password. Pure."""

import unicodedata

from domain.accounts.errors import UnfitPassword

FEWEST_CHARACTERS = 8
MOST_BYTES = 1024


def check_new_password(password: str, email: str) -> bytes:
    """What is hashed of the new `password` of `email`. Raises UnfitPassword."""
    prepared = as_bytes(password)
    if prepared is None:
        raise UnfitPassword(f"The password is too long. Use at most {MOST_BYTES} bytes of text.")
    if len(prepared.decode()) < FEWEST_CHARACTERS:
        raise UnfitPassword(
            f"The password is too short. Use at least {FEWEST_CHARACTERS} characters."
        )
    if prepared.decode().strip().casefold() == email.casefold():
        raise UnfitPassword("The password is the email. Use one that others cannot guess.")
    return prepared


def as_bytes(password: str) -> bytes | None:
    """The same for every way to type the same text; None for what is no text, or too long."""
    try:
        prepared = unicodedata.normalize("NFKC", password).encode()
    except UnicodeEncodeError:
        return None
    return prepared if len(prepared) <= MOST_BYTES else None
