"""What a worker of the server does before its first request."""

import signal
import subprocess
import sys
from pathlib import Path

from tests.real_server import ROOT

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
