"""The worker, the webhook and the start of a payment look at what they are about, however many
purchases there are."""

from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.orm import Session

from domain.database import read_clock, write, writing
from domain.purchases.events import note_events
from domain.purchases.failed_payments import get_case, read_cases, read_outlines
from domain.purchases.health import behind_since
from domain.purchases.models import Checkout, PaymentEvent, Purchase, PurchaseStep
from domain.purchases.provider import Event
from domain.purchases.syncing import claim_due, has_due
from tests.clock import NOON, Clock
from tests.plans import list_scans, noting
from tests.purchases import (
    begin,
    new_buyer,
    package_on_sale,
    purchase_of,
    sent,
    settled,
    snapshot,
    wish_for,
)
from tools.bench.many_customers import add_people

MANY = 1000
TABLES = ("purchase", "checkout", "purchase_step", "payment_event")


def add_many_like_the_only_one(session: Session) -> None:
    """Each of another buyer, with its checkout, a step and an event, a long time ago."""
    long_ago = read_clock(session) - timedelta(days=30)
    tables = (Purchase, Checkout, PurchaseStep, PaymentEvent)
    rows: dict[type[Any], list[dict[str, Any]]] = {table: [] for table in tables}
    [purchase] = session.execute(select(*Purchase.__table__.c)).mappings()
    [checkout] = session.execute(select(*Checkout.__table__.c)).mappings()
    numbers = range(100, 100 + MANY)
    for number in numbers:
        key, at = f"{number:032}", {"created_at": long_ago}
        own = {"id": number, "key": key, "customer_id": number, "due_at": None}
        rows[Purchase].append({**purchase, **at, **own})
        names = {"ref": f"cs_{number}", "payment_ref": f"pi_{number}", "purchase_id": number}
        rows[Checkout].append({**checkout, **at, **names, "id": number, "key": key})
        rows[PurchaseStep].append({"purchase_id": number, "kind": "opened", "data": {}})
        heard = {"event_id": f"evt_{number}", "kind": "x", "ref": "x", "happened_at": NOON}
        rows[PaymentEvent].append({"provider": "simulator", "purchase_id": number, **heard})
    with writing(session):
        add_people(session.connection(), numbers)
        for table, many in rows.items():
            session.execute(insert(table), many)
        if session.get_bind().dialect.name == "postgresql":  # by itself, after a while
            session.execute(text("ANALYZE"))


def test_only_what_is_due_is_looked_at(engine: Engine, session: Session) -> None:
    """Caught: the oldest due moment read from all purchases; without their index, what is due, the
    purchases of a customer, the checkouts and steps of a purchase, the payment that news name."""
    package_id = package_on_sale(session)
    paid = sent(session, begin(session, wish_for(new_buyer(session), package_id)))
    settled(session, snapshot(session, paid))
    add_many_like_the_only_one(session)
    key, buyer = purchase_of(session, paid.purchase_id).key, new_buyer(session)
    with noting(engine, "") as asked:
        has_due(session, "simulator")
        behind_since(session)
        session.rollback()
        news = [Event("evt_1", "x", "pi_2", key, NOON), Event("evt_2", "x", "pi_2", None, NOON)]
        write(session, partial(note_events, provider="simulator", events=news))
        write(session, partial(claim_due, provider="simulator"))
        second = sent(session, begin(session, wish_for(buyer, package_id)))
        seen = snapshot(session, second)
        settled(session, seen, purchase_id=second.purchase_id)
    about = [one for one in asked if any(table in one.statement for table in TABLES)]
    assert len(about) > 20
    assert list_scans(session, about, *TABLES) == []


def test_failed_payments_are_read_from_their_index(
    engine: Engine, session: Session, clock: Clock
) -> None:
    """However many were paid, and however long ago others failed. Caught: without a beginning;
    payments grouped by SQLite, which goes through all purchases for that."""
    package_id = package_on_sale(session)
    sent(session, begin(session, wish_for(new_buyer(session), package_id)))
    add_many_like_the_only_one(session)
    with writing(session):
        many = update(Purchase).where(Purchase.id > 200)
        session.execute(many.values(state="paid", paid_at=NOON))
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SELECT setval(pg_get_serial_sequence('purchase', 'id'), 2000)"))
    clock.go_on(days=31)
    started = begin(session, wish_for(new_buyer(session), package_id))
    with writing(session):
        session.get_one(Purchase, started.purchase_id).state = "expired"
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("ANALYZE"))
    with noting(engine, "purchase") as asked:
        found = read_outlines(session)
        read_cases(session, found)
        session.rollback()
        customer_id = purchase_of(session, started.purchase_id).customer_id
        get_case(session, customer_id, package_id)
        session.rollback()
    assert len(found) == 1
    assert len(asked) > 10
    assert list_scans(session, asked, *TABLES) == []
