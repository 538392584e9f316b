"""What was written to drafts, by whom: each write leaves a revision."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, bindparam, func, select

from domain.catalogue.drafts.ordering import Placement
from domain.catalogue.models import CreditPackage, DraftRevision, StorefrontSettings
from domain.catalogue.storefront.live import live_revision
from domain.database import AnySession

Draft = CreditPackage | StorefrontSettings
# Where a package was, as a revision records it: position, and the one in front (0: none).
PLACE = ("position", "behind")


def record(
    session: AnySession,
    draft: Draft,
    action: str,
    old: dict[str, Any],
    new: dict[str, Any],
    author: str,
) -> None:
    revision = DraftRevision(
        package_id=draft.id if isinstance(draft, CreditPackage) else None,
        action=action,
        version=draft.version,
        old=old,
        new=new,
        author=author,
    )
    session.add(revision)
    session.flush()


def place_of(placement: Placement) -> dict[str, int]:
    """Where a package stands, as its revisions record it: PLACE."""
    return dict(zip(PLACE, (placement.position, placement.behind), strict=True))


# Made once, as they are asked with every save.
_EDITS = (
    select(DraftRevision)
    .where(DraftRevision.action == "edited", DraftRevision.version > bindparam("version"))
    .order_by(DraftRevision.id.desc())
)
_EDITS_OF_PACKAGE = _EDITS.where(DraftRevision.package_id == bindparam("id", type_=BigInteger))
_EDITS_OF_SETTINGS = _EDITS.where(DraftRevision.package_id.is_(None))


def revisions_after(session: AnySession, draft: Draft, version: int) -> Sequence[DraftRevision]:
    """What was saved to the draft after `version`, newest first."""
    is_package = isinstance(draft, CreditPackage)
    statement = _EDITS_OF_PACKAGE if is_package else _EDITS_OF_SETTINGS
    return session.scalars(statement, {"id": draft.id, "version": version}).all()


def others_since(session: AnySession, draft: Draft, version: int, author: str) -> tuple[str, ...]:
    """Who else saved the draft after `version`: with whose changes `author`'s were merged."""
    authors = [revision.author for revision in revisions_after(session, draft, version)]
    return tuple(sorted(set(authors) - {author}))


def removed_by(session: AnySession, package: CreditPackage) -> str:
    """Who marked the draft to be removed; "" when it stays."""
    if package.removed_at is None:
        return ""
    removals = select(DraftRevision.author).where(
        DraftRevision.package_id == package.id, DraftRevision.action == "removed"
    )
    return session.scalars(removals.order_by(DraftRevision.id.desc()).limit(1)).one()


_NEWEST_TWO_MOVES = (
    select(DraftRevision)
    .where(
        DraftRevision.package_id == bindparam("id", type_=BigInteger),
        DraftRevision.action == "moved",
        DraftRevision.id > func.coalesce(live_revision(), 0),
    )
    .order_by(DraftRevision.id.desc())
    .limit(2)
)


def previous_mover(session: AnySession, package: CreditPackage) -> DraftRevision | None:
    """The pending move by somebody else that the newest move of the package took the place of."""
    match session.scalars(_NEWEST_TWO_MOVES, {"id": package.id}).all():
        case [newest, earlier] if earlier.author != newest.author:
            return earlier
    return None
