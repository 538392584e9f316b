"""The machine of the database is gone: nothing refuses, nothing answers. Part of make soak."""

import threading
from subprocess import CalledProcessError

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from domain.connections import connect
from tests.conftest import closing_all_connections
from tests.distant_machine import URL, cut_cable, distant_server
from tests.standby import wait_until

LONGEST_SECONDS = 15
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
