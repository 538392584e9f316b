"""Draft writes that were one action, such as a discard, an undo or a change of many prices."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, or_, select

from domain.catalogue.changes.diff import ItemKey
from domain.catalogue.drafts.batch_writes import DraftWrites
from domain.catalogue.errors import NothingToDiscard
from domain.catalogue.item_columns import name_column
from domain.catalogue.item_types import ITEM_TYPES
from domain.catalogue.models import DraftBatch, DraftRevision
from domain.catalogue.pending.planning import Work
from domain.database import AnySession, portions

UNDO_DAYS = 30
LISTED_BATCHES = 20
MOST_NAMES = 4


def plan_batch(
    writes: DraftWrites,
    action: str,
    author: str,
    release_number: int | None = None,
    part_of: int | None = None,
) -> Work[int]:
    """How to write all of it and tie its revisions together; returns the batch's id. Under the
    lock nobody else adds any.

    `release_number` is that of a restored release, `part_of` the batch that this one goes on.
    """
    if not writes.revisions:
        raise NothingToDiscard
    write = writes.prepare()

    def write_batch(session: AnySession) -> int:
        newest = session.scalar(select(func.max(DraftRevision.id))) or 0
        write(session)
        session.expire_all()  # what it knows of the drafts is not true any more
        ids = select(func.min(DraftRevision.id), func.max(DraftRevision.id))
        first, last = session.execute(ids.where(DraftRevision.id > newest)).one()
        named = {"action": action, "release_number": release_number, "author": author}
        batch = DraftBatch(first_id=first, last_id=last, part_of=part_of, **named)
        session.add(batch)
        session.flush()
        return batch.id

    return write_batch


def list_batches(session: AnySession) -> Sequence[DraftBatch]:
    """The newest batches that can be taken back."""
    newest_first = select(DraftBatch).order_by(DraftBatch.id.desc()).limit(LISTED_BATCHES)
    begin = datetime.now(UTC) - timedelta(days=UNDO_DAYS)
    whole = DraftBatch.created_at > begin, DraftBatch.part_of.is_(None)
    return session.scalars(newest_first.where(*whole)).all()


def parts_of(session: AnySession, batches: Sequence[DraftBatch]) -> Sequence[DraftBatch]:
    """The batches and what goes on with each, oldest first."""
    ids = [batch.id for batch in batches]
    further = select(DraftBatch).where(DraftBatch.part_of.in_(ids)).order_by(DraftBatch.id)
    return sorted([*batches, *session.scalars(further)], key=lambda batch: batch.id)


class Contents(NamedTuple):
    """What a batch wrote to: how many items, and what the first of them are called now."""

    size: int
    first: list[tuple[ItemKey, str]]


def name_contents(session: AnySession, batches: Sequence[DraftBatch]) -> dict[int, Contents]:
    """By the batch's id. A batch may have thousands of items."""
    parts = parts_of(session, batches)
    found = {
        batch.id: _written(session, [p for p in parts if batch.id in (p.id, p.part_of)])
        for batch in batches
    }
    names = _names(session, {item for _count, items in found.values() for item in items})
    return {
        id: Contents(count, [(item, names[item]) for item in items])
        for id, (count, items) in found.items()
    }


def _written(session: AnySession, parts: Sequence[DraftBatch]) -> tuple[int, list[ItemKey]]:
    """How many items these wrote to, and the first of them."""
    revision = DraftRevision
    within = or_(*(revision.id.between(part.first_id, part.last_id) for part in parts))
    items = (
        select(revision.item_type, revision.item_id, func.min(revision.id).label("first_id"))
        .where(within)
        .group_by(revision.item_type, revision.item_id)
    ).subquery()
    first = select(items.c.item_type, items.c.item_id).order_by(items.c.first_id)
    named = [ItemKey(*row) for row in session.execute(first.limit(MOST_NAMES))]
    return session.scalar(select(func.count()).select_from(items)) or 0, named


def _names(session: AnySession, items: set[ItemKey]) -> dict[ItemKey, str]:
    names: dict[ItemKey, str] = {}
    for type, item_type in ITEM_TYPES.items():
        for ids in portions(item.id for item in items if item.type == type):
            draft = item_type.draft
            called = select(draft.id, name_column(item_type)).where(draft.id.in_(ids))
            names |= {ItemKey(type, id): name for id, name in session.execute(called)}
    return names
