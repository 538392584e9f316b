"""The worker: its steps, what it does when things fail, and kill -9 while it sends."""

import logging
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import pytest
from flask import Flask
from sqlalchemy import Engine, event
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

import worker
from blueprints import mails
from domain.database import AnySession, write
from domain.mail.server import MailServer, read_mail_server
from domain.outbox import acts
from domain.outbox.rules import BROKEN, MAIL, MOST_TRIES, NEVER_FINISHED, State
from extensions import db
from tests.conftest import config_for, only_postgres, only_sqlite
from tests.mail_server import Moods, mail_server
from tests.postgres import Server
from tests.real_worker import (
    count_waiting,
    kill,
    make_due,
    put_mail,
    read_mail,
    wait_until,
    workers,
)
from tests.soak import WORKER_KILLS

pytestmark = pytest.mark.on_both

SENDER = "credits@example.com"


class Post(NamedTuple):
    """A mail server, what it is called, and its moods."""

    server: MailServer
    port: int
    moods: Moods


@pytest.fixture
def post() -> Iterator[Post]:
    with mail_server() as (port, moods):
        yield Post(read_mail_server(f"smtp://127.0.0.1:{port}", SENDER), port, moods)


def send_one(app: Flask, post: Post, stop: threading.Event | None = None) -> bool:
    with app.app_context():
        deliver = partial(mails.deliver, server=post.server)
        return worker.send_one(db.session, MAIL, deliver, stop or threading.Event())


def test_a_mail_is_sent_once(app: Flask, engine: Engine, post: Post) -> None:
    put_mail(engine, "a")
    assert send_one(app, post)
    assert not send_one(app, post)
    (mail,) = post.moods.taken
    assert mail["To"] == "ana@example.com"
    message = read_mail(engine)
    assert (message.state, message.subject) == (State.SENT, mail["Subject"])
    assert "Mail works" in message.body


def test_a_failure_says_why_and_waits(app: Flask, engine: Engine, post: Post) -> None:
    put_mail(engine, "a")
    post.moods.data = "451 try later"
    assert send_one(app, post)
    message = read_mail(engine)
    assert (message.state, message.reason, message.reply) == ("waiting", "busy", "try later")
    assert message.subject == "Test mail from Our platform"
    post.moods.data = "250 OK"
    make_due(engine)
    assert send_one(app, post)
    assert read_mail(engine).state == State.SENT


def test_a_server_that_takes_mails_and_says_nothing_gets_two_copies(
    app: Flask, engine: Engine, post: Post
) -> None:
    """Caught: an unconfirmed try that is tried again like any failure: eleven copies."""
    put_mail(engine, "a")
    post.moods.drops = True
    assert send_one(app, post)
    message = read_mail(engine)
    assert (message.state, message.reason) == (State.WAITING, "unconfirmed")
    post.moods.rcpt = "451 later"
    make_due(engine)
    assert send_one(app, post)
    post.moods.rcpt = "250 OK"
    make_due(engine)
    assert send_one(app, post)
    message = read_mail(engine)
    assert (message.state, message.reason) == (State.GIVEN_UP, "unconfirmed")
    assert post.moods.copies().total() == 2


def test_while_the_server_thinks_no_transaction_is_open(
    app: Flask, engine: Engine, post: Post
) -> None:
    """Caught: the settings read for the mail, and its session left as it was."""
    put_mail(engine, "a")
    post.moods.seconds = 0.5
    with ThreadPoolExecutor(1) as pool, app.app_context():
        sending = pool.submit(send_one, app, post)
        assert post.moods.arrived.wait(30)
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        assert sending.result()


def test_an_idle_worker_writes_nothing(app: Flask) -> None:
    """Caught: a claim without a look before it: on SQLite it takes the one lock each second."""
    began: list[bool] = []
    with app.app_context():
        engine = db.engine
        jobs = worker.jobs_for(config_for(str(engine.url)), threading.Event())
        for job in jobs:
            job.step(db.session)  # what is to be done once a day
            db.session.rollback()

        def note(connection: object) -> None:
            began.append(bool(connection.get_execution_options().get("writing")))  # type: ignore[attr-defined]

        event.listen(engine, "begin", note)
        try:
            for job in jobs:
                assert not job.step(db.session)
                db.session.rollback()
        finally:
            event.remove(engine, "begin", note)
    assert began == [False] * len(jobs)


