"""Draft writes that were one action, such as a discard, an undo or a change of many prices."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

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


def name_contents(
    session: AnySession, batches: Sequence[DraftBatch]
) -> dict[int, list[tuple[ItemKey, str]]]:
    """What each batch wrote to, by its id: the items and what they are called now."""
    revision, parts = DraftRevision, parts_of(session, batches)
    within = [revision.id.between(part.first_id, part.last_id) for part in parts]
    rows = session.execute(
        select(revision.id, revision.item_type, revision.item_id)
        .where(or_(False, *within))
        .order_by(revision.id)
    ).all()
    written = [(id, ItemKey(type, item_id)) for id, type, item_id in rows]
    names = _names(session, {item for _id, item in written})
    contents: dict[int, dict[ItemKey, str]] = {}
    for part in parts:
        its = (item for id, item in written if part.first_id <= id <= part.last_id)
        named = {item: names[item] for item in its}
        contents.setdefault(part.part_of or part.id, {}).update(named)
    return {id: list(found.items()) for id, found in contents.items()}


def _names(session: AnySession, items: set[ItemKey]) -> dict[ItemKey, str]:
    names: dict[ItemKey, str] = {}
    for type, item_type in ITEM_TYPES.items():
        for ids in portions(item.id for item in items if item.type == type):
            draft = item_type.draft
            called = select(draft.id, name_column(item_type)).where(draft.id.in_(ids))
            names |= {ItemKey(type, id): name for id, name in session.execute(called)}
    return names
