"""A database that is there and answers nothing: stopped, or locked for long.

How soon that is noticed is a matter of make soak: see tests/test_database_gone.py.
"""

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from blueprints import concurrency_limit
from blueprints.concurrency_limit import ConcurrencyLimit
from domain import hang_detector
from domain.connections import POOL_SIZE
from domain.database import writing
from domain.time_budget import current_budget, time_budget
from tests.account_pages import sign_in_customer
from tests.conftest import csrf_token, only_postgres, only_sqlite, signed_in_client
from tests.counting import watching
from tests.customers import add_customer
from tests.page_helpers import add, apply_all
from tests.postgres import Server
from tests.real_worker import wait_until

pytestmark = pytest.mark.on_both

CARDS = "/packages?country=US&lang=en"
ASKING = (CARDS, "/packages", "/login", "/settings/", "/healthz", "/readyz")
# Longer than anything here takes; then a test fails instead of waiting for ever.
LONGEST_SECONDS = 30


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait counts as slow soon, and nothing else ends a wait."""
    monkeypatch.setattr(concurrency_limit, "BUDGET_SECONDS", 2.0 * LONGEST_SECONDS)
    monkeypatch.setattr(hang_detector, "SLOW_SECONDS", 0.2)
    monkeypatch.setattr(hang_detector, "PROBE_SECONDS", 0.3)
    monkeypatch.setattr(hang_detector, "PAUSE_SECONDS", 0.1)


@contextmanager
def stopped(server: Server) -> Iterator[None]:
    server.send(signal.SIGSTOP)
    try:
        yield
    finally:
        server.send(signal.SIGCONT)


@pytest.fixture
def ana(app: Flask, engine: Engine, admin: str, session: Session) -> FlaskClient:
    """Signed in as an admin and as a customer, with something to buy."""
    add(session, "One")
    apply_all(session)
    client = signed_in_client(app, engine, admin)
    sign_in_customer(client, app, engine, add_customer(engine, language="en"))
    return client


def statuses(client: FlaskClient) -> list[tuple[str, int, str | None]]:
    answers = [(path, client.get(path)) for path in ASKING]
    return [(path, a.status_code, a.headers.get("Retry-After")) for path, a in answers]


@only_postgres
@pytest.mark.usefixtures("impatient")
def test_a_database_that_stops_is_a_503_and_then_nothing(
    postgres: Server, ana: FlaskClient
) -> None:
    """Files are sent, people are signed out, and all goes on by itself afterwards.

    Caught: no `wait()` of our own, one that asks no detector, and a detector that never sees an
    answer: each waited.
    """
    before = statuses(ana)
    token = csrf_token(ana, "/login/again")
    with ThreadPoolExecutor() as pool, stopped(postgres):
        away = pool.submit(statuses, ana).result(LONGEST_SECONDS)
        assert away == [(path, 503, "2") for path in ASKING]
        assert ana.get("/static/css/scrip.css").status_code == 200
        for path in ("/account/sign-out", "/logout"):
            answer = pool.submit(post, ana, path, token).result(LONGEST_SECONDS)
            assert answer.status_code == 503
            assert "You are signed out in this browser" in answer.text
    wait_until(lambda: ana.get("/healthz").status_code == 200)
    assert {status for _, status, _ in before} == {200, 303}
    assert statuses(ana.application.test_client())[0] == before[0]
    assert ana.get("/settings/").status_code == 302
    assert ana.get("/account").status_code == 303


def post(client: FlaskClient, path: str, token: str) -> TestResponse:
    return client.post(path, data={"csrf_token": token})


@only_postgres
@pytest.mark.usefixtures("impatient")
def test_a_slow_statement_is_no_reason_to_refuse_others(engine: Engine) -> None:
    """Caught: a detector that takes a long wait for a hang, without a connection of its own."""
    with engine.connect() as connection, time_budget(LONGEST_SECONDS):
        assert connection.scalar(text("SELECT 1 FROM pg_sleep(1)")) == 1
    assert not hang_detector.is_any_hanging()


@pytest.mark.usefixtures("impatient")
def test_a_database_that_hangs_again_is_noticed_again() -> None:
    """Caught: a detector that probes once for all."""
    answered = threading.Event()
    detector = hang_detector.HangDetector(lambda: answered.wait(LONGEST_SECONDS), servers=1)

    def is_noticed() -> bool:
        detector.report_wait(LONGEST_SECONDS)
        return detector.is_hanging

    for _ in range(2):
        answered.clear()
        wait_until(is_noticed)
        answered.set()
        wait_until(lambda: not detector.is_hanging)


@only_postgres
def test_statements_share_the_time_budget_of_a_request(engine: Engine) -> None:
    """Caught: a limit for each statement; a connection given back with its answer on the way; an
    error of the driver's own from a BEGIN with no time left, which was a 500."""
    nap = text("SELECT pg_sleep(0.2)")
    with engine.connect() as connection, time_budget(0.5):
        connection.execute(nap)
        with time_budget(LONGEST_SECONDS), pytest.raises(OperationalError) as failure:
            connection.execute(nap)
            connection.execute(nap)
        assert failure.value.connection_invalidated
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
        connection.rollback()
        with time_budget(0), pytest.raises(OperationalError):
            connection.execute(nap)


@only_postgres
def test_a_statement_that_is_given_up_ends(engine: Engine, postgres: Server) -> None:
    """Caught: no client_connection_check_interval; it went on, with its locks."""
    with engine.connect() as connection:
        connection.execute(text("SET statement_timeout = 0"))
        with time_budget(0.2), pytest.raises(OperationalError):
            connection.execute(text("SELECT pg_sleep(600)"))
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    wait_until(lambda: postgres.ask(sleeping) == 0)


