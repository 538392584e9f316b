"""What a platform's token says of its user. What is unfit counts as not said: a name that is
too long is no reason to turn somebody away."""

from collections.abc import Mapping
from typing import NamedTuple

from domain import countries
from domain.customers.errors import UnfitName
from domain.customers.rules import clean_name
from domain.emails import UnfitAddress, normal_address
from domain.languages import LANGUAGES


class Claims(NamedTuple):
    """What a platform says of its user; None for what it says nothing of."""

    subject: str
    name: str | None = None
    email: str | None = None
    is_email_verified: bool = False
    country: str | None = None
    language: str | None = None


def read_claims(said: Mapping[str, object], *, trusts_emails: bool) -> Claims:
    """From the claims of a token whose `sub` was checked. An email counts as verified when the
    token says so and the platform is trusted with that."""
    email = _email(said.get("email"))
    return Claims(
        subject=str(said["sub"]),
        name=_name(said.get("name")),
        email=email,
        is_email_verified=bool(email) and trusts_emails and said.get("email_verified") is True,
        country=_country(said.get("country")),
        language=_language(said.get("locale")),
    )


def _name(said: object) -> str | None:
    try:
        return clean_name(said) or None if isinstance(said, str) else None
    except UnfitName:
        return None


def _email(said: object) -> str | None:
    try:
        return normal_address(said) if isinstance(said, str) else None
    except UnfitAddress:
        return None


def _country(said: object) -> str | None:
    return countries.find(said) if isinstance(said, str) and said.isascii() else None


def _language(said: object) -> str | None:
    """The first part of "tr-TR" or "tr_TR", when pages speak it."""
    code = said[:2].lower() if isinstance(said, str) and said[2:3] in ("", "-", "_") else ""
    return code if code in LANGUAGES else None
