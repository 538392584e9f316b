"""kill -9 at each step of buying, of asking the provider, of hearing from it and of giving money
back: after a restart nothing is lost, and nothing is sold, credited, given back or numbered twice.
`make soak` alone runs this."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from random import Random

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from domain.connections import connect
from domain.database import read_clock, write, writing
from domain.purchases import acts
from domain.purchases.events import note_events
from domain.purchases.models import Checkout, Purchase
from domain.purchases.money_back_models import PaymentRefund
from domain.purchases.opening import open_checkout
from domain.purchases.payments.stripe import Stripe
from domain.purchases.provider import Event
from domain.purchases.queries import list_refunds
from domain.purchases.refunding import ask_refund, forecast_refund, send_refund
from domain.purchases.rules import CheckoutState, RefundState
from domain.purchases.schedule import FIRST
from domain.purchases.syncing import sync, sync_due
from tests.buyers import Buyer, Scene, wish_of
from tests.kill_after import dies_after
from tests.purchases import new_buyer, package_on_sale
from tests.purchases_truth import check_truth
from tests.simulator import Simulator

FEWEST_STEPS = 5
ALL_REFUNDS = "/v1/refunds?limit=100"
Place = tuple[str, str, str]


@pytest.fixture
def place(simulator: Simulator) -> Place:
    """What leads another process to the simulator."""
    return simulator.key, simulator.secret, simulator.url


@pytest.fixture
def provider(place: Place) -> Stripe:
    return Stripe(*place)


@pytest.fixture
def scene(engine: Engine, session: Session, simulator: Simulator, provider: Stripe) -> Scene:
    return Scene(engine, simulator, provider, package_on_sale(session))


def buy(database: str, place: Place, customer_id: int, package_id: int) -> None:
    with Session(connect(database)) as session:
        wish = wish_of(customer_id, package_id)
        started = write(session, partial(acts.start, wish=wish))
        open_checkout(session, Stripe(*place), started.checkout_id)


def look(database: str, place: Place, purchase_id: int) -> None:
    with Session(connect(database)) as session:
        sync(session, Stripe(*place), purchase_id)


def hear(database: str, event: Event) -> None:
    with Session(connect(database)) as session:
        write(session, partial(note_events, provider="simulator", events=[event]))


def give_back(database: str, place: Place, purchase_id: int) -> None:
    """As the page does: asked for, sent, and made equal."""
    with Session(connect(database)) as session:
        forecast = forecast_refund(session, purchase_id, 700)
        session.rollback()
        ask = partial(ask_refund, purchase_id=purchase_id, forecast=forecast)
        refund_id = write(session, partial(ask, author="admin:1", reason="Did not like it"))
        send_refund(session, Stripe(*place), refund_id)
        sync(session, Stripe(*place), purchase_id)


def kill_at_each_step(do: Callable[[int], bool]) -> None:
    """`do` says whether its process died after so many steps; in the end it lives."""
    for steps in count(1):
        if not do(steps):
            assert steps > FEWEST_STEPS
            return


def restart(engine: Engine, provider: Stripe) -> None:
    """The worker, as if leases and pauses were over."""
    with Session(engine) as session:
        with writing(session):
            long_ago = read_clock(session) - 2 * FIRST
            is_new = Checkout.state == CheckoutState.NEW
            session.execute(update(Checkout).where(is_new).values(created_at=long_ago))
            is_asked = PaymentRefund.status == RefundState.ASKED
            session.execute(update(PaymentRefund).where(is_asked).values(seen_at=long_ago))
            is_due = Purchase.due_at.is_not(None)
            session.execute(update(Purchase).where(is_due).values(due_at=long_ago))
        while sync_due(session, provider):
            pass


def test_buying(
    database: str, session: Session, scene: Scene, place: Place, provider: Stripe
) -> None:
    """Caught: a session without our key, so that who was killed opens another one."""
    kill_at_each_step(
        lambda steps: dies_after(steps, buy, database, place, new_buyer(session), scene.package_id)
    )
    restart(scene.engine, provider)
    session.rollback()
    states_and_refs = select(Checkout.state, Checkout.ref)
    found = session.execute(states_and_refs).tuples().all()
    assert {state for state, _ in found} == {CheckoutState.OPEN}
    assert scene.simulator.count_sessions() == len(found)
    for _, ref in found:
        scene.simulator.pay(str(ref))
    restart(scene.engine, provider)
    check_truth(session, scene.simulator)


def test_asking_the_provider(
    database: str, session: Session, scene: Scene, place: Place, provider: Stripe
) -> None:
    """Caught: a receipt's number committed before the receipt."""

    def die(steps: int) -> bool:
        return dies_after(steps, look, database, place, pay(session, scene).purchase_id)

    kill_at_each_step(die)
    restart(scene.engine, provider)
    check_truth(session, scene.simulator)


def test_hearing_of_it(database: str, session: Session, scene: Scene, provider: Stripe) -> None:
    """XortexAI/XMem PR 212. Caught: an event committed before its purchase is due, and then ignored
    as known."""

    def die(steps: int) -> bool:
        buyer = pay(session, scene)
        heard.append(event_about(scene, buyer))
        return dies_after(steps, hear, database, heard[-1])

    heard: list[Event] = []
    kill_at_each_step(die)
    for event in heard:  # the provider had no answer, and sends it again
        hear(database, event)
    while sync_due(session, provider):
        pass
    check_truth(session, scene.simulator)


def test_giving_money_back(
    database: str, session: Session, scene: Scene, place: Place, provider: Stripe
) -> None:
    """Before the provider is asked, after it has answered, and in each statement that says so.
    Caught: a refund asked for under a new key; none that the worker comes back to."""

    def die(steps: int) -> bool:
        buyer = pay(session, scene)
        look(database, place, buyer.purchase_id)
        bought.append(buyer.purchase_id)
        return dies_after(steps, give_back, database, place, buyer.purchase_id)

    bought: list[int] = []
    kill_at_each_step(die)
    restart(scene.engine, provider)
    check_truth(session, scene.simulator)
    session.rollback()
    refunds = [[one.status for one in list_refunds(session, id)] for id in bought]
    assert {tuple(one) for one in refunds} == {(), ("succeeded",)}
    assert sum(len(one) for one in refunds) == len(scene.simulator.ask(ALL_REFUNDS)["data"])


def pay(session: Session, scene: Scene) -> Buyer:
    """Paid at the provider, who has told nobody."""
    buyer = Buyer(scene, new_buyer(session), Random(1))  # noqa: S311 - no secrets
    buyer.pay(buyer.begin())
    return buyer


def event_about(scene: Scene, buyer: Buyer) -> Event:
    """That it was paid."""
    since = datetime.now(UTC) - timedelta(hours=1)
    with Session(scene.engine) as session:
        key = session.get_one(Purchase, buyer.purchase_id).key
    events = scene.provider.list_events(since)
    return next(event for event in events if event.purchase_key == key)
