"""Lives of purchases: buyers who pay, are declined, come back late or never, against the payment
simulator, by the adapter that asks Stripe. The provider may fail at any step."""

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from ipaddress import IPv4Address
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.database import RunAgain, write
from domain.purchases import acts
from domain.purchases.errors import NotSynced
from domain.purchases.opening import open_checkout
from domain.purchases.orders import Attempt, Wish
from domain.purchases.payments.stripe import Stripe
from domain.purchases.provider import Unreachable
from domain.purchases.queries import get_purchase
from domain.purchases.rules import State
from domain.purchases.syncing import sync
from tests.purchases import ATTEMPT, OFFER, wish_for
from tests.real_server import PATIENCE_SECONDS
from tests.simulator import ASKS, DISPUTED, NO_FUNDS, REFUND_FAILS, REFUND_PENDS, Simulator

Answer = TypeVar("Answer")

PAUSE_SECONDS = 0.05
BUSY = (Unreachable, RunAgain)
NEW, ONE = "/v1/checkout/sessions", "/v1/checkout/sessions/.*"
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "lost", "path": NEW, "method": "POST", "calls": 2},
    {"kind": "lost", "path": NEW, "method": "POST", "calls": 2},
    {"kind": "lost", "path": ONE, "calls": 3},
    {"kind": "500", "calls": 2},
    {"kind": "429", "calls": 2},
    {"kind": "slow", "seconds": 0.3, "calls": 2},
    {"kind": "down", "calls": 2},
)


@dataclass
class Scene:
    """Where lives are lived."""

    engine: Engine
    simulator: Simulator
    provider: Stripe
    package_id: int


def attempt_of(customer_id: int) -> Attempt:
    """From a network of their own: one has a limit."""
    return replace(ATTEMPT, address=str(IPv4Address("10.0.0.0") + customer_id))


def wish_of(customer_id: int, package_id: int) -> Wish:
    return wish_for(customer_id, package_id, attempt=attempt_of(customer_id))


class Buyer:
    """Somebody who buys once, and what is to be expected of it."""

    def __init__(self, scene: Scene, customer_id: int, dice: random.Random) -> None:
        self._scene, self._dice = scene, dice
        self.customer_id, self.purchase_id = customer_id, 0
        self.had_credits = False  # at a moment when nothing had gone back yet
        self._rest: list[Callable[[], object]] = []

    def begin(self) -> str:
        """The session at the provider."""
        wish = wish_of(self.customer_id, self._scene.package_id)
        started = self._patiently(partial(write, work=partial(acts.start, wish=wish)))
        self.purchase_id = started.purchase_id
        return self._open(started.checkout_id)

    def begin_again(self) -> str:
        """After the first attempt has ended."""
        again = partial(
            acts.try_again,
            purchase_id=self.purchase_id,
            customer_id=self.customer_id,
            consent="2026-11",
            attempt=attempt_of(self.customer_id),
        )
        started = self._patiently(partial(write, work=again))
        assert started
        return self._open(started.checkout_id)

    def _open(self, checkout_id: int) -> str:
        if self._dice.random() < 0.5:
            self._scene.simulator.faults(dict(self._dice.choice(FAULTS)))
        ask = partial(open_checkout, provider=self._scene.provider, checkout_id=checkout_id)
        return self._patiently(ask).rpartition("/")[2]

    def pay(self, session: str, *card: str, **how: Any) -> str:  # noqa: ANN401
        """The payment's name."""
        return str(self._scene.simulator.pay(session, *card, **how)["id"])

    def expire(self, session: str) -> None:
        self._scene.simulator.expire(session)

    def refund(self, payment: str, amount_minor: int = OFFER.price_minor) -> str:
        """By the provider's own page, where nobody tells Scrip."""
        return self._scene.simulator.refund(payment, amount_minor)

    def dispute(self, payment: str) -> str:
        return str(self._scene.simulator.dispute(payment)["id"])

    def end_dispute(self, dispute: str, status: str) -> None:
        self._scene.simulator.end_dispute(dispute, status)

    def end_refund(self, refund: str, status: str) -> None:
        self._scene.simulator.end_refund(refund, status)

    def now_or_later(self, act: Callable[[], object]) -> None:
        """Later is when nobody has any reason to ask the provider."""
        if self._dice.random() < 0.5:
            act()
        else:
            self._rest.append(act)

    def live_on(self) -> None:
        for act in self._rest:
            act()

    def maybe_return(self) -> None:
        if self._dice.random() < 0.5:
            self.return_here()

    def return_here(self) -> str:
        """To the page that waits for the payment, which asks the provider if it can. The state."""
        note = partial(acts.note_returned, purchase_id=self.purchase_id)
        self._patiently(partial(write, work=note))
        with Session(self._scene.engine) as session:
            with suppress(*BUSY, NotSynced):
                sync(session, self._scene.provider, self.purchase_id)
            session.rollback()
            return get_purchase(session, self.purchase_id).state

    def wait_for(self, state: State) -> None:
        """Loads that page again and again."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self.return_here() != state:
            assert time.monotonic() < end, f"purchase {self.purchase_id} never became {state}"
            time.sleep(PAUSE_SECONDS)

    def wait_for_credits(self) -> None:
        self.wait_for(State.PAID)
        self.had_credits = True

    def _patiently(self, act: Callable[[Session], Answer]) -> Answer:
        """Presses again while provider or database have no time."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            with Session(self._scene.engine) as session:
                try:
                    return act(session)
                except BUSY:
                    assert time.monotonic() < end
            time.sleep(PAUSE_SECONDS)


