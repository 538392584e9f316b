"""Whether a database hangs: it takes connections and statements, and answers none of them.

When somebody has waited for long, a thread probes the database with a new connection, again and
again until that is answered. From some seconds without an answer on, nobody else waits. A slow
statement and the lock of a row are no reason: whatever the others do, a probe is answered.
"""

import threading
import time
from collections.abc import Callable

SLOW_SECONDS = 1.0  # to wait for an answer
PROBE_SECONDS = 1.5  # for the first probe to be answered
CONNECT_SECONDS = 2  # to one of several servers; the driver waits no less
PAUSE_SECONDS = 1.0  # between probes


class HangDetector:
    """Of one database. `connect` returns or raises; a late answer is none. Each of its `servers`
    may be asked in vain before one answers."""

    def __init__(self, connect: Callable[[], object], servers: int) -> None:
        self._connect = connect
        self._servers = servers
        self._is_probing = threading.Lock()
        self._unanswered_since: float | None = None

    @property
    def is_hanging(self) -> bool:
        since = self._unanswered_since
        return since is not None and time.monotonic() - since > self._probe_seconds()

    def _probe_seconds(self) -> float:
        return PROBE_SECONDS + CONNECT_SECONDS * (self._servers - 1)

    def report_wait(self, seconds: float) -> None:
        """Somebody has waited for so long, and has no answer yet."""
        if seconds > SLOW_SECONDS and self._is_probing.acquire(blocking=False):
            self._unanswered_since = time.monotonic()
            threading.Thread(target=self._probe, name="probe database", daemon=True).start()

    def _probe(self) -> None:
        while not self._is_answered():
            time.sleep(PAUSE_SECONDS)
        self._unanswered_since = None
        time.sleep(PAUSE_SECONDS)  # so often at most
        self._is_probing.release()

    def _is_answered(self) -> bool:
        """An error is an answer too, when it comes at once."""
        began = time.monotonic()
        try:
            self._connect()
        except Exception:
            return time.monotonic() - began < SLOW_SECONDS
        return True


_detectors: dict[str, HangDetector] = {}


def detector_of(database: str, connect: Callable[[], object], servers: int) -> HangDetector:
    """The one of this process."""
    return _detectors.setdefault(database, HangDetector(connect, servers))


def is_any_hanging() -> bool:
    return any(detector.is_hanging for detector in _detectors.values())
