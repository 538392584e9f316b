"""Who takes our mail, as MAIL_URL and MAIL_FROM name it. Pure."""

import re
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.policy import SMTP
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

import idna

from domain.invisibles import has_invisible, has_unseen


class Security(StrEnum):
    """How the way to the mail server is kept secret."""

    TLS = "tls"  # from the first byte on
    STARTTLS = "starttls"  # before anything is said that matters; without it nothing is
    NONE = "none"


# With the usual port. The last is for a server in a network of one's own, such as that of the
# containers.
SCHEMES = {
    "smtp": (Security.STARTTLS, 587),
    "smtps": (Security.TLS, 465),
    "smtp+plain": (Security.NONE, 25),
}


LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


class UnfitMailServer(Exception):
    """What is wrong with the settings, in a sentence; their values may hold a password."""


@dataclass(frozen=True)
class MailServer:
    """Where mail goes out, and as whom: `sender` is on every mail."""

    host: str
    port: int
    security: Security
    sender: Address
    user: str = ""
    password: str = field(default="", repr=False)


def read_mail_server(mail_url: str, mail_from: str) -> MailServer:
    """Raises UnfitMailServer."""
    try:
        url = urlsplit(mail_url)
        port = url.port
    except ValueError:
        raise _bad_url() from None
    is_more = url.path not in ("", "/") or url.query or url.fragment
    if url.scheme not in SCHEMES or not url.hostname or is_more:
        raise _bad_url()
    if port == 0 or not _is_host(url.hostname):
        raise UnfitMailServer("MAIL_URL names no host, or no port, that there can be.")
    security, usual_port = SCHEMES[url.scheme]
    if security is Security.STARTTLS and _is_this_machine(url.hostname):
        security = Security.NONE
    user, password = _read_sign_in(url)
    sender = _read_sender(mail_from)
    return MailServer(url.hostname, port or usual_port, security, sender, user, password)


def _read_sign_in(url: SplitResult) -> tuple[str, str]:
    user, password = unquote(url.username or ""), unquote(url.password or "")
    if user and not password:
        raise UnfitMailServer("MAIL_URL has a user, but no password. Use user:password@host.")
    if (password and not user) or not (user + password).isascii():
        raise _bad_url()
    if user and url.scheme == "smtp+plain":
        raise UnfitMailServer(
            "MAIL_URL would send the password in the clear. Use smtp:// or smtps://."
        )
    return user, password


def _is_host(text: str) -> bool:
    """An address, or a name as networks of one's own have them too."""
    try:
        return bool(ip_address(text))
    except ValueError:
        return len(text) <= 253 and all(LABEL.fullmatch(label) for label in text.split("."))


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bad_url() -> UnfitMailServer:
    return UnfitMailServer(
        "MAIL_URL is not understood. Use smtp://user:password@host:587 or "
        "smtps://user:password@host:465; in the password write / as %2F, @ as %40, # as %23."
    )


def _read_sender(text: str) -> Address:
    """The one sender that the text names, with the domain as it is asked for in DNS."""
    sender = _find_sender(text.strip())
    if sender is None or not sender.addr_spec.isascii():
        raise UnfitMailServer(
            "MAIL_FROM is missing or no address. Set it to who mails are from, "
            "for example MAIL_FROM='Scrip <credits@example.com>'. "
            "A name with a comma stands in double quotes."
        )
    return sender


def _find_sender(text: str) -> Address | None:
    if has_invisible(text):
        raise UnfitMailServer("MAIL_FROM holds an invisible character. Type it by hand.")
    if has_unseen(text):
        return None
    try:
        header = SMTP.header_factory("From", text)
        (sender,) = header.addresses
        domain = idna.encode(sender.domain, uts46=True).decode()
        found = Address(sender.display_name, sender.username, domain)
    except (ValueError, IndexError, MessageError):
        return None
    return None if header.defects else found
