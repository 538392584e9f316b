"""What others did to the catalogue since somebody looked at it. Reads only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, or_, select

from domain.catalogue.models import CreditPackage, DraftRevision, Release
from domain.catalogue.pending.pending import Pending
from domain.catalogue.storefront.live import live_number
from domain.database import AnySession

CURSOR = re.compile(r"(\d{1,18})-(\d{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cursor:
    """How much somebody has seen: the draft writes up to one, and the releases up to one."""

    revision_id: int
    release_number: int

    def __str__(self) -> str:
        return f"{self.revision_id}-{self.release_number}"

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """From its text; None for what is no mark."""
        parts = CURSOR.fullmatch(text)
        return cls(int(parts[1]), int(parts[2])) if parts else None


@dataclass(frozen=True)
class UnseenChanges:
    """Who changed each package last, and the newest release that is somebody else's."""

    changed_by: Mapping[int, str] = field(default_factory=dict)
    release: Release | None = None


def cursor_of(pending: Pending) -> Cursor:
    """Everything there was when this was read. Ids count up under the catalogue's lock, so nothing
    comes in between."""
    return Cursor(pending.revision_id, pending.live.number)


def find_unseen(
    session: AnySession, seen: Cursor, reader: str, *, country: str = ""
) -> UnseenChanges:
    """What others than `reader` did since; with a `country`, to packages that are or were in it."""
    revision = DraftRevision
    changed = (
        select(revision.package_id, revision.author)
        .join(CreditPackage, CreditPackage.id == revision.package_id)
        .where(revision.id > seen.revision_id, revision.author != reader)
        .group_by(revision.package_id, revision.author)
        .order_by(func.max(revision.id))
    )
    if country:
        came_from = revision.old["country"].as_string()
        changed = changed.where(or_(CreditPackage.country == country, came_from == country))
    release = session.scalar(
        select(Release)
        .where(
            Release.number > seen.release_number,
            Release.number <= live_number(),
            Release.author != reader,
        )
        .order_by(Release.number.desc())
        .limit(1)
    )
    changed_by = {id: author for id, author in session.execute(changed) if id is not None}
    return UnseenChanges(changed_by, release)
