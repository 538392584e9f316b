"""Draft writes that were one action: a discard, a restore, an undo."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, or_, select

from domain.catalogue.changes.diff import ItemKey
from domain.catalogue.errors import NothingToDiscard
from domain.catalogue.item_columns import name_column
from domain.catalogue.item_types import ITEM_TYPES
from domain.catalogue.models import DraftBatch, DraftRevision
from domain.database import AnySession, portions

UNDO_DAYS = 30
LISTED_BATCHES = 20


def write_as_batch(
    session: AnySession,
    action: str,
    author: str,
    write: Callable[[], object],
    release_number: int | None = None,
) -> DraftBatch:
    """Runs `write` and ties its revisions together. Under the lock nobody else adds any.

    `release_number` is that of a restored release.
    """
    newest = session.scalar(select(func.max(DraftRevision.id))) or 0
    write()
    ids = session.scalars(select(DraftRevision.id).where(DraftRevision.id > newest)).all()
    if not ids:
        raise NothingToDiscard
    batch = DraftBatch(
        action=action,
        first_id=min(ids),
        last_id=max(ids),
        release_number=release_number,
        author=author,
    )
    session.add(batch)
    session.flush()
    return batch


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
