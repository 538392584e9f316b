"""What was written to drafts, by whom: each write leaves a revision."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, bindparam, func, select

from domain.catalogue.changes.diff import ItemKey
from domain.catalogue.drafts.ordering import Placement
from domain.catalogue.models import DraftRevision, Release
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.rules import Values
from domain.database import AnySession
from domain.request_addresses import note_address

# Where an item was, as a revision records it: position, and the one in front (0: none).
PLACE = ("position", "behind")


def record(
    session: AnySession,
    item: ItemKey,
    draft: Any,  # noqa: ANN401 - a row of any type's drafts
    action: str,
    old: dict[str, Any],
    new: dict[str, Any],
    author: str,
) -> None:
    revision = DraftRevision(
        item_type=item.type,
        item_id=item.id,
        action=action,
        version=draft.version,
        old=old,
        new=new,
        author=author,
    )
    note_address(session)
    session.add(revision)
    session.flush()


def place_of(placement: Placement) -> dict[str, int]:
    """Where a package stands, as its revisions record it: PLACE."""
    return dict(zip(PLACE, (placement.position, placement.behind), strict=True))


def take_back(values: Values, revisions: Iterable[DraftRevision]) -> Values:
    """The values as they were before these revisions, newest first."""
    for revision in revisions:
        fields = {k: v for k, v in revision.old.items() if k not in PLACE}
        values = values._replace(**fields)
    return values


# Made once, as they are asked with every save.
_OF_ITEM = (
    DraftRevision.item_type == bindparam("type"),
    DraftRevision.item_id == bindparam("id", type_=BigInteger),
)
_EDITS = (
    select(DraftRevision)
    .where(
        *_OF_ITEM,
        DraftRevision.action == "edited",
        DraftRevision.version > bindparam("version"),
    )
    .order_by(DraftRevision.id.desc())
)


def edits_after(session: AnySession, item: ItemKey, version: int) -> Sequence[DraftRevision]:
    """What was saved to the draft after `version`, newest first."""
    return session.scalars(_EDITS, {**item._asdict(), "version": version}).all()


def others_since(session: AnySession, item: ItemKey, version: int, author: str) -> tuple[str, ...]:
    """Who else saved the draft after `version`: with whose changes `author`'s were merged."""
    authors = [revision.author for revision in edits_after(session, item, version)]
    return tuple(sorted(set(authors) - {author}))


_NEWEST_REMOVAL = (
    select(DraftRevision.author)
    .where(*_OF_ITEM, DraftRevision.action == "removed")
    .order_by(DraftRevision.id.desc())
    .limit(1)
)


def removed_by(session: AnySession, package: CreditPackage) -> str:
    """Who marked the draft to be removed; "" when it stays."""
    if package.removed_at is None:
        return ""
    return session.scalars(_NEWEST_REMOVAL, {"type": "package", "id": package.id}).one()


# Who wrote nothing for that many writes is not looked for further back.
RECENT_REVISIONS = 1000
_LAST_COUNTRY = (
    select(CreditPackage.country)
    .join(DraftRevision, DraftRevision.item_id == CreditPackage.id)
    .where(
        DraftRevision.item_type == "package",
        DraftRevision.author == bindparam("author"),
        DraftRevision.id > select(func.max(DraftRevision.id)).scalar_subquery() - RECENT_REVISIONS,
    )
    .order_by(DraftRevision.id.desc())
    .limit(1)
)


def last_country(session: AnySession, author: str) -> str:
    """The country of the package that `author` wrote to last; "" when there is none."""
    return session.scalar(_LAST_COUNTRY, {"author": author}) or ""


_NEWEST_TWO_MOVES = (
    select(DraftRevision)
    .where(
        *_OF_ITEM,
        DraftRevision.action == "moved",
        DraftRevision.id
        > func.coalesce(
            select(Release.revision_id).order_by(Release.number.desc()).limit(1).scalar_subquery(),
            0,
        ),
    )
    .order_by(DraftRevision.id.desc())
    .limit(2)
)


def previous_mover(session: AnySession, package: CreditPackage) -> DraftRevision | None:
    """The move by somebody else, made since the last release, that the newest move of the package
    took the place of."""
    match session.scalars(_NEWEST_TWO_MOVES, {"type": "package", "id": package.id}).all():
        case [newest, earlier] if earlier.author != newest.author:
            return earlier
    return None
