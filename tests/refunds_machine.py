"""Two purchases of a buyer beside the provider's memory, and what must be so after each sync."""

import sys
from collections import Counter
from functools import partial

from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.database import write
from domain.ledger.models import lot
from domain.ledger.queries import balance
from domain.ledger.verify import Verified
from domain.purchases.acts import try_again
from domain.purchases.credit_notes import list_credit_notes
from domain.purchases.provider import Snapshot
from domain.purchases.queries import list_disputes, list_refunds
from tests.buyers import attempt_of, wish_of
from tests.clock import NOON, Clock
from tests.purchases import (
    begin,
    new_buyer,
    purchase_of,
    sent,
    settled,
    snapshot,
    wallet_of,
)
from tests.refunds_model import (
    GONE,
    MAY_GO,
    Bought,
    FakeProvider,
    Payment,
    all_back,
    sum_of,
    which_counts,
)


class RefundMachine(RuleBasedStateMachine):
    session: Session
    clock: Clock
    package_id: int

    def __init__(self) -> None:
        super().__init__()
        self.clock.set(NOON)
        self.buyer = new_buyer(self.session)
        self.purchases = [self.buy(), self.buy()]
        self.provider = FakeProvider([one for it in self.purchases for one in it.payments])
        self.wallet = wallet_of(self.session, self.purchases[0].id)
        self.names = Counter[str]()
        # What the buyer used and was given, and what was let go.
        self.used = self.given = self.forgiven = 0

    def buy(self) -> Bought:
        """Two checkouts, of which the first is over for us, and may be paid all the same."""
        first = sent(self.session, begin(self.session, wish_of(self.buyer, self.package_id)))
        settled(
            self.session, snapshot(self.session, first, "expired"), purchase_id=first.purchase_id
        )
        again = partial(try_again, purchase_id=first.purchase_id, customer_id=self.buyer)
        attempt = attempt_of(self.buyer)
        anew = write(self.session, partial(again, consent="2026-11", attempt=attempt))
        assert anew
        payments = [
            Payment(snapshot(self.session, one, paid_at=self.clock.go_on(minutes=1)))
            for one in (first, sent(self.session, anew))
        ]
        payments[1].is_paid = True
        it = settled(self.session, *(one.seen() for one in payments), purchase_id=first.purchase_id)
        return Bought(it.id, it.credits, it.price_minor, payments)

    def teardown(self) -> None:
        if sys.exception() is None:
            assert list(Verified(self.session).differences(after=self.wallet.id - 1)) == []
        self.session.rollback()

    def a_payment(self, which: int, of: int) -> Payment:
        """Mostly the one that arrived first."""
        payments = self.purchases[which].payments
        return payments[of] if payments[of].is_paid else payments[-1]

    def name(self, kind: str) -> str:
        self.names[kind] += 1
        return f"{kind}_{self.buyer}_{self.names[kind]}"

    def owed(self) -> int:
        self.session.rollback()
        return balance(self.session, self.wallet.id).owed

    # What must be so.

    @invariant()
    def no_credit_is_lost_or_made(self) -> None:
        self.session.rollback()
        now = balance(self.session, self.wallet.id)
        assert not (now.free and now.owed)
        bought = [purchase_of(self.session, one.id) for one in self.purchases]
        expired = sum(self.count("expired"))
        taken = sum(one.taken_credits for one in bought)
        came = sum(one.credits for one in bought) + self.given
        held = sum(self.count("free") + self.count("held") + self.count("frozen"))
        # As it is written, too: `balance` counts holds that are over, whose credits pay debts.
        owed = sum(self.count("owed"))
        assert held - owed == came - self.used - taken - expired
        assert sum(one.forgiven_credits for one in bought) == self.forgiven

    def count(self, bucket: str, purchase_id: int | None = None) -> list[int]:
        """Of each lot, of all or of a purchase, as it is written."""
        its = select(lot.c[bucket]).where(lot.c.wallet_id == self.wallet.id)
        if purchase_id is not None:
            its = its.where(lot.c.purchase_id == purchase_id)
        return list(self.session.scalars(its))

    def agrees(self, bought: Bought, seen: list[Snapshot]) -> None:
        """The purchase with what the provider said."""
        self.session.rollback()
        rows = list_refunds(self.session, bought.id)
        known = {(one.ref, one.amount_minor, one.status) for one in rows if one.ref}
        known |= {
            (one.ref, one.amount_minor, one.status)
            for one in list_disputes(self.session, bought.id)
        }
        back = [one for payment in seen for one in all_back(payment)]
        assert known == {(one.ref, one.amount_minor, one.status) for one in back}
        counts = which_counts(seen)
        asked = [
            one for one in rows if one.status == "asked" and one.payment_ref == counts.payment_ref
        ]
        self.credits_agree(bought, counts, sum(one.amount_minor for one in asked), len(asked))
        self.papers_agree(bought, counts)

    def credits_agree(self, bought: Bought, counts: Snapshot, asked: int, asks: int) -> None:
        it = purchase_of(self.session, bought.id)
        assert it.payment_ref == counts.payment_ref
        back = all_back(counts)
        gone = bought.gone_minor(back)
        wanted = max(0, bought.share(gone) - it.forgiven_credits)
        there = {name: sum(self.count(name, it.id)) for name in ("free", "frozen", "spent", "held")}
        assert it.taken_credits <= wanted
        if it.taken_credits < wanted:
            assert not any(there[name] for name in ("free", "frozen", "spent"))
            assert wanted - it.taken_credits <= there["held"]
        may_go = bought.share(gone + sum_of(back, MAY_GO) + asked) - bought.share(gone)
        # Each has a part of a credit as one.
        most = may_go + asks + len([one for one in back if one.status in MAY_GO])
        assert there["frozen"] <= (most if may_go else 0)

    def papers_agree(self, bought: Bought, counts: Snapshot) -> None:
        notes = list_credit_notes(self.session, bought.id)
        signs = [(1 if note.reverses is None else -1, note) for note in notes]
        arrived = sum_of(counts.refunds, GONE)
        assert sum(sign * note.content["amount_minor"] for sign, note in signs) == arrived
