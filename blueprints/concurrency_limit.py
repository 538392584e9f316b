"""How many requests use the database at once, and how long each waits for it in all.

There are more threads than slots, so that files are sent and health checks answered while every
slot is taken. Who waits for a slot waits for the database: what is left of the time budget
afterwards is for its statements. Requests that write wait for locks of each other, so they leave
some slots to those that read.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from typing import TYPE_CHECKING

from flask import Flask

from domain.connections import POOL_SIZE
from domain.hang_detector import is_any_hanging
from domain.time_budget import TimeBudget, time_budget

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# An answer takes some more: its page is still to be made.
BUDGET_SECONDS = 5.0
# For a slot alone: what is left is enough for what is usual.
SLOT_SECONDS = 3.0
CHECK_SECONDS = 0.1
READERS_SLOTS = 2
# These ask no database, or have a connection of their own.
UNLIMITED = ("/static/", "/embed.js", "/healthz", "/readyz")


def init_app(app: Flask) -> None:
    app.wsgi_app = ConcurrencyLimit(app.wsgi_app)  # type: ignore[assignment, method-assign]


class ConcurrencyLimit:
    """WSGI middleware. Who finds no slot in time goes on with no time left: whatever asks the
    database then fails at once, and says so on the page that it belongs to."""

    def __init__(
        self, app: "WSGIApplication", slots: int = POOL_SIZE, of_readers: int = READERS_SLOTS
    ) -> None:
        self._app = app
        self._slots, self._writers_slots = Slots(slots), Slots(slots - of_readers)

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith(UNLIMITED):
            return self._app(environ, start)
        with time_budget(BUDGET_SECONDS) as budget:
            budget.before_lock = release = self._take_slots(environ, budget)
            try:
                answer = self._app(environ, start)
            finally:
                release()
        return answer if isinstance(answer, list) else BudgetedParts(answer)

    def _take_slots(self, environ: "WSGIEnvironment", budget: TimeBudget) -> Callable[[], None]:
        """What releases them, once."""
        is_writing = environ.get("REQUEST_METHOD") == "POST"
        taken: list[Slots] = []
        for slots in (self._writers_slots, self._slots) if is_writing else (self._slots,):
            if not find_slot(slots, budget):
                budget.left = 0
                break
            taken.append(slots)

        def release() -> None:
            while taken:
                taken.pop().release()

        return release


def find_slot(slots: "Slots", budget: TimeBudget) -> bool:
    turn, enough = slots.stand_in_line(), BUDGET_SECONDS - SLOT_SECONDS
    if turn.acquire(blocking=False):
        return True
    while budget.left > enough and not is_any_hanging():
        with budget.spending():
            if turn.acquire(timeout=CHECK_SECONDS):
                return True
    return not slots.leave_line(turn)


class Slots:
    """So many at once; the one that is released goes to who has waited for longest. A semaphore of
    Python's own gives it to anyone: of a crowd, some wait ten times as long as most."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._line: deque[Lock] = deque()
        self._changing = Lock()

    def stand_in_line(self) -> Lock:
        """A lock that can be acquired once the slot is there."""
        turn = Lock()
        with self._changing:
            if self._free:
                self._free -= 1
            else:
                turn.acquire()
                self._line.append(turn)
        return turn

    def leave_line(self, turn: Lock) -> bool:
        """False when the slot has come just now: then it is to be released."""
        with self._changing:
            if turn in self._line:
                self._line.remove(turn)
                return True
        return False

    def release(self) -> None:
        with self._changing:
            if self._line:
                self._line.popleft().release()
            else:
                self._free += 1


class BudgetedParts:
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
