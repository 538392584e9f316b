"""Draft writes that were one action: a discard, a restore, an undo."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, or_, select

from domain.catalogue.errors import NothingToDiscard
from domain.catalogue.models import CreditPackage, DraftBatch, DraftRevision
from domain.database import AnySession

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


def name_contents(session: AnySession, batches: Sequence[DraftBatch]) -> dict[int, list[str]]:
    """What each batch wrote to, by its id: the packages' names as they are now ("": settings)."""
    revision = DraftRevision
    within = [revision.id.between(batch.first_id, batch.last_id) for batch in batches]
    rows = session.execute(
        select(revision.id, revision.package_id, CreditPackage.name)
        .outerjoin(CreditPackage, CreditPackage.id == revision.package_id)
        .where(or_(False, *within))
        .order_by(revision.id)
    ).all()
    return {
        batch.id: list(
            {
                package_id: name or ""
                for id, package_id, name in rows
                if batch.first_id <= id <= batch.last_id
            }.values()
        )
        for batch in batches
    }
