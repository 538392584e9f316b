"""Restores at random moments of random purchases: who paid has the credits once, or is named to a
person; and no receipt number is used twice.

Four moments in `make test`, with both databases; `SOAK_RESTORES=20` tries twenty.
"""

import random
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from domain.customers.customers import get_customer
from domain.customers.models import Customer
from domain.database import write
from domain.ledger.models import lot
from domain.ledger.verify import Verified
from domain.purchases import acts
from domain.purchases.errors import NotSynced, TooManyCheckouts
from domain.purchases.events import note_events
from domain.purchases.models import Checkout, Purchase, Receipt
from domain.purchases.names import name_receipt
from domain.purchases.opening import open_checkout
from domain.purchases.payments.stripe import CallLimits, Stripe
from domain.purchases.provider import Event
from domain.purchases.rules import State
from domain.purchases.syncing import sync
from domain.purchases.unknown import list_unknown_payments
from tests.buyers import wish_of
from tests.clock import NOON
from tests.kept_sqlite import KeptSqlite
from tests.postgres import Reused
from tests.purchases import new_buyer, package_on_sale
from tests.recovering import recovered
from tests.restoring import backed_up
from tests.simulator import Simulator
from tests.soak import RESTORES, naming_seed

ACTS_BETWEEN = 14
CREDITS = 100


class Shop:
    """Its buyers, what they paid for, and all receipts that anybody was ever given."""

    def __init__(self, session: Session, simulator: Simulator, dice: random.Random) -> None:
        self.session, self.simulator, self.dice = session, simulator, dice
        self.provider = Stripe(simulator.key, simulator.secret, simulator.url, CallLimits(5))
        self.package_id = package_on_sale(session)
        self.payers: dict[str, str] = {}  # by the key of a purchase that is paid: whose it is
        self.given: dict[str, str] = {}  # by the number of a receipt: the key of its purchase

    def live(self, count: int) -> None:
        kinds = (
            *(self.come, self.begin, self.begin, self.send, self.pay, self.pay),
            *(self.look, self.leave, self.hear, self.come_and_pay),
        )
        for _act in range(count):
            self.dice.choice(kinds)()
            self.note_receipts()

    def come(self) -> None:
        new_buyer(self.session)

    def come_and_pay(self) -> None:
        wish = wish_of(new_buyer(self.session), self.package_id)
        started = write(self.session, partial(acts.start, wish=wish))
        url = open_checkout(self.session, self.provider, started.checkout_id)
        self.pay_at(url.rpartition("/")[2])

    def begin(self) -> None:
        if buyers := self._all(select(Customer.id)):
            wish = wish_of(self.dice.choice(buyers), self.package_id)
            with suppress(TooManyCheckouts):
                write(self.session, partial(acts.start, wish=wish))

    def send(self) -> None:
        if waiting := self._all(select(Checkout.id).where(Checkout.state == "new")):
            open_checkout(self.session, self.provider, self.dice.choice(waiting))

    def pay(self) -> None:
        refs = self._all(select(Checkout.ref).where(Checkout.state == "open"))
        if refs:
            self.pay_at(self.dice.choice(refs))

    def pay_at(self, ref: str) -> None:
        found = self.simulator.ask(f"/v1/checkout/sessions/{ref}")
        if found["status"] != "open":
            return
        self.simulator.pay(ref)
        key = found["metadata"]["scrip_purchase"]
        bought = select(Purchase.customer_id).where(Purchase.key == key)
        self.payers[key] = get_customer(self.session, self._all(bought)[0]).subject

    def leave(self) -> None:
        if refs := self._all(select(Checkout.ref).where(Checkout.state == "open")):
            ref = self.dice.choice(refs)
            if self.simulator.ask(f"/v1/checkout/sessions/{ref}")["status"] == "open":
                self.simulator.expire(ref)

    def look(self) -> None:
        """The buyer's page, or the worker."""
        sent = select(Purchase.id).join(Checkout).where(Checkout.ref.is_not(None))
        waiting = self._all(sent.where(Purchase.state == State.OPEN))
        if waiting:
            with suppress(NotSynced):
                sync(self.session, self.provider, self.dice.choice(waiting))

    def hear(self) -> None:
        """News of anything that was paid, which may be lost here."""
        if self.payers:
            key = self.dice.choice([*self.payers])
            news = Event(f"evt_{self.dice.random()}", "charge.updated", f"pi_{key}", key, NOON)
            write(self.session, partial(note_events, provider="simulator", events=[news]))

    def look_at_all(self) -> None:
        for purchase_id in self._all(select(Purchase.id).join(Checkout).distinct()):
            with suppress(NotSynced):
                sync(self.session, self.provider, purchase_id)
        self.note_receipts()

    def note_receipts(self) -> None:
        """No number is ever that of another purchase, lost ones included."""
        self.session.rollback()
        columns = (Receipt.series, Receipt.year, Receipt.number, Purchase.key)
        rows = self.session.execute(select(*columns).join(Purchase)).tuples().all()
        for series, year, number, key in rows:
            name = name_receipt(series, year, number)
            assert self.given.setdefault(name, key) == key, f"{name} is used twice"

    def check(self) -> None:
        self.session.rollback()
        unknown = {one.purchase_key for one in list_unknown_payments(self.session)}
        for key, subject in self.payers.items():
            found = self.session.scalar(select(Purchase).where(Purchase.key == key))
            if found is None:
                assert key in unknown, "paid, without credits, and nobody is told"
                continue
            assert key not in unknown
            assert get_customer(self.session, found.customer_id).subject == subject
            granted = select(lot.c.granted).where(lot.c.purchase_id == found.id)
            assert self._all(granted) == [CREDITS]
        is_bought = lot.c.purchase_id.is_not(None)
        paid = set(self._all(select(Purchase.id).where(Purchase.key.in_(self.payers))))
        assert set(self._all(select(lot.c.purchase_id).where(is_bought))) == paid
        assert list(Verified(self.session).differences()) == []

    def _all(self, statement: Select[Any]) -> list[Any]:
        self.session.rollback()
        return list(self.session.scalars(statement))


