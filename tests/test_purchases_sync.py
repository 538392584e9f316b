"""Sync against the payment simulator, by the adapter that also asks Stripe."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

import worker
from domain.database import write, writing
from domain.purchases import acts
from domain.purchases.errors import CheckoutOver, NotSynced
from domain.purchases.events import note_events
from domain.purchases.models import Checkout, EventsListed, PaymentEvent, Purchase
from domain.purchases.opening import open_checkout
from domain.purchases.orders import Started
from domain.purchases.payments.stripe import CallLimits, Stripe
from domain.purchases.provider import Unreachable
from domain.purchases.syncing import claim_due, has_due, note_missed_events, sync, sync_due
from extensions import db
from tests.conftest import config_for
from tests.purchases import (
    checkouts,
    free,
    new_checkout,
    paid_purchase,
    purchase_of,
    steps,
    try_again,
)
from tests.simulator import DISPUTED, NO_FUNDS, Simulator
from tests.unguarded import change_by_hand

LOST = {"kind": "lost", "path": "/v1/checkout/sessions", "method": "POST"}
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
DOWN = {"kind": "down", "calls": 9}


@dataclass(frozen=True)
class BetweenTransactions(Stripe):
    """Holds that no call is made while a transaction of `session` is open.

    Caught: no rollback between reading the order and asking for its checkout.
    """

    session: Session | None = None

    @contextmanager
    def calls(self) -> Iterator[Callable[[], Any]]:
        assert self.session
        assert not self.session.in_transaction()
        with super().calls() as client:
            yield client


@pytest.fixture
def provider(simulator: Simulator, session: Session) -> Stripe:
    return BetweenTransactions(
        simulator.key, simulator.secret, simulator.url, CallLimits(5), session=session
    )


def opened(session: Session, provider: Stripe) -> Started:
    """A new checkout, at the provider's. Opened twice, it is the same."""
    started = new_checkout(session)
    url = open_checkout(session, provider, started.checkout_id)
    assert open_checkout(session, provider, started.checkout_id) == url
    return started._replace(url=url)


def ref_of(session: Session, started: Started) -> str:
    session.rollback()
    return session.get_one(Checkout, started.checkout_id).ref or ""


def synced(session: Session, provider: Stripe, started: Started) -> Purchase:
    """Twice, which is the same."""
    for _time in range(2):
        sync(session, provider, started.purchase_id)
    return purchase_of(session, started.purchase_id)


def make_old(session: Session, started: Started) -> None:
    """As if it had been begun a while ago: it is due."""
    with writing(session):
        session.get_one(Checkout, started.checkout_id).created_at -= timedelta(minutes=3)
        session.get_one(Purchase, started.purchase_id).due_at = LONG_AGO


