"""What others did to the catalogue since somebody looked at it. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, or_, select

from domain.catalogue.item_types import PACKAGE
from domain.catalogue.models import DraftRevision, Release
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.pending.pending import Cursor
from domain.catalogue.storefront.live import live_number
from domain.database import AnySession


@dataclass(frozen=True)
class UnseenChanges:
    """Who changed each package last, and the newest release that is somebody else's."""

    changed_by: Mapping[int, str] = field(default_factory=dict)
    release: Release | None = None


def find_unseen(
    session: AnySession, seen: Cursor, reader: str, *, country: str = ""
) -> UnseenChanges:
    """What others than `reader` did since; with a `country`, to packages that are or were in it."""
    revision = DraftRevision
    changed = (
        select(revision.item_id, revision.author)
        .join(CreditPackage, CreditPackage.id == revision.item_id)
        .where(
            revision.item_type == PACKAGE.name,
            revision.id > seen.revision_id,
            revision.author != reader,
        )
        .group_by(revision.item_id, revision.author)
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
    changed_by = dict(session.execute(changed).tuples().all())
    return UnseenChanges(changed_by, release)
