"""How long a request waits for the database, in all its statements together. No SQL in here.

A command has no budget of this kind: what it waits for may take as long as it takes.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# For what can be left undone.
OPTIONAL_SECONDS = 1.0


class TimeBudget:
    """Seconds that are left to wait. `before_lock` is called before a wait for SQLite's one lock,
    which may take long and is no reason to hold up others."""

    def __init__(self, seconds: float, before_lock: Callable[[], None] | None = None) -> None:
        self.left = seconds
        self.before_lock = before_lock

    @contextmanager
    def spending(self) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.left -= time.monotonic() - began


_current: ContextVar[TimeBudget | None] = ContextVar("time budget", default=None)


def current_budget() -> TimeBudget | None:
    return _current.get()


@contextmanager
def time_budget(seconds: float) -> Iterator[TimeBudget]:
    """Waits inside take `seconds` together, and no more than is left outside."""
    outer = _current.get()
    if outer:
        seconds = min(seconds, outer.left)
    inner = TimeBudget(seconds, outer.before_lock if outer else None)
    token = _current.set(inner)
    try:
        yield inner
    finally:
        _current.reset(token)
        if outer:
            outer.left -= seconds - inner.left
