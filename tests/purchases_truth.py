"""Whether Scrip holds what the payment provider says: read from the simulator without the adapter,
and reasoned here again in the simplest way."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.ledger.models import lot
from domain.ledger.verify import Verified
from domain.outbox.models import OutboxMessage
from domain.purchases.credit_notes import list_credit_notes
from domain.purchases.mails import refund_key
from domain.purchases.models import Checkout, Purchase, Receipt
from domain.purchases.money_back_models import CreditNote, PaymentDispute, PaymentRefund
from domain.purchases.payments.stripe_words import REFUND
from domain.purchases.queries import list_disputes, list_refunds
from domain.purchases.rules import State
from tests.simulator import Simulator

# What gives nothing back for good, and what may give something back.
HARMLESS, MAY_GO = {"failed", "canceled", "won"}, {"pending", "open"}
OURS = {"needs_response": "open"}


class MoneyBack(NamedTuple):
    """`is_ours`: it was asked for here."""

    name: str
    amount: int
    status: str
    is_ours: bool


class Truth(NamedTuple):
    """A session as the provider has it, and what came back of its payment."""

    state: str
    amount: int
    money_back: frozenset[MoneyBack]

    @property
    def needs_a_person(self) -> bool:
        """Whether something went back that was not asked for here, or did not although it was."""
        return any((one.status in HARMLESS) == one.is_ours for one in self.money_back)

    def back(self, but: Collection[str]) -> int:
        """How much, but for what is in these states."""
        back = sum(one.amount for one in self.money_back if one.status not in but)
        return min(self.amount, back)


def check_truth(session: Session, simulator: Simulator) -> None:
    """Of all purchases, of which nothing was spent."""
    session.rollback()
    known = session.execute(select(Checkout.ref, Checkout.purchase_id)).tuples().all()
    seen = {ref: read_truth(simulator, ref) for ref, _ in known if ref}
    assert len(seen) == simulator.count_sessions()
    for purchase in session.scalars(select(Purchase)).all():
        mine = [seen[ref] for ref, purchase_id in known if ref and purchase_id == purchase.id]
        check_purchase(session, purchase, mine)
    check_receipts(session)
    check_credit_notes(session)
    assert list(Verified(session).differences()) == []


def read_truth(simulator: Simulator, ref: str) -> Truth:
    found = simulator.ask(f"/v1/checkout/sessions/{ref}?expand[]=payment_intent")
    payment = found["payment_intent"]
    if payment is None:
        return Truth(found["status"], found["amount_total"], frozenset())
    money_back = [
        MoneyBack(
            *(one["id"], one["amount"], OURS.get(one["status"], one["status"])),
            is_ours=REFUND in one["metadata"],
        )
        for kind in ("refunds", "disputes")
        for one in simulator.ask(f"/v1/{kind}?payment_intent={payment['id']}")["data"]
    ]
    if found["status"] != "complete":
        state = found["status"]
    elif found["payment_status"] == "paid":
        state = "paid"
    else:
        state = "processing" if payment["status"] == "processing" else "failed"
    return Truth(state, found["amount_total"], frozenset(money_back))


def check_purchase(session: Session, purchase: Purchase, seen: Sequence[Truth]) -> None:
    paid = [one for one in seen if one.state == State.PAID]
    assert purchase.state == (State.PAID if paid else seen[-1].state), purchase.id
    assert money_back(session, purchase.id) == {one[:3] for it in seen for one in it.money_back}
    if len(paid) > 1 or any(one.needs_a_person for one in paid):
        assert purchase.hold, purchase.id
    given = select(lot.c.granted).where(lot.c.source == f"purchase:{purchase.id}")
    assert list(session.scalars(given)) == [purchase.credits] * bool(paid), purchase.id
    if paid:
        check_credits(session, purchase, min(paid, key=lambda one: one.back(HARMLESS)))


def check_credits(session: Session, purchase: Purchase, kept: Truth) -> None:
    """They go with the money of the payment that is kept best; a part of one counts as one."""
    gone, all_gone = (
        -(-purchase.credits * kept.back(but) // kept.amount)
        for but in (HARMLESS | MAY_GO, HARMLESS)
    )
    is_of_it = lot.c.purchase_id == purchase.id
    sums = (func.sum(lot.c[bucket]) for bucket in ("free", "frozen", "owed"))
    there = [int(one) for one in session.execute(select(*sums).where(is_of_it)).one()]
    assert there == [purchase.credits - all_gone, all_gone - gone, 0], purchase.id
    assert purchase.taken_credits == gone, purchase.id
    notes = list_credit_notes(session, purchase.id)
    corrected = [note.content["amount_minor"] * (-1) ** bool(note.reverses) for note in notes]
    assert sum(corrected) == kept.back(HARMLESS | MAY_GO | {"lost"}), purchase.id


def money_back(session: Session, purchase_id: int) -> set[tuple[str | None, int, str]]:
    """As far as the provider has it; of all else it is known that it has not."""
    refunds = list_refunds(session, purchase_id)
    assert {one.status for one in refunds if not one.ref} <= {"failed"}
    rows: list[PaymentRefund | PaymentDispute] = [one for one in refunds if one.ref]
    rows += list_disputes(session, purchase_id)
    return {(row.ref, row.amount_minor, row.status) for row in rows}


def check_credit_notes(session: Session) -> None:
    """Numbered without a gap, and each mailed once."""
    notes = session.scalars(select(CreditNote)).all()
    assert sorted(note.number for note in notes) == list(range(1, len(notes) + 1))
    keys = Counter(session.scalars(select(OutboxMessage.key)))
    assert [keys[refund_key(note)] for note in notes] == [1] * len(notes)


def check_receipts(session: Session) -> None:
    """One for each purchase that was credited, numbered without a gap, and each mailed once."""
    is_bought = lot.c.purchase_id.is_not(None)
    credited = set(session.scalars(select(lot.c.purchase_id).where(is_bought)))
    receipts = session.execute(select(Receipt.purchase_id, Receipt.number)).tuples().all()
    assert {purchase_id for purchase_id, _ in receipts} == credited
    assert sorted(number for _, number in receipts) == list(range(1, len(credited) + 1))
    keys = Counter(session.scalars(select(OutboxMessage.key)))
    mailed = [keys[f"purchase:{purchase_id}:receipt"] for purchase_id in credited]
    assert mailed == [1] * len(credited)


def count_purchases(session: Session) -> int:
    return session.scalar(select(func.count(Purchase.id))) or 0
