"""What admins do about failed payments: a note, and that nothing is left to do."""

from datetime import timedelta

from sqlalchemy import delete, select

from domain.database import AnySession, insert_for, lock, read_clock
from domain.invisibles import has_unseen, one_line
from domain.messages import message
from domain.purchases.case_models import NOTE_CHARACTERS, CaseNote, DoneCase
from domain.purchases.errors import CaseNotFound, UnfitCaseNote
from domain.purchases.failed_payments import Case
from domain.purchases.models import Purchase

PRESSED_TWICE = timedelta(minutes=1)


def clean_note(text: str) -> str:
    """One line. Raises UnfitCaseNote."""
    note = one_line(text)
    if not note:
        raise UnfitCaseNote(message("Enter a text."))
    if has_unseen(note):
        raise UnfitCaseNote(message("It holds an invisible character. Type the text by hand."))
    if len(note) > NOTE_CHARACTERS:
        raise UnfitCaseNote(
            message("The text is too long. Use at most %(most)s characters.", most=NOTE_CHARACTERS)
        )
    return note


def add_note(session: AnySession, it: Case, text: str, *, author: str) -> bool:
    """Whether it is new: the same once more, by the same author within a minute, is the button
    pressed twice. Raises UnfitCaseNote."""
    note = clean_note(text)
    lock(session, "case notes")
    same = (
        *(CaseNote.customer_id == it.customer_id, CaseNote.package_id == it.package_id),
        *(CaseNote.author == author, CaseNote.text == note),
        CaseNote.created_at > read_clock(session) - PRESSED_TWICE,
    )
    if session.scalars(select(CaseNote.id).where(*same)).first() is not None:
        return False
    of_it = {"customer_id": it.customer_id, "package_id": it.package_id}
    session.add(CaseNote(**of_it, author=author, text=note))
    session.flush()
    return True


def mark_done(session: AnySession, it: Case, up_to: int, *, author: str) -> bool:
    """Nothing is left to do about what failed up to this purchase, the last that was seen; False
    when that was so before. Raises CaseNotFound for one that is not of this case."""
    last = session.get(Purchase, up_to)
    if last is None or (last.customer_id, last.package_id) != (it.customer_id, it.package_id):
        raise CaseNotFound
    done = {"up_to": up_to, "author": author, "done_at": read_clock(session)}
    key = {"customer_id": it.customer_id, "package_id": it.package_id}
    row = insert_for(session)(DoneCase).values(**key, **done)
    newer = row.on_conflict_do_update(
        index_elements=[*key], set_=done, where=DoneCase.up_to < row.excluded.up_to
    )
    return session.scalar(newer.returning(DoneCase.up_to)) is not None


def reopen(session: AnySession, customer_id: int, package_id: int) -> bool:
    """Whether it was done: what is to be done stays so."""
    this = (DoneCase.customer_id == customer_id, DoneCase.package_id == package_id)
    return session.scalar(delete(DoneCase).where(*this).returning(DoneCase.up_to)) is not None
