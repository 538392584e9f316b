"""What may be said of a platform. Pure; the database repeats the limits as CHECKs."""

from typing import NamedTuple

from domain.invisibles import has_unseen, one_line
from domain.messages import message
from domain.origins import UnfitOrigin, normal_page, split_address
from domain.platforms.errors import UnfitPlatform

NAME_CHARACTERS = 80
URL_CHARACTERS = 500
KEY_ID_CHARACTERS = 32
MOST_PLATFORMS = 20
MOST_KEYS = 2


class PlatformValues(NamedTuple):
    """What admins say of a platform; `return_url` is where its users go back to."""

    name: str
    return_url: str
    trusts_emails: bool


def clean_name(text: str) -> str:
    """The name in NFC, with single spaces between its words. Raises UnfitPlatform."""
    name = one_line(text)
    if not name:
        raise UnfitPlatform(message("Enter a name, for example Lotus app."))
    if has_unseen(name):
        raise UnfitPlatform(message("It holds an invisible character. Type the name by hand."))
    if len(name) > NAME_CHARACTERS:
        raise UnfitPlatform(
            message("The name is too long. Use at most %(most)s characters.", most=NAME_CHARACTERS)
        )
    return name


def clean_url(text: str) -> str:
    """Raises UnfitOrigin."""
    return normal_page(text, URL_CHARACTERS)


def origin_of(address: str) -> str:
    """The origin of a page's address, as browsers name it; "" for what is no address."""
    try:
        return split_address(address)[0]
    except UnfitOrigin:
        return ""