def test_one_that_breaks_something_holds_up_no_other(
    app: Flask, engine: Engine, post: Post
) -> None:
    """Caught: an error that went on before the row was put off: the same one again and again."""
    put_mail(engine, "a", topic="no such template")
    put_mail(engine, "b")
    with pytest.raises(KeyError):
        send_one(app, post)
    assert (read_mail(engine).state, read_mail(engine).reason) == (State.WAITING, BROKEN)
    assert send_one(app, post)
    assert read_mail(engine, 2).state == State.SENT


def test_a_lease_lasts_as_long_as_the_sending(
    app: Flask, engine: Engine, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: no renewal: a server slower than the lease got the mail from each worker."""
    monkeypatch.setattr(worker, "RENEW_SECONDS", 0.05)
    put_mail(engine, "a")
    post.moods.seconds = 1
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send_one, app, post)
        assert post.moods.arrived.wait(30)
        before = read_mail(engine).due_at
        assert before
        wait_until(lambda: (read_mail(engine).due_at or before) > before)
        assert sending.result()
    assert len(post.moods.taken) == 1


def test_a_worker_that_dies_of_a_mail_does_not_do_so_for_ever(
    app: Flask, engine: Engine, post: Post
) -> None:
    put_mail(engine, "a")
    with Session(engine) as session:
        for _ in range(MOST_TRIES):
            assert write(session, partial(acts.claim, kind=MAIL))
            make_due(engine)
    assert send_one(app, post)
    message = read_mail(engine)
    assert (message.state, message.reason) == (State.GIVEN_UP, NEVER_FINISHED)
    assert post.moods.taken == []


def test_without_a_mail_server_mails_are_kept_and_in_production_they_wait(
    app: Flask, engine: Engine
) -> None:
    kept = config_for(str(engine.url))
    waiting = config_for(str(engine.url), production=True, hosts=("a.example",))
    jobs = [job.name for job in worker.jobs_for(waiting, threading.Event())]
    assert not {"send mail", "sync purchases"} & {*jobs}
    put_mail(engine, "a")
    with app.app_context():
        for job in worker.jobs_for(kept, threading.Event()):
            job.step(db.session)
    message = read_mail(engine)
    assert (message.state, message.subject) == (State.KEPT, "Test mail from Our platform")


def test_a_job_goes_on_through_whatever_goes_wrong(
    app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: an error of the database that ended the thread, and a line of log each second; a
    constraint that was broken, in one line as if the database were away."""
    monkeypatch.setattr(worker, "SOON", 0.001)
    caplog.set_level(logging.INFO, "scrip.worker")
    stop, done = threading.Event(), list[int]()
    away = OperationalError("SELECT 1", None, OSError("away"))
    bugs = ValueError("a bug"), IntegrityError("INSERT", None, OSError("row"))
    errors: list[Exception | None] = [None, away, away, None, *bugs, None]

    def step(_session: AnySession) -> bool:
        error = errors[len(done)]
        done.append(1)
        if len(done) == len(errors):
            stop.set()
        if error:
            raise error
        return True

    worker.repeat(app, worker.Job("try", step, 0), stop)
    assert len(done) == len(errors)
    levels = [record.levelname for record in caplog.records]
    assert levels == ["WARNING", "INFO", "ERROR", "ERROR", "INFO"]
    traced = [record.levelname for record in caplog.records if record.exc_info]
    assert traced == ["ERROR", "ERROR"]


@only_postgres
def test_what_was_sent_is_written_down_when_the_database_is_back(
    app: Flask, engine: Engine, post: Post, postgres: Server
) -> None:
    """Caught: one try to write it down: the mail was sent again."""
    put_mail(engine, "a")
    post.moods.seconds = 0.5
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send_one, app, post)
        assert post.moods.arrived.wait(30)
        postgres.stop("fast")
        try:
            wait_until(lambda: post.moods.taken)
        finally:
            postgres.start()
        assert sending.result()
    engine.dispose()
    assert read_mail(engine).state == State.SENT
    assert not send_one(app, post)
    assert len(post.moods.taken) == 1


@only_postgres
def test_a_worker_that_is_stopped_waits_for_no_database(
    app: Flask, engine: Engine, post: Post, postgres: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """Caught: a stop that never ends, and a log that says nothing."""
    put_mail(engine, "a")
    post.moods.seconds = 0.5
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send_one, app, post, stop)
        assert post.moods.arrived.wait(30)
        postgres.stop("fast")
        try:
            wait_until(lambda: caplog.records)
            stop.set()
            assert sending.result(timeout=30)
        finally:
            postgres.start()
    (said,) = caplog.messages
    assert said.startswith("message 1, sent: not noted: ")


