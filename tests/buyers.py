"""What somebody does who buys once, and what others do with the payment: against the payment
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
from domain.purchases.refund_errors import PurchaseChanged, RefundUnderway
from domain.purchases.refunding import ask_refund, forecast_refund, send_refund
from domain.purchases.rules import State
from domain.purchases.syncing import sync
from tests.purchases import ATTEMPT, OFFER, wish_for
from tests.real_server import PATIENCE_SECONDS
from tests.simulator import Simulator

Answer = TypeVar("Answer")

PAUSE_SECONDS = 0.05
BUSY = (Unreachable, RunAgain, PurchaseChanged, RefundUnderway)
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
REFUNDS = "/v1/refunds"
REFUND_FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "lost", "path": REFUNDS, "method": "POST", "calls": 2},
    {"kind": "500", "path": REFUNDS, "method": "POST", "calls": 1},
    {"kind": "slow", "path": REFUNDS, "seconds": 0.3, "calls": 2},
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

    def refund_here(self, amount_minor: int | None = None) -> None:
        """As support does."""
        refund_id = self._patiently(partial(self._ask_refund, amount_minor))
        if self._dice.random() < 0.5:
            self._scene.simulator.faults(dict(self._dice.choice(REFUND_FAULTS)))
        send = partial(send_refund, provider=self._scene.provider, refund_id=refund_id)
        self._patiently(send)

    def _ask_refund(self, amount_minor: int | None, session: Session) -> int:
        forecast = forecast_refund(session, self.purchase_id, amount_minor)
        session.rollback()
        ask = partial(ask_refund, purchase_id=self.purchase_id, forecast=forecast)
        return write(session, partial(ask, author="admin:1", reason="Did not like it"))

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