@only_sqlite
def test_a_held_lock_keeps_nobody_from_reading(
    engine: Engine, ana: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a process that writes has stopped. Caught: writers that keep their slots."""
    monkeypatch.setattr(concurrency_limit, "SLOT_SECONDS", 2.0 * LONGEST_SECONDS)
    token = csrf_token(ana, "/login/again")
    with ThreadPoolExecutor(2 * POOL_SIZE) as pool:
        with Session(engine) as other, writing(other):
            other.execute(text("UPDATE storefront_settings SET version = version"))
            writers = [pool.submit(post, ana, "/logout", token) for _ in range(POOL_SIZE)]
            wait_until(lambda: all(job.running() for job in writers))
            readers = [pool.submit(app.test_client().get, CARDS) for _ in range(POOL_SIZE)]
            assert {job.result(LONGEST_SECONDS).status_code for job in readers} == {200}
            assert not any(job.done() for job in writers)
        assert {job.result(LONGEST_SECONDS).status_code for job in writers} == {303}


@only_sqlite
def test_waits_for_the_lock_end_with_the_time_budget(engine: Engine) -> None:
    """Caught: each write of a request waited as long as the first."""
    with (
        Session(engine) as other,
        writing(other),
        Session(engine) as late,
        time_budget(0.1) as budget,
    ):
        for _ in range(2):
            with pytest.raises(OperationalError, match="locked"), writing(late):
                pass
        assert budget.left <= 0


def test_files_pass_while_every_slot_is_taken() -> None:
    """And who waits for a slot is let in by the next who leaves.

    Caught: no unlimited paths; a slot that is never released, and one released twice.
    """
    inside, go_on = threading.Semaphore(0), threading.Event()

    def app(environ: dict[str, str], _start: object) -> list[bytes]:
        budget, path = current_budget(), environ["PATH_INFO"]
        if path in ("/slow", "/lock"):
            inside.release()
            assert go_on.wait(LONGEST_SECONDS)
        if path == "/lock" and budget and budget.before_lock:
            budget.before_lock()
        return [b"in" if budget is None or budget.left > 0 else b"in vain"]

    limit = ConcurrencyLimit(app, slots=2)

    def ask(path: str) -> list[bytes]:
        return list(limit({"PATH_INFO": path}, lambda *_: lambda _: None))

    with ThreadPoolExecutor() as pool:
        slow = [pool.submit(ask, path) for path in ("/slow", "/lock", "/slow")]
        assert inside.acquire(timeout=LONGEST_SECONDS)
        assert inside.acquire(timeout=LONGEST_SECONDS)
        assert not inside.acquire(blocking=False)
        assert ask("/static/css/scrip.css") == ask("/healthz") == [b"in"]
        go_on.set()
        assert [job.result(LONGEST_SECONDS) for job in slow] == [[b"in"]] * 3
    assert [limit._slots._free, ask("/packages")] == [2, [b"in"]]


def test_who_writes_leaves_slots_to_who_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a crowd of writers waits for one lock. Caught: the same slots for all of them."""
    monkeypatch.setattr(concurrency_limit, "SLOT_SECONDS", 2 * concurrency_limit.CHECK_SECONDS)
    inside, go_on = threading.Semaphore(0), threading.Event()

    def app(environ: dict[str, str], _start: object) -> list[bytes]:
        budget = current_budget()
        if budget is None or budget.left <= 0:
            return [b"in vain"]
        if environ["REQUEST_METHOD"] == "POST":
            inside.release()
            assert go_on.wait(LONGEST_SECONDS)
        return [b"in"]

    limit = ConcurrencyLimit(app, slots=2, of_readers=1)

    def ask(method: str) -> list[bytes]:
        environ = {"REQUEST_METHOD": method, "PATH_INFO": "/login"}
        return list(limit(environ, lambda *_: lambda _: None))

    with ThreadPoolExecutor() as pool:
        first = pool.submit(ask, "POST")
        assert inside.acquire(timeout=LONGEST_SECONDS)
        assert [ask("POST"), ask("GET"), ask("HEAD")] == [[b"in vain"], [b"in"], [b"in"]]
        go_on.set()
        assert first.result(LONGEST_SECONDS) == [b"in"]
    assert [limit._slots._free, limit._writers_slots._free, ask("POST")] == [2, 1, [b"in"]]


def test_readyz_says_whether_it_takes_writes(engine: Engine, signed_in: FlaskClient) -> None:
    """And /healthz whether it answers. Caught: a write that waits for the row of somebody else, one
    that is none to the database, and one that is kept, or of rows; no question of /healthz; the
    connections of all other requests, which may be taken."""
    client, signs = signed_in, ("/healthz", "/readyz")
    with watching(client.application.extensions["health"]) as asked:
        assert [client.get(path).text for path in signs] == ["ok\n"] * 2
    assert [statement.split()[0] for statement in asked.statements] == ["SELECT", "DELETE"]
    assert (asked.rows_written, asked.commits) == (0, 0)
    with Session(engine) as other, writing(other):
        other.execute(text("UPDATE storefront_settings SET version = version"))
        busy = [client.get(path).status_code for path in signs]
    assert busy == [200, 503 if engine.dialect.name == "sqlite" else 200]
    assert client.get("/readyz").status_code == 200
