"""Who is let in to the database at once, and how long a request waits for it in all.

There are more threads than places, so that files are sent and signs of life given while every
place is taken. Who waits for a place waits for the database: what is left of the time budget
afterwards is for its statements.
"""

from collections.abc import Callable, Iterable, Iterator
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from flask import Flask

from domain.connections import POOL_SIZE
from domain.hang_detector import is_any_hanging
from domain.time_budget import TimeBudget, time_budget

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# An answer takes some more: its page is still to be made.
BUDGET_SECONDS = 5.0
# For a place alone: what is left is enough for what is usual.
PLACE_SECONDS = 3.0
LOOK_SECONDS = 0.1
# These ask no database, or have a connection of their own.
FREE = ("/static/", "/embed.js", "/healthz", "/readyz")


def init_app(app: Flask) -> None:
    app.wsgi_app = Turnstile(app.wsgi_app)  # type: ignore[assignment, method-assign]


class Turnstile:
    """WSGI middleware. Who finds no place in time goes on with no time left: whatever asks the
    database then fails at once, and says so on the page that it belongs to."""

    def __init__(self, app: "WSGIApplication", places: int = POOL_SIZE) -> None:
        self._app = app
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(places):
            self._free.put(None)

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith(FREE):
            return self._app(environ, start)
        with time_budget(BUDGET_SECONDS) as budget:
            budget.before_lock = give_back = self._take_place(budget)
            try:
                answer = self._app(environ, start)
            finally:
                give_back()
        return answer if isinstance(answer, list) else PatientParts(answer)

    def _take_place(self, budget: TimeBudget) -> Callable[[], None]:
        """What gives it back, once."""
        has_place = self._find_place(budget)
        if not has_place:
            budget.left = 0

        def give_back() -> None:
            nonlocal has_place
            if has_place:
                has_place = False
                self._free.put(None)

        return give_back

    def _find_place(self, budget: TimeBudget) -> bool:
        try:
            self._free.get_nowait()
        except Empty:
            return self._wait_for_place(budget)
        return True

    def _wait_for_place(self, budget: TimeBudget) -> bool:
        enough = budget.left - PLACE_SECONDS
        while budget.left > enough and not is_any_hanging():
            with budget.spending():
                try:
                    self._free.get(timeout=LOOK_SECONDS)
                except Empty:
                    continue
                return True
        return False


class PatientParts:
    """The parts of an answer, some of which may still be read from the database. As a file goes
    on for long, each part has a time budget of its own."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = parts
        self._next = iter(parts)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with time_budget(BUDGET_SECONDS):
            return next(self._next)

    def close(self) -> None:
        with time_budget(BUDGET_SECONDS):
            getattr(self._parts, "close", lambda: None)()