def pays(buyer: Buyer) -> None:
    buyer.pay(buyer.begin())
    buyer.maybe_return()


def is_declined_then_pays(buyer: Buyer) -> None:
    session = buyer.begin()
    buyer.pay(session, NO_FUNDS)
    buyer.maybe_return()
    buyer.pay(session)


def is_asked_by_the_bank(buyer: Buyer) -> None:
    session = buyer.begin()
    buyer.pay(session, ASKS, confirms=False)
    buyer.maybe_return()
    buyer.pay(session, ASKS)


def leaves(buyer: Buyer) -> None:
    buyer.expire(buyer.begin())


def is_declined_and_leaves(buyer: Buyer) -> None:
    session = buyer.begin()
    buyer.pay(session, NO_FUNDS)
    buyer.maybe_return()
    buyer.expire(session)


def only_begins(buyer: Buyer) -> None:
    buyer.begin()


def pays_by_bank(buyer: Buyer) -> None:
    buyer.pay(buyer.begin(), bank_says="succeeds", seconds=30)
    buyer.maybe_return()


def is_refused_by_the_bank(buyer: Buyer) -> None:
    buyer.pay(buyer.begin(), bank_says="fails", seconds=30)
    buyer.maybe_return()


def is_refused_by_the_bank_then_pays(buyer: Buyer) -> None:
    buyer.pay(buyer.begin(), bank_says="fails", seconds=0)
    buyer.wait_for(State.FAILED)
    buyer.pay(buyer.begin_again())
    buyer.maybe_return()


def pays_in_the_last_second(buyer: Buyer) -> None:
    session = buyer.begin()
    buyer.expire(session)
    buyer.maybe_return()
    buyer.now_or_later(partial(buyer.pay, session, late=True))


def pays_twice(buyer: Buyer) -> None:
    """In two tabs, of which the first was over for us."""
    first = buyer.begin()
    buyer.expire(first)
    buyer.wait_for(State.EXPIRED)
    second = buyer.begin_again()
    buyer.pay(second)
    buyer.now_or_later(partial(buyer.pay, first, late=True))


def has_a_part_back(buyer: Buyer) -> None:
    payment = buyer.pay(buyer.begin())
    buyer.wait_for_credits()
    buyer.now_or_later(partial(buyer.refund, payment, 500))


def has_all_back(buyer: Buyer) -> None:
    payment = buyer.pay(buyer.begin())
    buyer.wait_for_credits()
    buyer.now_or_later(partial(buyer.refund, payment))


def has_all_back_at_once(buyer: Buyer) -> None:
    buyer.refund(buyer.pay(buyer.begin()))


def waits_for_a_refund(buyer: Buyer) -> None:
    payment = buyer.pay(buyer.begin(), REFUND_PENDS)
    buyer.wait_for_credits()
    buyer.now_or_later(partial(buyer.refund, payment, 700))


def has_a_refund_that_fails(buyer: Buyer) -> None:
    payment = buyer.pay(buyer.begin(), REFUND_FAILS)
    buyer.maybe_return()
    refund = buyer.refund(payment)
    buyer.now_or_later(partial(buyer.end_refund, refund, "failed"))


def loses_a_dispute(buyer: Buyer) -> None:
    payment = buyer.pay(buyer.begin())
    buyer.wait_for_credits()
    dispute = buyer.dispute(payment)
    buyer.now_or_later(partial(buyer.end_dispute, dispute, "lost"))


def wins_a_dispute(buyer: Buyer) -> None:
    dispute = buyer.dispute(buyer.pay(buyer.begin()))
    buyer.maybe_return()
    buyer.now_or_later(partial(buyer.end_dispute, dispute, "won"))


def disputes_at_once(buyer: Buyer) -> None:
    buyer.pay(buyer.begin(), DISPUTED)


KINDS: tuple[Callable[[Buyer], None], ...] = (
    *(pays, is_declined_then_pays, is_asked_by_the_bank, leaves, is_declined_and_leaves),
    *(only_begins, pays_by_bank, is_refused_by_the_bank, is_refused_by_the_bank_then_pays),
    *(pays_in_the_last_second, pays_twice, has_a_part_back, has_all_back, has_all_back_at_once),
    *(waits_for_a_refund, has_a_refund_that_fails, loses_a_dispute, wins_a_dispute),
    disputes_at_once,
)
