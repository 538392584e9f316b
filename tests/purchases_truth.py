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
from domain.purchases.models import (
    Checkout,
    PaymentDispute,
    PaymentRefund,
    Purchase,
    Receipt,
)
from domain.purchases.queries import list_disputes, list_refunds
from domain.purchases.rules import State
from tests.simulator import Simulator

# What gives nothing back for good.
HARMLESS = {"failed", "canceled", "won"}
OURS = {"needs_response": "open"}

MoneyBack = tuple[str, int, str]


class Truth(NamedTuple):
    """A session as the provider has it, and what came back of its payment: name, amount, status."""

    state: str
    money_back: frozenset[MoneyBack]

    @property
    def is_kept(self) -> bool:
        """Whether it is paid, and none of it went back or is asked back."""
        return self.state == State.PAID and {one[2] for one in self.money_back} <= HARMLESS


def check_truth(session: Session, simulator: Simulator, had_credits: Collection[int] = ()) -> None:
    """Of all purchases. `had_credits` are those that surely had them before any money went back,
    which takes no credits."""
    session.rollback()
    known = session.execute(select(Checkout.ref, Checkout.purchase_id)).tuples().all()
    seen = {ref: read_truth(simulator, ref) for ref, _ in known if ref}
    assert len(seen) == simulator.count_sessions()
    for purchase in session.scalars(select(Purchase)).all():
        mine = [seen[ref] for ref, purchase_id in known if ref and purchase_id == purchase.id]
        check_purchase(session, purchase, mine, had_credits=purchase.id in had_credits)
    check_receipts(session)
    assert list(Verified(session).differences()) == []


def read_truth(simulator: Simulator, ref: str) -> Truth:
    found = simulator.ask(f"/v1/checkout/sessions/{ref}?expand[]=payment_intent")
    payment = found["payment_intent"]
    if payment is None:
        return Truth(found["status"], frozenset())
    money_back = [
        (one["id"], one["amount"], OURS.get(one["status"], one["status"]))
        for kind in ("refunds", "disputes")
        for one in simulator.ask(f"/v1/{kind}?payment_intent={payment['id']}")["data"]
    ]
    if found["status"] != "complete":
        state = found["status"]
    elif found["payment_status"] == "paid":
        state = "paid"
    else:
        state = "processing" if payment["status"] == "processing" else "failed"
    return Truth(state, frozenset(money_back))


def check_purchase(
    session: Session, purchase: Purchase, seen: Sequence[Truth], *, had_credits: bool
) -> None:
    paid = [one for one in seen if one.state == State.PAID]
    kept = [one for one in seen if one.is_kept]
    credits = bought_credits(session, purchase.id)
    if kept or had_credits:
        assert credits == [purchase.credits], purchase.id
    elif paid:
        assert credits in ([], [purchase.credits]), purchase.id
    else:
        assert credits == [], purchase.id
    assert purchase.state == (State.PAID if paid else seen[-1].state), purchase.id
    assert purchase.hold or len(kept) == len(paid) <= 1, purchase.id
    theirs = frozenset[MoneyBack]().union(*(one.money_back for one in seen))
    assert money_back(session, purchase.id) == theirs, purchase.id


def money_back(session: Session, purchase_id: int) -> set[MoneyBack]:
    rows: list[PaymentRefund | PaymentDispute] = [*list_refunds(session, purchase_id)]
    rows += list_disputes(session, purchase_id)
    return {(row.ref or "", row.amount_minor, row.status) for row in rows}


def bought_credits(session: Session, purchase_id: int) -> list[int]:
    """Of each time that they were given."""
    return list(session.scalars(select(lot.c.granted).where(lot.c.purchase_id == purchase_id)))


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
