"""Purchases at the same moment: presses, pages, webhooks and workers, and a look that is slow."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TypeVar

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from domain.database import utc_now, write, writing
from domain.ledger.models import lot
from domain.ledger.wallets import open_wallet
from domain.purchases import acts
from domain.purchases.errors import NotSynced, StaleVersion
from domain.purchases.events import note_events
from domain.purchases.models import Checkout, Purchase, Receipt
from domain.purchases.opening import open_checkout
from domain.purchases.orders import Started, Wish
from domain.purchases.payments.stripe import CallLimits, Stripe
from domain.purchases.payments.stripe_words import EVENTS
from domain.purchases.provider import Event, Snapshot, Unreachable
from domain.purchases.queries import list_refunds
from domain.purchases.settling import Seen, settle
from domain.purchases.syncing import claim_due, sync
from tests.clock import NOON
from tests.meeting import Meeting
from tests.purchases import (
    free,
    new_buyer,
    new_checkout,
    package_on_sale,
    purchase_of,
    refund,
    sent,
    snapshot,
    wish_for,
)
from tests.simulator import REFUND_PENDS, Simulator
from tests.soak import PRESSES

T = TypeVar("T")
PATIENCE_SECONDS = 10


@pytest.fixture
def provider(simulator: Simulator) -> Stripe:
    return Stripe(simulator.key, simulator.secret, simulator.url, CallLimits(5))


def at_once(engine: Engine, *works: Callable[[Session], T], threads: int = 8) -> list[T]:
    """What each of them returned, each in a session of its own."""

    def do(work: Callable[[Session], T]) -> T:
        with Session(engine) as session:
            return work(session)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(do, works))


def count(session: Session, table: type[Purchase | Checkout | Receipt]) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(table)) or 0


def paid_at(session: Session, simulator: Simulator, provider: Stripe, card: str) -> Started:
    """A checkout that was paid there; nobody here knows."""
    started = new_checkout(session)
    open_checkout(session, provider, started.checkout_id)
    session.rollback()
    simulator.pay(session.get_one(Checkout, started.checkout_id).ref or "", card)
    session.rollback()
    return started


def test_many_presses_are_one_checkout(engine: Engine, session: Session) -> None:
    """Attendize#982: fast clicks charged four times. Caught: no lock of those who begin."""
    wish = wish_for(new_buyer(session), package_on_sale(session))
    presses = [partial(write, work=partial(acts.start, wish=wish))] * PRESSES
    assert len(set(at_once(engine, *presses))) == 1
    assert (count(session, Purchase), count(session, Checkout)) == (1, 1)


def test_presses_at_once_lead_to_one_page(
    engine: Engine, session: Session, simulator: Simulator, provider: Stripe
) -> None:
    """Whoever comes while the provider makes the page may be asked to press again."""
    wish = wish_for(new_buyer(session), package_on_sale(session))

    def press(session: Session, wish: Wish = wish) -> str | None:
        started = write(session, partial(acts.start, wish=wish))
        try:
            return started.url or open_checkout(session, provider, started.checkout_id)
        except Unreachable:
            return None

    urls = {url for url in at_once(engine, *[press] * 12) if url}
    assert len(urls) == 1
    assert len(simulator.ask("/v1/checkout/sessions")["data"]) == 1


def test_a_return_and_webhooks_at_the_same_moment_credit_once(
    engine: Engine, session: Session, simulator: Simulator, provider: Stripe
) -> None:
    """medusa#13301, roomGPT PR 61: the page, two kinds of success and their copies each completed
    it. Caught: credits for each event."""
    started = paid_at(session, simulator, provider, "4242424242424242")
    key = purchase_of(session, started.purchase_id).key
    session.rollback()

    def look(session: Session) -> None:
        with suppress(NotSynced):
            sync(session, provider, started.purchase_id)

    def hear(session: Session, number: int) -> None:
        kind = EVENTS[number % 2]
        news = Event(f"evt_{kind}", kind, "cs", key, NOON)
        write(session, partial(note_events, provider=provider.name, events=[news]))

    hearing = [partial(hear, number=number) for number in range(6)]
    at_once(engine, *hearing, look, look, look)
    sync(session, provider, started.purchase_id)
    bought = purchase_of(session, started.purchase_id)
    assert (bought.state, free(session, bought.customer_id)) == ("paid", 100)
    assert session.execute(select(func.count()).select_from(lot)).scalar_one() == 1
    assert count(session, Receipt) == 1


def test_a_slow_look_from_before_a_refund_gives_nothing(
    engine: Engine, session: Session, simulator: Simulator, provider: Stripe
) -> None:
    """Both have read the purchase, and the slow one has fetched before money went back. Caught: no
    version check: it gave 100 credits for what was refunded."""
    started = paid_at(session, simulator, provider, REFUND_PENDS)
    has_fetched, goes_on = threading.Event(), threading.Event()
    fetches: list[Snapshot] = []

    class Slow(Stripe):
        def fetch_payment(self, ref: str) -> Snapshot:
            seen = super().fetch_payment(ref)
            fetches.append(seen)
            has_fetched.set()
            assert goes_on.wait(PATIENCE_SECONDS)
            return seen

    slow = Slow(simulator.key, simulator.secret, simulator.url, CallLimits(5))

    def refund_meanwhile(session: Session) -> None:
        assert has_fetched.wait(PATIENCE_SECONDS)
        provider.refund(fetches[0].payment_ref or "", 1999, "refund:1")
        sync(session, provider, started.purchase_id)
        goes_on.set()

    looking = partial(sync, provider=slow, purchase_id=started.purchase_id)
    at_once(engine, looking, refund_meanwhile, threads=2)
    bought = purchase_of(session, started.purchase_id)
    assert (bought.hold, free(session, bought.customer_id)) == ("refunded", 0)
    assert [len(seen.refunds) for seen in fetches] == [0, 1], "the slow one looked again"


def test_two_looks_that_both_know_the_same_are_settled_one_after_the_other(
    engine: Engine, session: Session
) -> None:
    """Both have compared versions before either is done. Caught: the purchase not locked."""
    started = sent(session, new_checkout(session))
    paid = snapshot(session, started)
    seen = Seen(started.purchase_id, purchase_of(session, started.purchase_id).version)
    buyer = purchase_of(session, started.purchase_id).customer_id
    write(session, partial(open_wallet, customer_id=buyer, mode="test"))
    both = [paid, replace(paid, refunds=(refund(),))]
    works = [partial(settle, seen=seen, fetched={started.checkout_id: one}) for one in both]
    with pytest.raises(StaleVersion):
        Meeting(engine).of(*works)
    assert (free(session, buyer), count(session, Receipt)) == (100, 1)
    assert list_refunds(session, started.purchase_id) == []


def test_workers_claim_each_purchase_once(engine: Engine, session: Session) -> None:
    """Caught: a claim without SKIP LOCKED or a look at what was claimed meanwhile."""
    begun = [new_checkout(session).purchase_id for _ in range(6)]
    with writing(session):
        session.execute(update(Purchase).values(due_at=utc_now()))
    claims = [partial(write, work=partial(claim_due, provider="simulator"))] * 12
    claimed = at_once(engine, *claims, threads=4)
    once = [one for one in claimed if one is not None]
    assert len(once) == len(set(once))
    while (one := write(session, partial(claim_due, provider="simulator"))) is not None:
        once.append(one)
    assert sorted(once) == begun
