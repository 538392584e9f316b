"""Two transactions that meet, in an order that is chosen: the second asks while the first one has
written and not yet committed."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from domain.database import AnySession, write
from domain.ledger.models import wallet

Work = Callable[[AnySession], Any]
PATIENCE_SECONDS = 10
SOMEBODY_WAITS = text("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")


@dataclass
class Meeting:
    """Both have read all wallets before either writes. `runs` counts those of the second."""

    engine: Engine
    runs: int = 0
    _have_read: threading.Barrier = field(default_factory=lambda: threading.Barrier(2))
    _first_wrote: threading.Event = field(default_factory=threading.Event)
    _second_asks: threading.Event = field(default_factory=threading.Event)
    _first_ends: threading.Event = field(default_factory=threading.Event)

    def of(self, first: Work, second: Work) -> list[Any]:
        """What each of them returned; an error is raised."""
        with ThreadPoolExecutor(2) as pool:
            doing = [pool.submit(self._lead, first), pool.submit(self._follow, second)]
            return [one.result() for one in doing]

    def _lead(self, work: Work) -> Any:  # noqa: ANN401 - what the work returns
        with Session(self.engine) as session:
            self._read(session)
            return write(session, partial(self._hold_on, work))

    def _hold_on(self, work: Work, session: AnySession) -> Any:  # noqa: ANN401
        try:
            outcome = work(session)
        finally:
            self._first_wrote.set()
        self._wait_for_the_other(session)
        self._first_ends.set()
        return outcome

    def _wait_for_the_other(self, session: AnySession) -> None:
        assert self._second_asks.wait(PATIENCE_SECONDS)
        if self.engine.dialect.name == "postgresql":
            until = time.monotonic() + PATIENCE_SECONDS
            while not session.scalar(SOMEBODY_WAITS):
                assert time.monotonic() < until, "the second did not wait for the first"

    def _follow(self, work: Work) -> Any:  # noqa: ANN401
        with Session(self.engine) as session:
            self._read(session)
            assert self._first_wrote.wait(PATIENCE_SECONDS)
            self._second_asks.set()
            return write(session, partial(self._come_second, work))

    def _come_second(self, work: Work, session: AnySession) -> Any:  # noqa: ANN401
        self.runs += 1
        if self.engine.dialect.name == "sqlite":
            assert self._first_ends.is_set(), "the second did not wait for the first"
        return work(session)

    def _read(self, session: Session) -> None:
        session.execute(select(wallet)).all()
        self._have_read.wait(PATIENCE_SECONDS)
