"""What support writes of a customer, and why credits were given or taken. Insert-only."""

import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import and_, func, select

from domain.customers.models import SALT_HEX, CustomerNote
from domain.customers.rules import clean_note
from domain.database import MOST_ID, AnySession, UtcDateTime, lock, utc_now
from domain.ledger.chain import fits
from domain.ledger.models import entry, wallet

PRESSED_TWICE = timedelta(minutes=1)


class Reason(NamedTuple):
    """Why an entry was made, in an admin's words. What does not fit the digest that the entry keeps
    was changed since."""

    text: str
    author: str
    is_shown: bool
    is_changed: bool


class Notes(NamedTuple):
    """Some notes, the newest first; there are older ones before `older`."""

    notes: Sequence[CustomerNote]
    older: int | None


def add_note(session: AnySession, customer_id: int, text: str, *, author: str) -> bool:
    """Whether it is new: the same once more, by the same author within a minute, is the button
    pressed twice. Raises UnfitNote."""
    note = clean_note(text)
    lock(session, "notes")
    same = (CustomerNote.seq.is_(None), CustomerNote.author == author, CustomerNote.text == note)
    last = session.execute(
        select(utc_now(), func.max(CustomerNote.created_at, type_=UtcDateTime)).where(
            CustomerNote.customer_id == customer_id, *same
        )
    ).one()
    if last[1] is not None and last[0] - last[1] < PRESSED_TWICE:
        return False
    session.add(CustomerNote(customer_id=customer_id, text=note, author=author))
    session.flush()
    return True


def keep_reason(
    session: AnySession,
    customer_id: int,
    seq: int,
    text: str,
    *,
    salt: str,
    author: str,
    is_shown: bool = False,
) -> None:
    """Why an entry was made, which has the digest of this text with this salt. The customer reads
    it if `is_shown`."""
    row = {"customer_id": customer_id, "seq": seq, "salt": salt, "text": text}
    session.add(CustomerNote(**row, author=author, is_shown=is_shown))
    session.flush()


def new_salt() -> str:
    return secrets.token_hex(SALT_HEX // 2)


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


def find_reasons(session: AnySession, customer_id: int, seqs: Collection[int]) -> dict[int, Reason]:
    """Of the entries of these numbers, as far as there is one."""
    if not seqs:
        return {}
    rows = session.execute(
        select(CustomerNote, entry.c.note_digest)
        .join(wallet, wallet.c.customer_id == CustomerNote.customer_id)
        .join(entry, and_(entry.c.wallet_id == wallet.c.id, entry.c.seq == CustomerNote.seq))
        .where(CustomerNote.customer_id == customer_id, CustomerNote.seq.in_(seqs))
    )
    return {
        note.seq: Reason(
            *(note.text, note.author, note.is_shown),
            is_changed=not fits(digest, note.salt, note.text),
        )
        for note, digest in rows
    }
