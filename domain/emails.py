"""What is the address of one mailbox that mail can go to. Pure."""

import re
import unicodedata

import idna

from domain.invisibles import has_invisible
from domain.messages import message

# RFC 3696, erratum 1690; of the local part, RFC 5321.
EMAIL_CHARACTERS = 254
LOCAL_CHARACTERS = 64
# Letters of all scripts: who takes mail for them can read them. Nothing that needs quotes.
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")


class UnfitAddress(ValueError):
    """This text is no address; says what to type instead."""


def normal_address(text: str) -> str:
    """The one spelling in which an address is kept and shown. Raises UnfitAddress."""
    address = unicodedata.normalize("NFKC", text).strip().lower()
    if has_invisible(address):
        raise UnfitAddress(message("It holds an invisible character. Type the email by hand."))
    if len(address) > EMAIL_CHARACTERS:
        raise UnfitAddress(
            message(
                "The email is too long. Use at most %(most)s characters.", most=EMAIL_CHARACTERS
            )
        )
    if split_address(address) is None:
        raise UnfitAddress(message("Enter an email address, like name@example.com."))
    return address


def address_key(address: str) -> str:
    """The same for all spellings of one mailbox: a@münchen.example and a@xn--mnchen-3ya.example.
    Takes an address in its normal spelling."""
    parts = split_address(address)
    if parts is None:
        raise ValueError(address)
    return f"{parts[0]}@{parts[1]}"


def mailbox_key(address: str) -> str:
    """For limits: most mail servers put what goes to ana+shop@example.com where ana's mail goes."""
    local, _, domain = address_key(address).rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def split_address(text: str) -> tuple[str, str] | None:
    """The name of the mailbox, and the domain as it is asked for in DNS; None when the text is no
    address."""
    local, _, domain = text.rpartition("@")
    dns = dns_name(domain)
    if dns is None or len(local) > LOCAL_CHARACTERS or not _LOCAL.fullmatch(local):
        return None
    return local, dns


def dns_name(domain: str) -> str | None:
    """The domain as it is asked for in DNS; None when it cannot be one, or is a number."""
    try:
        name = idna.encode(domain, uts46=True).decode()
    except (ValueError, IndexError):
        return None
    is_number = name.rpartition(".")[2].isdecimal()
    return None if is_number or name.endswith(".") else name