def test_a_lease_is_renewed_whatever_went_wrong(
    app: Flask, engine: Engine, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: a thread that ended with the first error it did not know."""
    monkeypatch.setattr(worker, "RENEW_SECONDS", 0.05)
    errors = [ValueError("a bug")]

    def fail_once(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE outbox_message SET due_at=") and errors:
            raise errors.pop()

    put_mail(engine, "a")
    post.moods.seconds = 1
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", fail_once)
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send_one, app, post)
        assert post.moods.arrived.wait(30)
        before = read_mail(engine).due_at
        wait_until(lambda: not errors)
        assert before
        wait_until(lambda: (read_mail(engine).due_at or before) > before)
        assert sending.result()


def test_several_workers_send_each_mail_once(app: Flask, engine: Engine, post: Post) -> None:
    """Caught: a claim of a row that was due when it was looked for, and not looked at again."""
    for number in range(40):
        put_mail(engine, f"{number}")

    def work() -> None:
        while count_waiting(engine):
            send_one(app, post)

    with ThreadPoolExecutor(4) as pool:
        for working in [pool.submit(work) for _ in range(4)]:
            working.result()
    copies = post.moods.copies()
    assert (len(copies), copies.total()) == (40, 40)


def test_a_slow_mail_holds_up_no_other(database: str, engine: Engine, post: Post) -> None:
    """Caught: one thread for all mail: the second waits until the server is done with the first."""
    post.moods.seconds = 60
    put_mail(engine, "a")
    with workers(1, database, post.port):
        assert post.moods.arrived.wait(30)
        post.moods.seconds = 0
        put_mail(engine, "b")
        wait_until(lambda: read_mail(engine, 2).state == State.SENT)
        assert read_mail(engine).claimed_at


@pytest.mark.long
def test_kills_lose_no_mail_and_a_stop_ends_the_step(
    database: str, engine: Engine, post: Post
) -> None:
    """Caught: "sent" written before the mail is handed over; a worker that stops where it is."""
    dice, put, each = random.Random(), 0, 2  # noqa: S311 - when to kill
    post.moods.seconds = 0.02
    for _ in range(WORKER_KILLS):
        for _ in range(10):
            put_mail(engine, f"{put}")
            put += 1
        enough = len(post.moods.taken) + dice.randrange(1, 10)
        with workers(each, database, post.port) as processes:
            wait_until(partial(has_taken, post, enough))
            kill(processes)
        make_due(engine)
    with workers(1, database, post.port) as processes:
        wait_until(lambda: not count_waiting(engine))
        stop_while_sending(processes, engine, post)
    copies, put = post.moods.copies(), put + 1
    assert (len(copies), count_waiting(engine)) == (put, 0)
    twice = copies.total() - put
    print(f"{engine.dialect.name}: {WORKER_KILLS} kills, {put} mails, {twice} twice, none lost")  # noqa: T201
    assert twice <= WORKER_KILLS * each * worker.MAILS_AT_ONCE


IMPATIENT = "import worker, flask.cli; worker.STOP_SECONDS = 0.5; flask.cli.main()"


@only_sqlite
def test_a_stop_does_not_wait_for_a_mail_server_that_hangs(
    app: Flask, database: str, engine: Engine, post: Post
) -> None:
    """Caught: a worker that stayed for minutes after its server was killed."""
    put_mail(engine, "a")
    post.moods.seconds = 60
    command = (sys.executable, "-c", IMPATIENT, "--app", "app", "work")
    with workers(1, database, post.port, command) as (process,):
        assert post.moods.arrived.wait(30)
        process.terminate()
        assert process.wait(30) == 0
    assert (read_mail(engine).state, post.moods.taken) == (State.WAITING, [])
    post.moods.seconds = 0
    make_due(engine)
    assert send_one(app, post)
    assert len(post.moods.taken) == 1


def has_taken(post: Post, count: int) -> bool:
    return len(post.moods.taken) >= count


def stop_while_sending(
    processes: list[subprocess.Popen[bytes]], engine: Engine, post: Post
) -> None:
    post.moods.arrived.clear()
    post.moods.seconds = 1
    put_mail(engine, "last")
    assert post.moods.arrived.wait(30)
    for process in processes:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(30) for process in processes] == [0] * len(processes)
