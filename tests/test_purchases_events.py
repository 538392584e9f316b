"""Payment events: which purchase each is about, copies, and what it makes due."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from domain.database import write, writing
from domain.purchases.events import note_events
from domain.purchases.models import Checkout, PaymentEvent, Purchase
from domain.purchases.orders import Started
from domain.purchases.provider import Event
from tests.clock import NOON, Clock
from tests.counting import watching
from tests.purchases import new_checkout, open_checkout, purchase_of


def event_about(ref: str, key: str | None = None, id: str = "evt_1") -> Event:
    return Event(id, "charge.updated", ref, key, NOON)


def receive(session: Session, *events: Event) -> None:
    write(session, partial(note_events, provider="simulator", events=events))


def kept(session: Session) -> list[tuple[str, int | None, int]]:
    session.rollback()
    columns = (PaymentEvent.event_id, PaymentEvent.purchase_id, PaymentEvent.times)
    return list(session.execute(select(*columns).order_by(PaymentEvent.id)).tuples())


def key_of(session: Session, started: Started) -> str:
    return purchase_of(session, started.purchase_id).key


@pytest.mark.parametrize("said", ["key", "ref", "payment"])
def test_news_finds_its_purchase_and_makes_it_due(
    clock: Clock, session: Session, said: str
) -> None:
    """Caught: the version left as it is: who fetched before the news would not fetch again."""
    open_checkout(session)
    started = open_checkout(session)
    with writing(session):
        session.execute(
            update(Checkout)
            .where(Checkout.id == started.checkout_id)
            .values(payment_ref=f"pi_{started.checkout_id}")
        )
    before = purchase_of(session, started.purchase_id).version
    clock.go_on(seconds=30)
    key = key_of(session, started)
    about = {
        "key": event_about("pi_of_nobody", key),
        "ref": event_about(f"cs_{started.checkout_id}"),
        "payment": event_about(f"pi_{started.checkout_id}"),
    }
    receive(session, about[said])
    found = purchase_of(session, started.purchase_id)
    assert (found.due_at, found.version) == (clock.now, before + 1)
    assert kept(session) == [("evt_1", started.purchase_id, 1)]


def test_news_comes_before_our_row_knows_its_ref(clock: Clock, session: Session) -> None:
    """woocommerce-gateway-stripe PR 5251: such news was answered with 200, and lost for ever.
    Caught: news looked up by the provider's words alone."""
    started = new_checkout(session)
    receive(session, event_about("cs_unheard_of", key_of(session, started)))
    assert purchase_of(session, started.purchase_id).due_at == clock.now


def test_copies_are_counted_and_ring_again(clock: Clock, session: Session) -> None:
    started = open_checkout(session)
    news = event_about(f"cs_{started.checkout_id}")
    receive(session, news, news)
    clock.go_on(minutes=1)
    receive(session, news)
    assert kept(session) == [("evt_1", started.purchase_id, 3)]
    assert purchase_of(session, started.purchase_id).due_at == clock.now


def test_foreign_news_is_kept_and_makes_nothing_due(
    clock: Clock, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    """Caught: money for a purchase that a restored backup does not have, and nobody hears."""
    open_checkout(session)
    receive(session, event_about("cs_foreign", "f" * 32), event_about("ch_2", id="evt_2" * 3))
    assert [purchase_id for _id, purchase_id, _times in kept(session)] == [None, None]
    assert caplog.messages == ["Event evt_1 of simulator is about a purchase that is not here"]
    later = clock.now + timedelta(minutes=1)
    assert session.scalars(select(Purchase.id).where(Purchase.due_at < later)).all() == []


def test_news_costs_few_statements(engine: Engine, session: Session) -> None:
    started = open_checkout(session)
    with watching(engine) as asked:
        receive(session, event_about(f"cs_{started.checkout_id}", "f" * 32))
    assert len(asked.statements) <= 8
