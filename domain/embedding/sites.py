"""The list of sites. Whoever is on it may frame the packages from the next request on."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select

from domain.database import AnySession, lock
from domain.embedding.errors import SiteNotFound, TooManySites
from domain.embedding.models import EmbeddingSite
from domain.origins import normal_origin

MOST_SITES = 50


def list_sites(session: AnySession) -> Sequence[EmbeddingSite]:
    """Every site on the list, by origin."""
    return session.scalars(select(EmbeddingSite).order_by(EmbeddingSite.origin)).all()


def add_site(session: AnySession, text: str, *, author: str) -> tuple[EmbeddingSite, bool]:
    """The site that `text` names, and whether it is new. Raises UnfitOrigin, TooManySites."""
    origin = normal_origin(text)
    lock(session, "embedding")
    known = session.scalar(select(EmbeddingSite).where(EmbeddingSite.origin == origin))
    if known:
        return known, False
    if (session.scalar(select(func.count(EmbeddingSite.id))) or 0) >= MOST_SITES:
        raise TooManySites(MOST_SITES)
    site = EmbeddingSite(origin=origin, author=author)
    session.add(site)
    session.flush()
    return site, True


def remove_site(session: AnySession, site_id: int) -> str:
    """The origin that was removed. Raises SiteNotFound."""
    gone = delete(EmbeddingSite).where(EmbeddingSite.id == site_id)
    origin = session.scalar(gone.returning(EmbeddingSite.origin))
    if origin is None:
        raise SiteNotFound
    return origin
