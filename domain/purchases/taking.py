"""Credits that go with money that goes back, and come back when it does not.

What may go is frozen until that is known; what is gone is taken, as far as it was spent as a debt.
How much that is in all depends on rows alone: see shares.py. Entries of the ledger are named by the
purchase and its version, so that none is written twice.
"""

from functools import cached_property

from domain.database import AnySession
from domain.ledger import acts, corrections
from domain.ledger.book import Entry, Outcome, lock_wallet
from domain.ledger.purchased import credits_by_bucket, credits_frozen_by
from domain.ledger.rules import SCRIP
from domain.ledger.wallets import find_wallet
from domain.purchases.models import Purchase
from domain.purchases.money_back_models import PaymentDispute, PaymentRefund
from domain.purchases.queries import list_disputes, list_refunds
from domain.purchases.shares import AT_RISK, GONE, Sold

Row = PaymentRefund | PaymentDispute


class LedgerRefuses(Exception):
    """The wallet is closed: nothing was written, and a person has to look."""


class Taking:
    """For a purchase that is credited and locked."""

    def __init__(self, session: AnySession, purchase: Purchase) -> None:
        self._session, self._purchase = session, purchase
        rows: list[Row] = [*list_refunds(session, purchase.id)]
        rows += list_disputes(session, purchase.id)
        self._rows = [one for one in rows if one.payment_ref == purchase.payment_ref]
        # What goes back of a second payment takes nothing.
        self._others = [one for one in rows if one.payment_ref != purchase.payment_ref]
        self._acts = 0
        self.waits = False  # for credits that are held, to take them when their hold ends

    def follow(self) -> None:
        """Makes the ledger equal to the rows. Raises LedgerRefuses."""
        if not self._rows and not self._others and not self._purchase.taken_credits:
            return
        lock_wallet(self._session, self._wallet_id)
        self._end_freezes()
        self._take_the_rest()
        self._give_back()
        self._freeze_what_may_go()

    @cached_property
    def _wallet_id(self) -> int:
        found = find_wallet(self._session, self._purchase.customer_id)
        if found is None:
            raise LedgerRefuses
        return found

    @cached_property
    def _sold(self) -> Sold:
        return sold(self._purchase)

    @property
    def _missing(self) -> int:
        """Credits that are to be taken; below zero: that are to be given back."""
        gone = self._sold.add_up(self._rows).gone_minor
        return self._sold.share_between(0, gone) - self._purchase.taken_credits

    def _end_freezes(self) -> None:
        """Of each refund and dispute that has come to its end, one way or the other. Of what is
        missing besides, more may be frozen for another one."""
        ended = [one for one in self._rows if one.status not in AT_RISK]
        for row in (*ended, *self._others):
            if row.freeze_seq is None:
                continue
            is_gone = row.status in GONE and row not in self._others
            frozen = credits_frozen_by(self._session, self._wallet_id, row.freeze_seq)
            take = min(frozen, self._missing) if is_gone else 0
            if take > 0:
                self._revoke(take, freeze=row.freeze_seq)
            else:
                self._unfreeze(row.freeze_seq)
            row.freeze_seq = None

    def _take_the_rest(self) -> None:
        """What is held stays for its hold, and is taken after it."""
        missing = self._missing
        if missing <= 0:
            return
        found = credits_by_bucket(self._session, self._wallet_id, self._purchase.id)
        there = sum(found.get(bucket, 0) for bucket in ("frozen", "free", "spent"))
        if there:
            self._revoke(min(missing, there))
        self.waits = self._missing > 0 and found.get("held", 0) > 0

    def _revoke(self, credits: int, freeze: int | None = None) -> None:
        entry = self._entry(
            corrections.revoke(
                self._session,
                self._wallet_id,
                credits,
                purchase_id=self._purchase.id,
                may_owe=True,
                actor=SCRIP,
                freeze=freeze,
                source=self._source("taken"),
            )
        )
        self._purchase.taken_credits += entry.credits

    def _unfreeze(self, seq: int) -> None:
        self._entry(corrections.unfreeze(self._session, self._wallet_id, seq, actor=SCRIP))

    def _give_back(self) -> None:
        """In a lot of its own: what was taken is gone for good."""
        credits = -self._missing
        if credits <= 0:
            return
        self._entry(
            acts.grant(
                self._session,
                self._wallet_id,
                credits,
                kind="bought",
                source=self._source("back"),
                actor=SCRIP,
                purchase_id=self._purchase.id,
                paid_minor=self._purchase.price_minor * credits // self._purchase.credits,
                currency=self._purchase.currency,
            )
        )
        self._purchase.taken_credits -= credits

    def _freeze_what_may_go(self) -> None:
        """Each its part of what goes if all of it does, as far as that is free."""
        back = self._sold.add_up(self._rows).gone_minor
        for row in self._rows:
            if row.status not in AT_RISK:
                continue
            before = back
            back = before + self._sold.add_up([row]).at_risk_minor
            if row.freeze_seq is not None:
                continue
            row.credits = self._sold.share_between(before, back)
            if row.credits:
                entry = corrections.freeze(
                    self._session,
                    self._wallet_id,
                    row.credits,
                    purchase_id=self._purchase.id,
                    actor=SCRIP,
                    source=self._source("frozen"),
                )
                row.freeze_seq = self._entry(entry).seq

    def _entry(self, outcome: Outcome) -> Entry:
        if not isinstance(outcome, Entry):
            raise LedgerRefuses(outcome)
        return outcome

    def _source(self, what: str) -> str:
        self._acts += 1
        return f"purchase:{self._purchase.id}:{self._purchase.version}:{what}:{self._acts}"


def sold(purchase: Purchase) -> Sold:
    of_payment = (purchase.credits, purchase.price_minor, purchase.currency)
    return Sold(*of_payment, purchase.forgiven_credits)
