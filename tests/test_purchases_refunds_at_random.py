"""Refunds and disputes at random, whole and in parts, in any order, of two purchases of a buyer who
goes on spending: credits go with their money, and come back with it. Short in `make test`."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from domain.database import write
from domain.ledger import acts as ledger
from domain.ledger.book import Entry
from domain.purchases.errors import StaleVersion
from domain.purchases.forgiving import forgive_debt
from domain.purchases.orders import new_key
from domain.purchases.provider import Dispute, Refund, Snapshot, Unreachable
from domain.purchases.queries import list_refunds
from domain.purchases.refund_errors import RefundRefused
from domain.purchases.refunding import ask_refund, forecast_refund, send_refund
from domain.purchases.settling import Seen, settle
from tests.clock import Clock
from tests.purchases import (
    package_on_sale,
    purchase_of,
    settled,
)
from tests.refunds_machine import RefundMachine
from tests.soak import naming_seed

IS_SOAK = settings.get_current_profile_name() == "soak"
# Most things happen to the one purchase, and to its better payment, so that much happens to it.
WHICH, OF = st.sampled_from([0, 0, 0, 1]), st.sampled_from([1, 1, 1, 0])
AMOUNTS = st.sampled_from([1, 7, 500, 999, 1000, 1999]) | st.integers(1, 1999)
CREDITS = st.integers(1, 60)
YEAR = timedelta(days=365)
MOODS = st.sampled_from(["answers", "answers", "loses answers", "is down", "refuses"])


@dataclass
class Fetched:
    """What somebody slow was told, and when."""

    which: int
    as_seen: Seen
    seen: list[Snapshot] = field(default_factory=list)


class Refunding(RefundMachine):
    """Each state is settled twice.

    Caught: share rounded per step; dispute event twice; failure of a refund ignored; no version
    check.
    """

    @initialize(
        spent=st.integers(0, 200),
        held=st.integers(0, 60),
        parts=st.lists(st.tuples(AMOUNTS, st.sampled_from(["pending", "succeeded"])), max_size=3),
        disputed=st.none() | AMOUNTS,
    )
    def begin(
        self, spent: int, held: int, parts: list[tuple[int, str]], disputed: int | None
    ) -> None:
        """A common story, so that short runs have something to go on with."""
        self.slow: list[Fetched] = []
        self.webhooks_arrive = True
        self.holds: list[int] = []
        self.spends: list[int] = []
        if spent:
            self.spend(spent)
        if held:
            self.hold(held)
        for amount, status in parts:
            self.refund_there(0, 1, amount, status)
        if disputed:
            self.dispute(0, 1, disputed)

    # What the provider does.

    @rule(which=WHICH)
    def pay_a_second_time(self, which: int) -> None:
        self.purchases[which].payments[0].is_paid = True
        self.hear(which)

    @rule(which=WHICH, of=OF, amount=AMOUNTS, status=st.sampled_from(["pending", "succeeded"]))
    def refund_there(self, which: int, of: int, amount: int, status: Any) -> None:  # noqa: ANN401
        payment = self.a_payment(which, of)
        if amount := min(amount, payment.left_minor()):
            payment.refunds.append(Refund(self.name("re"), amount, "USD", status))
        self.hear(which)

    @rule(which=WHICH, of=OF, data=st.data())
    def end_refund(self, which: int, of: int, data: Any) -> None:  # noqa: ANN401
        """Also one that had arrived."""
        payment = self.a_payment(which, of)
        moves = [
            (index, status)
            for index, one in enumerate(payment.refunds)
            for status in ("succeeded", "failed", "canceled")
            if one.status == "pending" or (one.status, status) == ("succeeded", "failed")
        ]
        if moves:
            payment.set_refund(*data.draw(st.sampled_from(moves)))
        self.hear(which)

    @rule(which=WHICH, of=OF, amount=AMOUNTS)
    def dispute(self, which: int, of: int, amount: int) -> None:
        payment = self.a_payment(which, of)
        payment.disputes.append(Dispute(self.name("dp"), amount, "USD", "open", "", None))
        self.hear(which)

    @rule(which=WHICH, of=OF, data=st.data(), status=st.sampled_from(["won", "lost", "open"]))
    def end_dispute(self, which: int, of: int, data: Any, status: str) -> None:  # noqa: ANN401
        """Or appeal."""
        payment = self.a_payment(which, of)
        if payment.disputes:
            payment.set_dispute(data.draw(st.integers(0, len(payment.disputes) - 1)), status)
        self.hear(which)

    # What Scrip does about it.

    def hear(self, which: int) -> None:
        if self.webhooks_arrive:
            self.settle(which)

    @rule()
    def lose_webhooks_or_not(self) -> None:
        self.webhooks_arrive = not self.webhooks_arrive

    @rule(which=WHICH)
    def settle(self, which: int) -> None:
        bought = self.purchases[which]
        seen = bought.seen()
        settled(self.session, *seen, purchase_id=bought.id)
        self.agrees(bought, seen)

    @rule(which=WHICH)
    def fetch_slowly(self, which: int) -> None:
        bought = self.purchases[which]
        version = purchase_of(self.session, bought.id).version
        self.slow.append(Fetched(which, Seen(bought.id, version), bought.seen()))

    @precondition(lambda self: self.slow)
    @rule()
    def settle_late(self) -> None:
        """What was fetched before others were faster counts for nothing."""
        it = self.slow.pop(0)
        version = purchase_of(self.session, it.as_seen.purchase_id).version
        fetched = {int(one.ref.removeprefix("cs_")): one for one in it.seen}
        try:
            write(self.session, partial(settle, seen=it.as_seen, fetched=fetched))
        except StaleVersion:
            assert version != it.as_seen.version
        else:
            assert version == it.as_seen.version
            self.agrees(self.purchases[it.which], it.seen)

    @rule(which=WHICH, of=OF, amount=st.none() | AMOUNTS, mood=MOODS, pends=st.booleans())
    def refund_here(self, which: int, of: int, amount: int | None, mood: str, pends: bool) -> None:
        """It is asked for, and sent: whether the provider has it then is not always known."""
        bought, payment = self.purchases[which], self.a_payment(which, of)
        self.session.rollback()
        try:
            forecast = forecast_refund(self.session, bought.id, amount, payment.ref)
        except RefundRefused:
            return
        finally:
            self.session.rollback()
        ask = partial(ask_refund, purchase_id=bought.id, forecast=forecast, may_owe=True)
        refund_id = write(self.session, partial(ask, author="admin:1", reason="At random"))
        self.send_it(refund_id, mood, "pending" if pends else "succeeded")

    @rule(which=WHICH, mood=MOODS)
    def send_again(self, which: int, mood: str) -> None:
        """The worker, or the one who asked, who was slow."""
        self.session.rollback()
        for one in list_refunds(self.session, self.purchases[which].id):
            if one.key:
                self.send_it(one.id, mood, "succeeded")

    def send_it(self, refund_id: int, mood: str, status: str) -> None:
        self.provider.mood, self.provider.status = mood, status
        for _time in range(2):
            try:
                send_refund(self.session, self.provider, refund_id)  # type: ignore[arg-type]
            except Unreachable:
                continue

    @precondition(lambda self: self.owed())
    @rule(credits=CREDITS)
    def forgive(self, credits: int) -> None:
        credits = min(credits, self.owed())
        act = partial(forgive_debt, customer_id=self.buyer, credits=credits, reason="Our mistake")
        act = partial(act, author="ada@example.com", actor="admin:1", key=new_key())
        assert [write(self.session, act) for _time in range(2)] == [True, False]
        self.forgiven += credits

    # What the buyer does with the credits, and time with them.

    @rule(credits=CREDITS)
    def spend(self, credits: int) -> None:
        done = self.wallet.spend(credits)
        if isinstance(done, Entry):
            self.used += credits
            self.spends.append(done.seq)

    @rule(credits=CREDITS)
    def hold(self, credits: int) -> None:
        done = self.wallet.hold(credits)
        if isinstance(done, Entry):
            self.holds.append(done.hold or 0)

    @precondition(lambda self: self.holds)
    @rule(is_used=st.booleans())
    def end_hold(self, is_used: bool) -> None:
        number, by = self.holds.pop(), {"actor": "customer:1"}
        if is_used:
            done = self.wallet.do(ledger.capture, number, **by)
            self.used += done.credits if isinstance(done, Entry) else 0
        else:
            self.wallet.do(ledger.void, number, cause="customer", **by)

    @precondition(lambda self: self.spends)
    @rule()
    def reverse(self) -> None:
        by = {"cause": "provider", "actor": "admin:1"}
        done = self.wallet.do(ledger.reverse, self.spends.pop(), **by)
        self.used -= done.credits if isinstance(done, Entry) else 0

    @rule(credits=CREDITS, lasts=st.none() | st.integers(1, 30))
    def gift(self, credits: int, lasts: int | None) -> None:
        """With an end, or without one."""
        ends = None if lasts is None else self.clock.now + lasts * YEAR
        self.wallet.gift(credits, ends)
        self.given += credits

    @rule(hours=st.sampled_from([1, 25, 24 * 400]))
    def time_goes_on(self, hours: int) -> None:
        self.clock.go_on(hours=hours)


def test_credits_go_with_their_money(session: Session, clock: Clock) -> None:
    terms = {"session": session, "clock": clock, "package_id": package_on_sale(session)}
    machine = type("Machine", (Refunding,), terms)
    with naming_seed() as chosen:
        run_state_machine_as_test(
            seed(chosen)(machine),
            settings=settings(
                max_examples=300 if IS_SOAK else 4,
                stateful_step_count=50 if IS_SOAK else 20,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
