"""Whether a database hangs: it takes connections and statements, and answers none of them.

When somebody has waited for long, a thread tries to connect, again and again until that is
answered. From some seconds without an answer on, nobody else waits. A slow statement and the lock
of a row are no reason: whatever the others do, a new connection is answered.
"""

import threading
import time
from collections.abc import Callable

SUSPICIOUS_SECONDS = 1.0  # to wait for an answer
VERDICT_SECONDS = 1.5  # for the first try to be answered
SERVER_SECONDS = 2  # to connect to one of several; the driver waits no less
PAUSE_SECONDS = 1.0


class Watch:
    """Of one database. `connect` returns or raises; a late answer is none. Each of its `servers`
    may be asked in vain before one answers."""

    def __init__(self, connect: Callable[[], object], servers: int) -> None:
        self._connect = connect
        self._servers = servers
        self._is_trying = threading.Lock()
        self._unanswered_since: float | None = None

    @property
    def is_hanging(self) -> bool:
        since = self._unanswered_since
        return since is not None and time.monotonic() - since > self._verdict_seconds()

    def _verdict_seconds(self) -> float:
        return VERDICT_SECONDS + SERVER_SECONDS * (self._servers - 1)

    def note_wait(self, seconds: float) -> None:
        """Somebody has waited for so long, and has no answer yet."""
        if seconds > SUSPICIOUS_SECONDS and self._is_trying.acquire(blocking=False):
            self._unanswered_since = time.monotonic()
            threading.Thread(target=self._try, name="try database", daemon=True).start()

    def _try(self) -> None:
        while not self._answers():
            time.sleep(PAUSE_SECONDS)
        self._unanswered_since = None
        time.sleep(PAUSE_SECONDS)  # so often at most
        self._is_trying.release()

    def _answers(self) -> bool:
        """An error is an answer too, when it comes at once."""
        began = time.monotonic()
        try:
            self._connect()
        except Exception:
            return time.monotonic() - began < SUSPICIOUS_SECONDS
        return True


_watches: dict[str, Watch] = {}


def watch_of(database: str, connect: Callable[[], object], servers: int) -> Watch:
    """The one of this process."""
    return _watches.setdefault(database, Watch(connect, servers))


def is_any_hanging() -> bool:
    return any(watch.is_hanging for watch in _watches.values())
