"""What a worker of the server does before its first request."""

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
