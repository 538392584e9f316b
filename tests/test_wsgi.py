"""What a worker of the server does before its first request."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import config_for
from tests.real_server import PATIENCE_SECONDS, ROOT, running

LOOK = """
import gc
searches = lambda: sum(generation["collections"] for generation in gc.get_stats())
before = searches()
import wsgi
wsgi.worker_app()
print(searches() - before < 30, gc.isenabled(), gc.get_freeze_count() > len(gc.get_objects()))
"""


def test_a_worker_loads_without_searches_for_garbage_and_searches_later(tmp_path: Path) -> None:
    """Caught: searches that stayed off, and app imported at the top of wsgi.py."""
    environ = {"DATABASE_URL": f"sqlite:///{tmp_path}/scrip.db", "SECRET_KEY": "k" * 40}
    looked = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert looked.stdout == "True True True\n"


def test_a_worker_told_to_stop_while_it_loads_ends_at_once(tmp_path: Path) -> None:
    """Caught: the handler of the server's own process stayed; each such stop took 20 seconds."""
    told_while_loading = (
        "import os, signal; signal.signal(signal.SIGTERM, lambda *_: None)\n"
        "import wsgi, app; app.create_web_app = lambda _: os.kill(os.getpid(), signal.SIGTERM)\n"
        "wsgi.worker_app()"
    )
    environ = {"DATABASE_URL": f"sqlite:///{tmp_path}/scrip.db", "SECRET_KEY": "k" * 40}
    ended = subprocess.run(
        [sys.executable, "-c", told_while_loading], cwd=ROOT, env=environ, check=False
    )
    assert ended.returncode == -signal.SIGTERM


@pytest.mark.skipif(sys.platform != "linux", reason="no other system tells children of it")
def test_workers_end_when_the_server_is_killed(tmp_path: Path) -> None:
    """One of them is stopped, so it can do nothing by itself. Caught: workers that stayed, held
    the port and answered; and SIGTERM, for which a worker that hangs is deaf."""
    with running(config_for(tmp_path / "scrip.db").database_url, WORKERS="2") as server:
        first, *_ = workers = server.workers()
        assert len(workers) == 2
        os.kill(first, signal.SIGSTOP)
        server.process.kill()
        end = time.monotonic() + PATIENCE_SECONDS / 6
        while not is_free(server.port):
            assert time.monotonic() < end
            time.sleep(0.02)


def is_free(port: int) -> bool:
    with socket.socket() as probe, suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return True
    return False
