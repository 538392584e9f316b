"""What comes too early, too late or twice, directed, against the payment simulator."""

from functools import partial

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.database import write
from domain.purchases.events import note_events
from domain.purchases.models import Checkout
from domain.purchases.opening import open_checkout
from domain.purchases.orders import Started
from domain.purchases.payments.stripe import CallLimits, Stripe
from domain.purchases.provider import Event, Opened, Order, Snapshot
from domain.purchases.queries import list_refunds
from domain.purchases.syncing import sync, sync_due
from tests.clock import NOON
from tests.purchases import checkouts, free, new_checkout, purchase_of, try_again
from tests.simulator import Simulator


@pytest.fixture
def provider(simulator: Simulator) -> Stripe:
    return Stripe(simulator.key, simulator.secret, simulator.url, CallLimits(5))


def ref_of(session: Session, started: Started) -> str:
    session.rollback()
    return session.get_one(Checkout, started.checkout_id).ref or ""


def hear(session: Session, ref: str, key: str | None = None) -> None:
    news = Event("evt_1", "checkout.session.completed", ref, key, NOON)
    write(session, partial(note_events, provider="simulator", events=[news]))


def test_news_may_come_before_we_know_the_name_of_the_checkout(
    engine: Engine, session: Session, simulator: Simulator
) -> None:
    """statamic-cargo#190, woocommerce-gateway-stripe PR 5251: it was paid, and a worker had looked
    in vain, before the answer to our own request was kept. Caught: news looked up by the provider's
    words alone; a transaction open while the provider is asked."""

    class Quick(Stripe):
        def create_checkout(self, order: Order) -> Opened:
            assert not session.in_transaction()
            opened = super().create_checkout(order)
            simulator.pay(opened.ref)
            with Session(engine) as other:
                hear(other, opened.ref, order.purchase_key)
                assert sync_due(other, self)
            return opened

        def fetch_payment(self, ref: str) -> Snapshot:
            assert not session.in_transaction()
            return super().fetch_payment(ref)

    provider = Quick(simulator.key, simulator.secret, simulator.url, CallLimits(5))
    started = new_checkout(session)
    open_checkout(session, provider, started.checkout_id)
    bought = purchase_of(session, started.purchase_id)
    assert (bought.state, bought.due_at is None) == ("open", False)
    sync(session, provider, started.purchase_id)
    bought = purchase_of(session, started.purchase_id)
    assert (bought.state, free(session, bought.customer_id)) == ("paid", 100)


def test_two_tabs_that_are_both_paid_credit_once_and_the_second_can_go_back(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    """CoreShop#2529, PayumStripePlugin PR 31, pretix#343: the first is paid in its last second, and
    heard of late; the refund of a duplicate leaves the other. Caught: an end that is for good; the
    newest checkout alone asked for."""
    first = new_checkout(session)
    open_checkout(session, provider, first.checkout_id)
    simulator.expire(ref_of(session, first))
    sync(session, provider, first.purchase_id)
    bought = purchase_of(session, first.purchase_id)
    assert bought.state == "expired"
    second = try_again(session, first, bought.customer_id)
    assert second is not None
    open_checkout(session, provider, second.checkout_id)
    simulator.pay(ref_of(session, second))
    sync(session, provider, first.purchase_id)
    bought = purchase_of(session, first.purchase_id)
    assert (bought.state, bought.hold, bought.due_at) == ("paid", None, None)

    payment = simulator.pay(ref_of(session, first), late=True)["id"]
    hear(session, ref_of(session, first))
    assert sync_due(session, provider)
    bought = purchase_of(session, first.purchase_id)
    assert (bought.hold, free(session, bought.customer_id)) == ("paid_twice", 100)
    assert [one.state for one in checkouts(session, bought.id)] == ["paid", "paid"]

    simulator.refund(payment, bought.price_minor)
    hear(session, payment)
    assert sync_due(session, provider)
    bought = purchase_of(session, first.purchase_id)
    assert (bought.hold, free(session, bought.customer_id)) == (None, 100)
    assert [one.amount_minor for one in list_refunds(session, bought.id)] == [bought.price_minor]
