"""The database is gone or stands still: nothing refuses, nothing answers. Part of make soak."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from subprocess import CalledProcessError
from typing import NamedTuple

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.connections import connect
from tests.conftest import closing_all_connections, migrate
from tests.distant_machine import THERE, URL, cut_cable, distant_server, mend_cable
from tests.page_helpers import add, apply_all
from tests.postgres import OWNER, Server, running_server
from tests.real_server import running
from tests.standby import wait_until
from tests.visitors import Seen, visited

LONGEST_SECONDS = 15
VISITORS, STILL_SECONDS = 30, 20
FILES, SIGNS = ("/static/css/scrip.css", "/embed.js"), ("/healthz", "/readyz")
PAGES = ("/packages?country=US&lang=en", "/packages", "/api/v1/countries")
WALKS = [*([path] for path in (*FILES, *SIGNS)), *(PAGES[n % 3 :] for n in range(VISITORS))]
# The longest while nothing answers. All share two processors with their visitors.
LIMITS = dict.fromkeys(FILES, 1.0) | dict.fromkeys(SIGNS, 2.0)
LONGEST_PAGE_SECONDS = 6.0
SLEEPING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"


def test_a_machine_that_is_gone_is_noticed() -> None:
    """By who waits for an answer, and by who comes back to an idle connection.

    Caught: no tcp_user_timeout and no keepalives; nobody noticed in ten minutes.
    """
    try:
        with distant_server() as server, closing_all_connections():
            engine, noticed = connect(URL), list[str]()
            engine.connect().close()
            waiting = start(engine, "SELECT pg_sleep(60)", noticed)
            wait_until(server, SLEEPING, 1)
            engine.connect().close()  # idle from now on
            cut_cable()
            for one in (start(engine, "SELECT 1", noticed), waiting):
                one.join(LONGEST_SECONDS)
            assert len(noticed) == 2
    except CalledProcessError as problem:
        pytest.fail(f"Only root can make networks, so run make soak as root: {problem}")


def start(engine: Engine, sql: str, noticed: list[str]) -> threading.Thread:
    """In a thread that nobody waits for when it hangs."""

    def fail() -> None:
        try:
            with engine.connect() as connection:
                connection.execute(text(sql))
        except OperationalError:
            noticed.append(sql)

    thread = threading.Thread(target=fail, daemon=True)
    thread.start()
    return thread


class Case(NamedTuple):
    """A database, and how it comes to stand still and goes on."""

    server: Server
    address: str
    stop: Callable[[], None]
    go_on: Callable[[], None]


@contextmanager
def stopped_processes() -> Iterator[Case]:
    with running_server(()) as server:
        address = f"postgresql://{OWNER}@/scrip?host={server.folder}"
        go_on = partial(server.send, signal.SIGCONT)
        try:
            yield Case(server, address, partial(server.send, signal.SIGSTOP), go_on)
        finally:
            go_on()


@contextmanager
def swallowed_packets() -> Iterator[Case]:
    with distant_server() as server:
        address = f"postgresql://{OWNER}@{THERE}/scrip"
        yield Case(server, address, cut_cable, mend_cable)


@pytest.mark.parametrize("kind", [stopped_processes, swallowed_packets])
def test_a_database_that_stands_still_holds_up_nothing_else(
    kind: Callable[[], AbstractContextManager[Case]],
) -> None:
    """Files are sent at once, all else is soon a 503, and afterwards all goes on by itself.

    Caught: as many threads as places at the database; no watch; no limit but PostgreSQL's own.
    """
    with kind() as case:
        prepare(case.server)
        with running(case.address, WORKERS="1") as server:
            serving = server.workers()
            with visited(server.url, WALKS) as visitors:
                time.sleep(5)
                case.stop()
                stopped = time.monotonic()
                time.sleep(STILL_SECONDS)
                case.go_on()
                gone_on = time.monotonic()
                time.sleep(LONGEST_SECONDS)
            assert server.workers() == serving
    before = [one for one in visitors.seen if one.began + one.seconds < stopped]
    still = [one for one in visitors.seen if stopped < one.began < gone_on]
    after = [one for one in visitors.seen if one.began > gone_on + LONGEST_SECONDS / 2]
    print(told(still))  # noqa: T201 - make soak shows it
    assert {one.status for one in (*before, *after)} == {200}
    for path, one in slowest(still).items():
        assert one.seconds < LIMITS.get(path, LONGEST_PAGE_SECONDS), one
    assert {one.status for one in still if one.path in FILES} == {200}
    others = {(one.status, one.retry_after) for one in still if one.path not in FILES}
    assert others == {(503, "2")}


def prepare(server: Server) -> None:
    server.execute("CREATE DATABASE scrip")
    migrate(server.url("scrip"))
    engine = connect(server.url("scrip"))
    with Session(engine) as session:
        add(session, "One")
        apply_all(session)
    engine.dispose()


def slowest(seen: list[Seen]) -> dict[str, Seen]:
    ordered = sorted(seen, key=lambda one: one.seconds)
    return {one.path: one for one in ordered}


def told(still: list[Seen]) -> str:
    longest = (f"{path} {one.seconds:.2f} s" for path, one in slowest(still).items())
    return f"{len(still)} answers while nothing answered, longest: {', '.join(longest)}"
