"""Draft writes that were one action: a discard, a restore, an undo."""

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
    writes: DraftWrites, action: str, author: str, release_number: int | None = None
) -> Work[int]:
    """How to write all of it and tie its revisions together; returns the batch's id. Under the
    lock nobody else adds any.

    `release_number` is that of a restored release.
    """
    if not writes.revisions:
        raise NothingToDiscard
    statements = list(writes.statements())

    def write_batch(session: AnySession) -> int:
        newest = session.scalar(select(func.max(DraftRevision.id))) or 0
        for statement, rows in statements:
            session.execute(statement, rows)
        session.expire_all()  # what it knows of the drafts is not true any more
        ids = select(func.min(DraftRevision.id), func.max(DraftRevision.id))
        first, last = session.execute(ids.where(DraftRevision.id > newest)).one()
        named = {"action": action, "release_number": release_number, "author": author}
        batch = DraftBatch(first_id=first, last_id=last, **named)
        session.add(batch)
        session.flush()
        return batch.id

    return write_batch


def list_batches(session: AnySession) -> Sequence[DraftBatch]:
    """The newest discards, restores and undos that can be taken back."""
    newest_first = select(DraftBatch).order_by(DraftBatch.id.desc()).limit(LISTED_BATCHES)
    begin = datetime.now(UTC) - timedelta(days=UNDO_DAYS)
    return session.scalars(newest_first.where(DraftBatch.created_at > begin)).all()


def name_contents(
    session: AnySession, batches: Sequence[DraftBatch]
) -> dict[int, list[tuple[ItemKey, str]]]:
    """What each batch wrote to, by its id: the items and what they are called now."""
    revision = DraftRevision
    within = [revision.id.between(batch.first_id, batch.last_id) for batch in batches]
    rows = session.execute(
        select(revision.id, revision.item_type, revision.item_id)
        .where(or_(False, *within))
        .order_by(revision.id)
    ).all()
    written = [(id, ItemKey(type, item_id)) for id, type, item_id in rows]
    names = _names(session, {item for _id, item in written})
    contents: dict[int, list[tuple[ItemKey, str]]] = {}
    for batch in batches:
        its = dict.fromkeys(item for id, item in written if batch.first_id <= id <= batch.last_id)
        contents[batch.id] = [(item, names[item]) for item in its]
    return contents


def _names(session: AnySession, items: set[ItemKey]) -> dict[ItemKey, str]:
    names: dict[ItemKey, str] = {}
    for type, item_type in ITEM_TYPES.items():
        for ids in portions(item.id for item in items if item.type == type):
            draft = item_type.draft
            called = select(draft.id, name_column(item_type)).where(draft.id.in_(ids))
            names |= {ItemKey(type, id): name for id, name in session.execute(called)}
    return names
