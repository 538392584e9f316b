"""How long a request waits for the database, in all its statements together. No SQL in here.

A command has no patience of this kind: what it waits for may take as long as it takes.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# For what can be left undone.
BRIEF_SECONDS = 1.0


class Patience:
    """Seconds that are left to wait. `make_way` is called before a wait that others need not
    share, as for SQLite's one lock."""

    def __init__(self, seconds: float, make_way: Callable[[], None] | None = None) -> None:
        self.left = seconds
        self.make_way = make_way

    @contextmanager
    def spending(self) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.left -= time.monotonic() - began


_current: ContextVar[Patience | None] = ContextVar("patience", default=None)


def current_patience() -> Patience | None:
    return _current.get()


@contextmanager
def patient(seconds: float, make_way: Callable[[], None] | None = None) -> Iterator[Patience]:
    """Waits inside take `seconds` together, and no more than is left outside."""
    outer = _current.get()
    if outer:
        seconds, make_way = min(seconds, outer.left), make_way or outer.make_way
    inner = Patience(seconds, make_way)
    token = _current.set(inner)
    try:
        yield inner
    finally:
        _current.reset(token)
        if outer:
            outer.left -= seconds - inner.left
