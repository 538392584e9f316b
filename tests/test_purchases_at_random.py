"""Random lives of purchases: whatever is lost, doubled or late, in the end Scrip holds what the
payment provider says.

Short in `make test`: the application serves in this process. `make soak` has 200 lives against a
server of two processes and two workers.
"""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from itertools import cycle, islice
from threading import Event, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from app import create_app
from blueprints.payment_provider import connect
from domain.database import RunAgain, read_clock, writing
from domain.purchases.models import EventsListed, Purchase
from domain.purchases.payments.stripe import CallLimits, Stripe
from domain.purchases.syncing import note_missed_events, sync_due
from tests.buyers import Buyer, Scene
from tests.conftest import config_for
from tests.lives import KINDS
from tests.mail_server import mail_server
from tests.purchases import new_buyer, package_on_sale
from tests.purchases_truth import check_truth, count_purchases
from tests.real_server import running
from tests.real_worker import wait_until, workers
from tests.simulator import SECRET_KEY, Simulator
from tests.soak import A_SOAK_OF_LIVES, LIVES, naming_seed

AT_ONCE = 4
AT_ONCE_OR_NEVER = CallLimits(10)  # the library would wait before it tries again
IS_LONG = LIVES >= A_SOAK_OF_LIVES
SLOWEST_BANK_SECONDS = 60
SENDING: dict[str, Any] = {"copies": 2, "spread": 0.5, "loss": 70, "pause": 0.1}

pytestmark = [] if IS_LONG else [pytest.mark.long]


@pytest.mark.own_app
def test_what_the_provider_says_is_what_scrip_holds(
    database: str, engine: Engine, simulator: Simulator
) -> None:
    """Caught: credits given anew for each event; a pending payment that counts as paid; a refund
    that failed taken for one that succeeded; each press of the button a session of its own; the
    provider's news never listed."""
    app = create_app(config_for(database, simulator_port=simulator.port))
    provider = connect(app.extensions["scrip"], AT_ONCE_OR_NEVER)
    assert provider
    with naming_seed() as seed, Session(engine) as session:
        dice = random.Random(seed)  # noqa: S311 - no secrets
        scene = Scene(engine, simulator, provider, package_on_sale(session))
        kinds = list(islice(cycle(KINDS), LIVES))
        buyers = [Buyer(scene, new_buyer(session), random.Random(dice.random())) for _ in kinds]  # noqa: S311
        serve = serving_for_real if IS_LONG else serving
        with serve(app, provider, engine, database, simulator) as url:
            simulator.webhooks(f"{url}/webhooks/stripe", seed=seed, **SENDING)
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(lambda kind, buyer: kind(buyer), kinds, buyers))
                simulator.faults()
                come_to_rest(simulator)
                list(pool.map(Buyer.live_on, buyers))
            come_to_rest(simulator)
        reconcile(engine, provider)
        check_truth(session, simulator)
        assert count_purchases(session) == LIVES


@contextmanager
def serving(
    app: Flask, provider: Stripe, engine: Engine, _database: str, _simulator: Simulator
) -> Iterator[str]:
    """The application in this process, and two threads that do what the worker does."""
    server, over = make_server("127.0.0.1", 0, app, threaded=True), Event()
    threads = [Thread(target=server.serve_forever, args=(0.02,))]
    threads += [Thread(target=work, args=(engine, provider, over)) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        over.set()
        server.shutdown()
        for thread in threads:
            thread.join()
        server.server_close()


def work(engine: Engine, provider: Stripe, over: Event) -> None:
    while not over.is_set():
        with Session(engine) as session, suppress(RunAgain):  # on a machine with no time
            if not sync_due(session, provider):
                over.wait(0.05)


@contextmanager
def serving_for_real(
    _app: Flask, _provider: Stripe, _engine: Engine, database: str, simulator: Simulator
) -> Iterator[str]:
    """A server of two processes, and two workers that are processes, too."""
    shared = {"SECRET_KEY": SECRET_KEY, "SIMULATOR_PORT": str(simulator.port)}
    with ExitStack() as stack:
        server = stack.enter_context(running(database, WORKERS="2", **shared))
        port, _moods = stack.enter_context(mail_server())
        stack.enter_context(workers(2, database, port, **shared))
        yield server.url


def come_to_rest(simulator: Simulator) -> None:
    """Until banks have answered, and all webhooks have arrived that were not lost."""
    simulator.forward(SLOWEST_BANK_SECONDS)
    wait_until(lambda: "waiting" not in states_of_webhooks(simulator))
    assert states_of_webhooks(simulator) <= {"sent", "lost"}


def states_of_webhooks(simulator: Simulator) -> set[str]:
    return {one["state"] for one in simulator.deliveries()}


def reconcile(engine: Engine, provider: Stripe) -> None:
    """What the worker does in the course of a day, as if that were over. Those before were killed:
    what one of them was looking at is looked at again."""
    with Session(engine) as session:
        with writing(session):
            now = read_clock(session)
            session.merge(EventsListed(id=1, until=now - timedelta(days=2)))
            due = update(Purchase).where(Purchase.due_at.is_not(None))
            session.execute(due.values(due_at=now))
        assert note_missed_events(session, provider)
        while sync_due(session, provider):
            pass
