"""The worker as operators run it: `flask --app app work`, a process for each."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from domain.database import utc_now, write, writing
from domain.outbox import acts, queries
from domain.outbox.models import OutboxMessage
from domain.outbox.rules import MAIL, State
from tests.real_server import PATIENCE_SECONDS, ROOT

WORK = (sys.executable, "-m", "flask", "--app", "app", "work")


def put_mail(engine: Engine, key: str, **changes: Any) -> None:  # noqa: ANN401
    """A test mail that waits."""
    values: dict[str, Any] = {
        **{"topic": "test", "recipient": "ana@example.com", "data": {"language": "en"}},
        **changes,
    }
    with Session(engine) as session:
        write(session, partial(acts.put, kind=MAIL, key=key, **values))


def read_mail(engine: Engine, message_id: int = 1) -> OutboxMessage:
    with Session(engine) as session:
        return queries.get_message(session, message_id)


def count_waiting(engine: Engine) -> int:
    with Session(engine) as session:
        return queries.count_by_state(session, MAIL, [State.WAITING])[State.WAITING]


def make_due(engine: Engine) -> None:
    """As if all pauses and leases were over."""
    with Session(engine) as session, writing(session):
        waiting = update(OutboxMessage).where(OutboxMessage.state == State.WAITING)
        session.execute(waiting.values(due_at=utc_now()))


def wait_until(is_so: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@contextmanager
def workers(
    count: int, database_url: str, port: int, command: Sequence[str] = WORK, **changes: str
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many, which send to the mail server at this port; none is left afterwards."""
    environ = {
        **os.environ,
        "DATABASE_URL": database_url,
        "SECRET_KEY": "k" * 40,
        "MAIL_URL": f"smtp://127.0.0.1:{port}",
        "MAIL_FROM": "credits@example.com",
        **changes,
    }
    started = [
        subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL)
        for _ in range(count)
    ]
    try:
        yield started
    finally:
        kill(started)


def kill(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_SECONDS)
