"""What support writes of a customer, and why credits were given or taken. Insert-only."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import select

from domain.customers.models import CustomerNote
from domain.customers.rules import clean_note
from domain.database import MOST_ID, AnySession


class Notes(NamedTuple):
    """Some notes, the newest first; there are older ones before `older`."""

    notes: Sequence[CustomerNote]
    older: int | None


def add_note(session: AnySession, customer_id: int, text: str, *, author: str) -> None:
    """Raises UnfitNote."""
    session.add(CustomerNote(customer_id=customer_id, text=clean_note(text), author=author))
    session.flush()


def list_notes(
    session: AnySession, customer_id: int, *, before: int | None = None, limit: int = 10
) -> Notes:
    """Those that are no reason of an entry."""
    found = session.scalars(
        select(CustomerNote)
        .where(CustomerNote.customer_id == customer_id, CustomerNote.seq.is_(None))
        .where(CustomerNote.id < (before or MOST_ID))
        .order_by(CustomerNote.id.desc())
        .limit(limit + 1)
    ).all()
    notes = found[:limit]
    return Notes(notes, notes[-1].id if len(found) > limit else None)


def find_reasons(
    session: AnySession, customer_id: int, seqs: Collection[int]
) -> dict[int, CustomerNote]:
    """Why the entries of these numbers were made, as far as somebody wrote it down."""
    found = session.scalars(
        select(CustomerNote)
        .where(CustomerNote.customer_id == customer_id)
        .where(CustomerNote.seq.in_(seqs))
    )
    return {note.seq: note for note in found if note.seq is not None}
