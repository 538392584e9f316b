"""A PostgreSQL server that is restarted while Scrip is in use."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from extensions import db
from tests.conftest import csrf_token, only_postgres, signed_in_client
from tests.page_helpers import add, apply_all
from tests.postgres import Server

pytestmark = pytest.mark.on_both

READY = (
    "/packages?country=US&lang=en",
    "/api/v1/countries?lang=en",
    "/embed/packages?country=US&lang=en",
)
PATHS = ("/packages", *READY, "/healthz", "/settings/credit-packages/")

ENOUGH = 12  # answers in a phase


@dataclass
class Phase:
    """What the server is doing; `ended` stops the visitors."""

    name: str = "up"
    ended: bool = False
    answers: Counter[str] = field(default_factory=Counter)

    def wait(self) -> None:
        end = time.monotonic() + 30
        while self.answers[self.name] < ENOUGH and time.monotonic() < end:
            time.sleep(0.02)


@dataclass(frozen=True)
class Seen:
    """An answer; the phase is that of its beginning, "" when another one began meanwhile."""

    phase: str
    path: str
    status: int
    retry_after: str | None
    seconds: float


def visit(client: FlaskClient, phase: Phase) -> list[Seen]:
    seen = []
    while not phase.ended:
        for path in PATHS:
            before, start = phase.name, time.monotonic()
            answer = client.get(path)
            same = before if phase.name == before else ""
            phase.answers[same] += 1
            retry = answer.headers.get("Retry-After")
            seen.append(Seen(same, path, answer.status_code, retry, time.monotonic() - start))
    return seen


def publish(engine: Engine) -> None:
    with Session(engine) as session:
        add(session, "One")
        apply_all(session)


@only_postgres
def test_a_restart_is_a_503_and_then_nothing(
    app: Flask, engine: Engine, admin: str, postgres: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """Caught: error pages that ask who is signed in, and a failing rollback at a request's end;
    each answered 500. A ready page served when nobody can say whether it is live; 200 while away.
    """
    caplog.set_level("CRITICAL")
    publish(engine)
    clients = [signed_in_client(app, engine, admin) for _ in range(4)]
    phase = Phase()
    with ThreadPoolExecutor(len(clients)) as pool:
        visits = [pool.submit(visit, client, phase) for client in clients]
        try:
            phase.wait()
            phase.name = "going"
            postgres.stop("fast")
            phase.name = "away"
            phase.wait()
            phase.name = "coming"
            postgres.start()
            phase.name = "back"
            phase.wait()
        finally:
            phase.ended = True
    seen = [one for visited in visits for one in visited.result()]
    assert {one.status for one in seen if one.phase in ("up", "back")} == {200}
    assert {one.status for one in seen} == {200, 503}
    away = [one for one in seen if one.phase == "away"]
    assert {(one.status, one.retry_after) for one in away} == {(503, "2")}
    assert max(one.seconds for one in away) < 2
    assert {one.phase for one in seen} >= {"up", "away", "back"}


@only_postgres
def test_idle_connections_are_no_errors_after_a_restart(
    app: Flask, engine: Engine, client: FlaskClient, postgres: Server
) -> None:
    """Caught: no pool_pre_ping; each idle connection was one more 503. The error of an idle
    connection to ask for the release on; it was a 500."""
    publish(engine)
    assert client.get(READY[0]).status_code == 200
    with app.app_context():
        opened = [db.engine.connect() for _ in range(5)]
        for connection in opened:
            connection.close()
    postgres.stop("fast")
    postgres.start()
    for path in ("/packages", *READY):
        assert [client.get(path).status_code for _ in range(6)] == [200] * 6


@only_postgres
def test_a_lost_answer_to_a_commit_is_no_promise(
    app: Flask, engine: Engine, signed_in: FlaskClient
) -> None:
    """Caught: "Nothing was changed" about what the database had been told to commit."""

    def lose(session: Session) -> None:
        own = session.scalar(text("SELECT pg_backend_pid()"))
        with engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:own)"), {"own": own})

    token = csrf_token(signed_in, "/settings/account")
    typed = {"csrf_token": token, "display_name": "Ana P"}
    with app.app_context():
        maker = db.session.session_factory.class_
    event.listen(maker, "before_commit", lose, once=True)
    answer = signed_in.post("/settings/account", data=typed)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "It may have been saved or not." in answer.text
    assert "Nothing was changed" not in answer.text
    assert signed_in.post("/settings/account", data=typed).status_code == 303
