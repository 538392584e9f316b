"""Payments of ours at the provider that belong to no purchase here: each waits until it does, or
until a person has seen to it."""

from collections.abc import Sequence

from sqlalchemy import exists, func, select

from domain.database import AnySession, insert_for, read_clock
from domain.outbox.rules import fit
from domain.purchases.errors import UnknownPaymentClosed, UnknownPaymentNotFound
from domain.purchases.lost_models import UnknownPayment
from domain.purchases.models import Purchase
from domain.purchases.money_back_models import PurchaseTask
from domain.purchases.provider import ListedCheckout
from domain.purchases.rules import REF_CHARACTERS, TASK_NOTE_CHARACTERS, Doubt

MOST_SAID, SAID_CHARACTERS = 50, 500
# News may be noted as about nothing in the moment in which its purchase comes back.
IS_OPEN = (
    UnknownPayment.done_at.is_(None),
    ~exists().where(Purchase.key == UnknownPayment.purchase_key),
)


def list_unknown_payments(session: AnySession) -> Sequence[UnknownPayment]:
    """Those that wait, the oldest first. Who paid says the provider: `Snapshot.email` of `ref`."""
    open_ones = select(UnknownPayment).where(*IS_OPEN)
    return session.scalars(open_ones.order_by(UnknownPayment.id)).all()


def count_unknown_payments(session: AnySession) -> int:
    open_ones = select(func.count(UnknownPayment.id)).where(*IS_OPEN)
    return session.scalar(open_ones) or 0


def count_waiting(session: AnySession) -> int:
    """All that waits for a person, by one statement: each page of admins asks."""
    tasks = select(func.count(PurchaseTask.id)).where(PurchaseTask.closed_at.is_(None))
    payments = select(func.count(UnknownPayment.id)).where(*IS_OPEN)
    both = select(tasks.scalar_subquery() + payments.scalar_subquery())
    return session.scalar(both) or 0


def close_unknown_payment(session: AnySession, id: int, author: str, note: str) -> None:
    """A person has given the credits by hand, or the money back: from now on no run of
    `recover-payments` gives anything for it. Raises UnknownPaymentNotFound and
    UnknownPaymentClosed."""
    found = session.get(UnknownPayment, id, with_for_update=True, populate_existing=True)
    if found is None:
        raise UnknownPaymentNotFound
    if found.done_at:
        raise UnknownPaymentClosed
    _close(session, found, author, note)


def lock_unknown(session: AnySession, provider: str, key: str) -> UnknownPayment | None:
    return session.scalar(
        select(UnknownPayment)
        .where(UnknownPayment.provider == provider, UnknownPayment.purchase_key == _fit(key))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def note_unheard_of(session: AnySession, provider: str, key: str, ref: str) -> None:
    """News names a purchase that is not here. What is known of it already stays."""
    row = {
        **{"provider": provider, "purchase_key": _fit(key), "ref": _fit(ref)},
        **{"why": Doubt.NOT_LOOKED_AT, "said": {}, "seen_at": read_clock(session)},
        **{"done_by": "", "note": ""},
    }
    add = insert_for(session)(UnknownPayment).values(row)
    session.execute(add.on_conflict_do_nothing())


def note_doubt(
    session: AnySession, provider: str, found: UnknownPayment | None, why: Doubt, it: ListedCheckout
) -> None:
    """As it was found now; what there was of it before is forgotten."""
    row = found or _add(session, provider, it)
    row.ref, row.why, row.done_at = _fit(it.ref), why, None
    row.amount_minor, row.currency, row.begun_at = it.amount_minor, it.currency, it.created_at
    said = list(it.metadata.items())[:MOST_SAID]
    row.said = {fit(name, SAID_CHARACTERS): fit(value, SAID_CHARACTERS) for name, value in said}
    session.flush()


def note_unpaid(
    session: AnySession, provider: str, found: UnknownPayment | None, it: ListedCheckout
) -> None:
    """So that old news of it, which is listed once more, alarms nobody."""
    close_known(session, found or _add(session, provider, it))


def close_known(session: AnySession, found: UnknownPayment | None) -> None:
    """It belongs to a purchase now, or nothing was paid."""
    if found and not found.done_at:
        _close(session, found, "", "")


def _add(session: AnySession, provider: str, it: ListedCheckout) -> UnknownPayment:
    """News may add it at the same moment."""
    note_unheard_of(session, provider, it.purchase_key, it.ref)
    row = lock_unknown(session, provider, it.purchase_key)
    assert row  # noqa: S101 - it was just added, here or by the webhook
    return row


def _close(session: AnySession, row: UnknownPayment, author: str, note: str) -> None:
    row.done_at, row.done_by = read_clock(session), author
    row.note = fit(note, TASK_NOTE_CHARACTERS)
    session.flush()


def _fit(text: str) -> str:
    return fit(text, REF_CHARACTERS)
