"""What corrects a receipt: a credit note for each refund that arrived, and one that takes it back
when the refund fails later. Their numbers have no gaps, in a series of their own."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain.customers.customers import get_customer
from domain.database import AnySession
from domain.purchases.mails import put_refund, put_refund_failed
from domain.purchases.models import Purchase, Receipt
from domain.purchases.money_back_models import CreditNote, PaymentRefund
from domain.purchases.names import CREDIT_NOTES, name_receipt
from domain.purchases.receipts import find_receipt, next_number
from domain.purchases.restoring import series_now

UNDONE = ("failed", "canceled")


def follow_refunds(
    session: AnySession,
    purchase: Purchase,
    refunds: Sequence[PaymentRefund],
    origin: str,
    now: datetime,
) -> None:
    """Issues what its refunds still need, with a mail to the buyer each. Of another payment than
    the one that counts, and without a receipt, there is nothing to correct. Takes the last lock of
    a transaction."""
    receipt = find_receipt(session, purchase.id)
    if receipt is None:
        return
    notes = list_credit_notes(session, purchase.id)
    reversed_ids = {note.reverses for note in notes}
    standing = {
        note.refund_id: note
        for note in notes
        if note.reverses is None and note.id not in reversed_ids
    }
    for refund in refunds:
        note = standing.get(refund.id)
        if refund.payment_ref != purchase.payment_ref:
            if note is not None:  # it counted; its money is back all the same
                _issue(session, purchase, receipt, refund, now, reverses=note)
        elif refund.status == "succeeded" and note is None:
            note = _issue(session, purchase, receipt, refund, now)
            buyer = get_customer(session, purchase.customer_id)
            put_refund(session, note, purchase, buyer, origin)
        elif refund.status in UNDONE and note is not None:
            note = _issue(session, purchase, receipt, refund, now, reverses=note)
            buyer = get_customer(session, purchase.customer_id)
            put_refund_failed(session, note, purchase, buyer, origin)


def list_credit_notes(session: AnySession, purchase_id: int) -> Sequence[CreditNote]:
    """The oldest first."""
    of_it = select(CreditNote).where(CreditNote.purchase_id == purchase_id)
    return session.scalars(of_it.order_by(CreditNote.id)).all()


def name_note(note: CreditNote) -> str:
    return name_receipt(note.series, note.year, note.number)


def _tax_of(purchase: Purchase, amount_minor: int) -> int:
    """The part of the purchase's tax that is in the amount; half a coin counts as one."""
    price = purchase.price_minor
    return (2 * purchase.tax_minor * amount_minor + price) // (2 * price)


def _issue(
    session: AnySession,
    purchase: Purchase,
    receipt: Receipt,
    refund: PaymentRefund,
    now: datetime,
    reverses: CreditNote | None = None,
) -> CreditNote:
    """The content is that of the receipt, frozen again, with "receipt" (its name), "amount_minor"
    that is back and the "tax_minor" in it, "refunded_at", and "reverses" (a name, or null)."""
    year = now.astimezone(ZoneInfo(receipt.content["zone"])).year
    series = series_now(session, CREDIT_NOTES[purchase.mode])
    note = CreditNote(
        purchase_id=purchase.id,
        refund_id=refund.id,
        reverses=reverses and reverses.id,
        series=series,
        year=year,
        number=next_number(session, series, year),
        issued_at=now,
        content=receipt.content
        | {
            "receipt": name_receipt(receipt.series, receipt.year, receipt.number),
            "amount_minor": refund.amount_minor,
            "currency": refund.currency,
            "tax_minor": _tax_of(purchase, refund.amount_minor),
            "refunded_at": refund.changed_at.isoformat(),
            "reverses": reverses and name_note(reverses),
        },
    )
    session.add(note)
    session.flush()
    return note
