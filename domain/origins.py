"""Origins of sites, as they are typed and as a Content Security Policy names them. Pure."""

import re
from urllib.parse import quote

import idna

from domain.messages import message

# https:// and the longest name there is, with its port.
ORIGIN_LIMIT = 8 + 253 + 6
EXAMPLE = "https://www.example.com"
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1"})
TEXT_LIMIT = 500
DEFAULT_PORTS = {"https": 443, "http": 80}

_VISIBLE = "".join(map(chr, range(33, 127)))

_PARTS = re.compile(r"(https?)://([^/?#\\]*)(.*)", re.IGNORECASE | re.DOTALL)
_PORT = re.compile(r"[0-9]{1,5}", re.ASCII)
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.ASCII)
# Browsers take a name whose last part is a number for an IP address, however it is written.
_NUMBER = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)", re.ASCII)


class UnfitOrigin(ValueError):
    """This text names no site; says what to type instead."""


def normal_origin(text: str) -> str:
    """The one spelling of a site's origin: "https://xn--mnchen-3ya.example". Raises UnfitOrigin."""
    if "*" in text:
        raise UnfitOrigin(message("Add each website by its own name, without a star."))
    scheme, place, rest = _split(text)
    if rest not in ("", "/"):
        # Never cut off unasked: /mine on a site of many would let all of them show the packages.
        raise UnfitOrigin(
            message("Type the address only, for example %(example)s.", example=EXAMPLE)
        )
    return _join(scheme, place)


def split_address(text: str) -> tuple[str, str]:
    """The normal origin of a page's address, and what follows it there. Raises UnfitOrigin."""
    scheme, place, rest = _split(text)
    return _join(scheme, place), rest


def normal_page(text: str, most: int) -> str:
    """The address of a page as browsers send it: at most so many characters, all of them ASCII.
    Raises UnfitOrigin."""
    origin, rest = split_address(text)
    if "\\" in rest or any(char.isspace() or not char.isprintable() for char in rest):
        raise UnfitOrigin(message("An address has no spaces. Copy it from your browser."))
    url = origin + quote(rest, safe=_VISIBLE)
    if len(url) > most:
        raise UnfitOrigin(
            message("The address is too long. Use at most %(most)s characters.", most=most)
        )
    return url


def _split(text: str) -> tuple[str, str, str]:
    text = text.strip()
    if not text:
        raise UnfitOrigin(message("Enter a website's address, like %(example)s.", example=EXAMPLE))
    if len(text) > TEXT_LIMIT:
        raise UnfitOrigin(message("This address is too long."))
    match = _PARTS.fullmatch(text)
    if not match:
        raise UnfitOrigin(message("Start it with https://, like %(example)s.", example=EXAMPLE))
    if "@" in match[2]:
        raise UnfitOrigin(message("Leave out the name before the @."))
    return match[1].lower(), match[2], match[3]


def _join(scheme: str, place: str) -> str:
    name, colon, port = place.partition(":")
    host = _normal_host(name)
    if scheme == "http" and host not in LOCAL_HOSTS:
        raise UnfitOrigin(message("Use https://. Only localhost works without."))
    return f"{scheme}://{host}{_normal_port(port, scheme) if colon else ''}"


def _normal_host(name: str) -> str:
    """The host as it is asked for in DNS: in small letters, names in other scripts as xn--."""
    try:
        host = idna.encode(name, uts46=True, std3_rules=True).decode().lower()
    except idna.IDNAError:
        host = ""
    if host in LOCAL_HOSTS:
        return host
    if name.startswith("[") or _NUMBER.fullmatch(host):
        raise UnfitOrigin(message("Use the website's name. An IP address does not work here."))
    if not _HOST.fullmatch(host):
        raise UnfitOrigin(
            message("This is no website's name. Write it like %(example)s.", example=EXAMPLE)
        )
    return host


def _normal_port(text: str, scheme: str) -> str:
    """ ":8443", or "" for the port that goes without saying."""
    if not _PORT.fullmatch(text) or not 1 <= int(text) <= 65535:
        raise UnfitOrigin(message("The port is a number from 1 to 65535."))
    return "" if int(text) == DEFAULT_PORTS[scheme] else f":{int(text)}"
