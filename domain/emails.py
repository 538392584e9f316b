"""What is the address of one mailbox that mail can go to. Pure."""

import re

import idna

LOCAL_CHARACTERS = 64
# Letters of all scripts: who takes mail for them can read them. Nothing that needs quotes.
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")


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
