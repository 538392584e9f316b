"""Links that show the drafts to somebody without an account: made, found again, revoked.

The token is shown once, to whoever makes the link; the database keeps its digest only.
"""

import re
import secrets
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, and_, func, select

from domain.catalogue.drafts.drafts import lock_catalogue
from domain.catalogue.errors import LinkNotFound, TooManyLinks
from domain.catalogue.models import PreviewLink
from domain.database import AnySession, read_clock, utc_now

TOKEN_BYTES = 32
# What a token looks like. Anything else is refused without a look into the database.
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
LIFETIMES_DAYS = (1, 7, 30)
MOST_LINKS = 50


def make_link(session: AnySession, days: int, *, author: str) -> str:
    """The token of a new link that works for one of LIFETIMES_DAYS."""
    if days not in LIFETIMES_DAYS:
        raise ValueError(f"A link works for {LIFETIMES_DAYS} days, not for {days}.")
    lock_catalogue(session)
    count = session.scalar(select(func.count()).select_from(PreviewLink).where(_works()))
    if (count or 0) >= MOST_LINKS:
        raise TooManyLinks(MOST_LINKS)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now = read_clock(session)
    session.add(
        PreviewLink(
            token_hash=_digest(token),
            author=author,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
    )
    session.flush()
    return token


def find_link(session: AnySession, token: str) -> PreviewLink:
    """The link with this token, as long as it works."""
    if not TOKEN.fullmatch(token):
        raise LinkNotFound
    link = session.scalar(
        select(PreviewLink).where(PreviewLink.token_hash == _digest(token), _works())
    )
    if link is None:
        raise LinkNotFound
    return link


def list_links(session: AnySession) -> Sequence[PreviewLink]:
    """The links that work, newest first."""
    newest_first = (PreviewLink.created_at.desc(), PreviewLink.id.desc())
    return session.scalars(select(PreviewLink).where(_works()).order_by(*newest_first)).all()


def revoke_link(session: AnySession, link_id: int) -> bool:
    """Ends the link for good; False for one that had ended before, which stays as it is."""
    lock_catalogue(session)
    link = session.get(PreviewLink, link_id)
    if link is None:
        raise LinkNotFound
    now = read_clock(session)
    if link.revoked_at is not None or link.expires_at <= now:
        return False
    link.revoked_at = now
    session.flush()
    return True


def _works() -> ColumnElement[bool]:
    return and_(PreviewLink.revoked_at.is_(None), PreviewLink.expires_at > utc_now())


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
