"""Browsers in which an admin is not asked for a code again, for 30 days after one was typed there.

The password is asked as ever. The row decides; the cookie only holds the key to one.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, delete, func, not_, select

from domain.accounts.models import RememberedBrowser
from domain.database import AnySession, read_clock

LASTS = timedelta(days=30)
TOKEN_BYTES = 32


def remember_browser(session: AnySession, admin_id: int) -> str:
    """The token that this browser keeps."""
    lasts = _lasts(read_clock(session))
    session.execute(delete(RememberedBrowser).where(not_(lasts)))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(RememberedBrowser(token_hash=_digest(token), admin_id=admin_id))
    session.flush()
    return token


def is_remembered(session: AnySession, admin_id: int, token: str) -> bool:
    """Whether this admin typed a code in the browser that keeps `token`, at most 30 days ago."""
    found = select(RememberedBrowser.id).where(
        RememberedBrowser.token_hash == _digest(token),
        RememberedBrowser.admin_id == admin_id,
        _lasts(read_clock(session)),
    )
    return session.scalar(found) is not None


def count_browsers(session: AnySession, admin_id: int) -> int:
    """In how many browsers this admin is not asked for a code now."""
    found = select(func.count(RememberedBrowser.id)).where(
        RememberedBrowser.admin_id == admin_id, _lasts(read_clock(session))
    )
    return session.scalar(found) or 0


def forget_browsers(session: AnySession, admin_id: int) -> None:
    """A code is asked for in all browsers of this admin from now on."""
    session.execute(delete(RememberedBrowser).where(RememberedBrowser.admin_id == admin_id))


def _lasts(now: datetime) -> ColumnElement[bool]:
    # Both ends: a clock that was set back must not keep a browser for longer.
    since, until = now - LASTS, now + LASTS
    return (RememberedBrowser.created_at > since) & (RememberedBrowser.created_at < until)


def _digest(token: str) -> str:
    return sha256(token.encode(errors="replace")).hexdigest()
