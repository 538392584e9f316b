"""The whole life of a purchase: what is known of it, from here, the provider and the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from domain.database import AnySession
from domain.ledger.purchased import PurchaseEntry, credits_by_bucket, entries_of_purchase
from domain.ledger.rules import Bucket
from domain.ledger.wallets import find_wallet
from domain.outbox.models import OutboxMessage
from domain.purchases.credit_notes import list_credit_notes
from domain.purchases.mails import (
    copy_keys,
    failed_key,
    receipt_key,
    refund_key,
    withdrawal_key,
)
from domain.purchases.models import Checkout, PaymentEvent, Purchase, PurchaseStep, Receipt
from domain.purchases.money_back_models import CreditNote, PaymentDispute, PaymentRefund
from domain.purchases.names import name_receipt
from domain.purchases.queries import list_disputes, list_events, list_refunds, list_steps
from domain.purchases.shown import Shown, shown_state


@dataclass(frozen=True)
class Life:
    """The oldest first; `mails` are those to the customer about this purchase. Without a wallet
    there are no entries and no credits."""

    purchase: Purchase
    steps: Sequence[PurchaseStep]
    events: Sequence[PaymentEvent]
    refunds: Sequence[PaymentRefund]
    disputes: Sequence[PaymentDispute]
    receipt: Receipt | None
    notes: Sequence[CreditNote]
    mails: Sequence[OutboxMessage]
    entries: Sequence[PurchaseEntry]
    credits: Mapping[Bucket, int]

    @property
    def shown(self) -> Shown:
        return shown_state(self.purchase, self.refunds, self.disputes)

    @property
    def receipt_name(self) -> str:
        """ "" without a receipt."""
        it = self.receipt
        return name_receipt(it.series, it.year, it.number) if it else ""

    @property
    def is_credited(self) -> bool:
        return any(entry.kind == "grant" for entry in self.entries)


def read_life(session: AnySession, purchase: Purchase) -> Life:
    id, wallet_id = purchase.id, find_wallet(session, purchase.customer_id)
    return Life(
        *(purchase, list_steps(session, id), list_events(session, id)),
        *(list_refunds(session, id), list_disputes(session, id)),
        session.get(Receipt, id),
        notes := list_credit_notes(session, id),
        list_mails(session, id, notes),
        entries_of_purchase(session, wallet_id, id) if wallet_id else [],
        credits_by_bucket(session, wallet_id, id) if wallet_id else {},
    )


def list_mails(
    session: AnySession, purchase_id: int, notes: Sequence[CreditNote] = ()
) -> Sequence[OutboxMessage]:
    attempts = session.scalars(select(Checkout.id).where(Checkout.purchase_id == purchase_id))
    failed = [failed_key(purchase_id, checkout_id) for checkout_id in attempts]
    of_notes = [refund_key(note) for note in notes]
    own = (receipt_key(purchase_id), withdrawal_key(purchase_id))
    keys = (*own, *copy_keys(purchase_id), *failed, *of_notes)
    those = select(OutboxMessage).where(OutboxMessage.key.in_(keys))
    return session.scalars(those.order_by(OutboxMessage.id)).all()