@pytest.mark.parametrize("moment", range(RESTORES))
def test_after_a_restore_nobody_loses_and_nobody_wins(
    request: pytest.FixtureRequest,
    database: str,
    session: Session,
    simulator: Simulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    moment: int,
) -> None:
    """Two restores, the second sometimes of the same backup as the first; sometimes the shop is
    open for a while before anybody thinks of the lost ones.

    Caught: "number reused": a receipt in the old series; a code of the series that counts restores,
    which a second restore of one backup forgets; credits for the customer who has the number."""
    is_sqlite = database.startswith("sqlite:")
    kept: KeptSqlite | Reused = request.getfixturevalue("kept_sqlite" if is_sqlite else "reused")
    with naming_seed() as seed:
        dice = random.Random(seed * 1000 + moment)  # noqa: S311 - no secrets
        # 0: as if more numbers were lost than are left out.
        monkeypatch.setattr("domain.purchases.restoring.SKIPPED", dice.choice((0, 10_000)))
        shop = Shop(session, simulator, dice)
        for _buyer in range(3):
            shop.come()
        shop.live(dice.randrange(2 * ACTS_BETWEEN))
        go_back = backed_up(session, kept, tmp_path)
        for _restore in range(2):
            shop.live(dice.randrange(2 * ACTS_BETWEEN))
            go_back()
            if dice.random() < 0.5:
                shop.live(ACTS_BETWEEN)
            recovered(session, shop.provider)
            shop.look_at_all()
            shop.check()
            shop.note_receipts()
            if dice.random() < 0.5:
                go_back = backed_up(session, kept, tmp_path)