def test_a_payment_becomes_credits(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    started = opened(session, provider)
    assert synced(session, provider, started).state == "open"
    simulator.pay(ref_of(session, started), NO_FUNDS)
    declined = synced(session, provider, started)
    assert (declined.state, declined.failure) == ("open", "no_funds")
    simulator.pay(ref_of(session, started))
    bought = synced(session, provider, started)
    assert (bought.state, bought.failure, free(session, bought.customer_id)) == ("paid", None, 100)
    assert (bought.card_brand, bought.card_last4) == ("visa", "4242")
    assert steps(session, 1) == ["opened", "sent", "declined", "paid", "credited"]


def test_a_dispute_holds_what_was_paid(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    started = opened(session, provider)
    simulator.pay(ref_of(session, started), DISPUTED)
    bought = synced(session, provider, started)
    assert (bought.state, bought.hold, free(session, bought.customer_id)) == ("paid", "disputed", 0)


def test_credits_wait_while_the_ledger_takes_none(
    session: Session, engine: Engine, simulator: Simulator, provider: Stripe
) -> None:
    """Caught: an error that no page expects, for a buyer who has just paid."""
    buyer = purchase_of(session, paid_purchase(session).purchase_id).customer_id
    started = new_checkout(session, customer_id=buyer)
    open_checkout(session, provider, started.checkout_id)
    simulator.pay(ref_of(session, started))
    change_by_hand(engine, "UPDATE wallet SET owed = owed + 1", guarded=True)
    with pytest.raises(NotSynced):
        sync(session, provider, started.purchase_id)
    assert purchase_of(session, started.purchase_id).due_at
    change_by_hand(engine, "UPDATE wallet SET owed = owed - 1", guarded=True)
    assert synced(session, provider, started).state == "paid"
    assert free(session, buyer) == 200


def test_another_attempt_ends_the_former_and_both_paid_credit_once(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    """statamic-cargo, pretix#343: the second session overwrites the first that gets paid."""
    started = opened(session, provider)
    simulator.pay(ref_of(session, started), bank_says="fails", seconds=60)
    assert synced(session, provider, started).state == "processing"
    simulator.forward(61)
    bought = synced(session, provider, started)
    assert (bought.state, bought.failure) == ("failed", "bank_failed")
    again = try_again(session, started, bought.customer_id)
    assert again is not None
    open_checkout(session, provider, again.checkout_id)
    simulator.pay(ref_of(session, again))
    bought = synced(session, provider, again)
    assert (bought.state, free(session, bought.customer_id)) == ("paid", 100)
    assert [one.state for one in checkouts(session, bought.id)] == ["failed", "paid"]


def test_an_answer_that_was_lost_is_asked_for_again(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    """Caught: a key made anew for each call, which makes a second checkout."""
    started = new_checkout(session)
    simulator.faults(LOST, LOST)
    with pytest.raises(Unreachable):
        open_checkout(session, provider, started.checkout_id)
    assert [one.state for one in checkouts(session, 1)] == ["new"]
    make_old(session, started)
    simulator.faults()
    assert sync_due(session, provider)
    [checkout] = checkouts(session, 1)
    assert (checkout.state, len(simulator.ask("/v1/checkout/sessions")["data"])) == ("open", 1)


def test_the_worker_brings_credits(
    app: Flask, session: Session, simulator: Simulator, provider: Stripe
) -> None:
    started = opened(session, provider)
    simulator.pay(ref_of(session, started))
    make_old(session, started)
    config = config_for(str(session.get_bind().engine.url), simulator_port=simulator.port)
    with app.app_context():
        for job in worker.jobs_for(config, threading.Event()):
            job.step(db.session)
    assert purchase_of(session, 1).state == "paid"


def test_a_checkout_too_old_to_be_sent_lapses(session: Session, provider: Stripe) -> None:
    started = new_checkout(session)
    with writing(session):
        session.get_one(Checkout, started.checkout_id).expires_at -= timedelta(minutes=30)
    assert synced(session, provider, started).state == "expired"
    with pytest.raises(CheckoutOver):
        open_checkout(session, provider, started.checkout_id)


def test_looks_in_vain_are_put_off_and_hold_up_no_other(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    """Caught: due_at moved after the look only, so one that fails is first again."""
    first, second = (opened(session, provider) for _ in range(2))
    for one in (first, second):
        make_old(session, one)
    simulator.faults(DOWN)
    assert sync_due(session, provider)
    failed = purchase_of(session, first.purchase_id)
    assert failed.tries == 1
    assert failed.due_at is not None
    assert failed.due_at > datetime.now(UTC)
    simulator.faults()
    assert sync_due(session, provider)
    assert purchase_of(session, second.purchase_id).synced_at is not None
    assert not has_due(session, provider.name)
    assert not sync_due(session, provider)
    assert write(session, partial(claim_due, provider=provider.name)) is None


def test_another_providers_purchase_is_left_alone(session: Session, provider: Stripe) -> None:
    started = paid_purchase(session, provider="stripe")
    with writing(session):
        session.execute(update(Purchase).values(due_at=LONG_AGO))
    assert not has_due(session, provider.name)
    with pytest.raises(NotSynced):
        sync(session, provider, started.purchase_id)


def test_what_changes_on_each_look_is_left_to_the_worker(
    session: Session, provider: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: a loop without an end."""
    started = opened(session, provider)
    fetch = Stripe.fetch_payment

    def fetch_and_return(provider: Stripe, ref: str) -> object:
        with writing(session):
            session.execute(update(Purchase).values(version=Purchase.version + 1))
        return fetch(provider, ref)

    monkeypatch.setattr(Stripe, "fetch_payment", fetch_and_return)
    with pytest.raises(NotSynced):
        sync(session, provider, started.purchase_id)


def test_news_that_never_came_is_listed_once_a_day(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    """Caught: `until` kept although the listing broke off."""
    started = opened(session, provider)
    simulator.pay(ref_of(session, started))
    synced(session, provider, started)
    assert not note_missed_events(session, provider), "what was sold today was looked at today"
    with writing(session):
        begun = datetime.now(UTC) - timedelta(days=2)
        session.add(EventsListed(id=1, until=begun))
    simulator.faults(DOWN)
    assert not note_missed_events(session, provider)
    assert session.scalars(select(EventsListed.until)).one() == begun
    simulator.faults()
    session.rollback()
    assert note_missed_events(session, provider)
    assert has_due(session, provider.name)
    session.rollback()
    assert set(session.scalars(select(PaymentEvent.purchase_id))) == {started.purchase_id}
    assert sync_due(session, provider)
    with writing(session):
        session.execute(update(EventsListed).values(until=begun))
    assert note_missed_events(session, provider)
    assert not has_due(session, provider.name), "what is known was looked at"
    assert not note_missed_events(session, provider)
    with writing(session):
        session.execute(update(EventsListed).values(until=begun + timedelta(days=900)))
    assert note_missed_events(session, provider), "the clock was set back"
    assert not note_missed_events(session, provider)


def test_news_that_came_before_their_payment_was_known_are_listed_again(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    """Caught: a dispute of which nobody hears, as its news came while the payment was fetched."""
    started = opened(session, provider)
    simulator.pay(ref_of(session, started), DISPUTED)
    session.rollback()
    news = [*provider.list_events(LONG_AGO)]
    write(session, partial(note_events, provider=provider.name, events=news))
    about = set(session.scalars(select(PaymentEvent.purchase_id)))
    assert about == {started.purchase_id, None}, "a dispute names the payment alone"
    synced(session, provider, started)
    assert not has_due(session, provider.name)
    with writing(session):
        session.add(EventsListed(id=1, until=datetime.now(UTC) - timedelta(days=2)))
    assert note_missed_events(session, provider)
    assert has_due(session, provider.name)
    session.rollback()
    assert set(session.scalars(select(PaymentEvent.purchase_id))) == {started.purchase_id}


def test_a_buyer_who_returns_makes_it_due(session: Session, provider: Stripe) -> None:
    started = opened(session, provider)
    assert not has_due(session, provider.name)
    write(session, partial(acts.note_returned, purchase_id=started.purchase_id))
    assert has_due(session, provider.name)
