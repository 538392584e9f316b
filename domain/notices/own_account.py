"""Mails to an admin about a change of how they sign in. They come always: nobody would notice
otherwise that somebody else made it."""

import secrets
from typing import Literal

from domain.accounts.own_account import own_language
from domain.database import AnySession
from domain.outbox.acts import put
from domain.outbox.rules import MAIL

Change = Literal["password", "app_on", "app_off", "recovery_codes", "recovery_code_used"]
KEY_BYTES = 16


def tell_owner(
    session: AnySession, email: str, change: Change, *, language: str, codes_left: int = 0
) -> None:
    """In the transaction of the change; in `language` for whoever chose none. `codes_left` of the
    recovery codes, when one was used."""
    language = own_language(session, email) or language
    put(
        session,
        MAIL,
        f"own_account:{secrets.token_hex(KEY_BYTES)}",
        topic="own_account",
        recipient=email,
        data={"language": language, "change": change, "codes_left": codes_left},
    )
