"""Connections to PostgreSQL on which nobody waits longer than their time budget.

PostgreSQL has time limits of its own, and so has the system for a machine that is gone. Neither
holds when the server is there and has stopped: its own limits stand still with it.
"""

import time
from collections.abc import Mapping
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as NotYet
from threading import Thread
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import _WaitTimeout

from domain.hanging import SERVER_SECONDS, Watch, watch_of
from domain.time_budget import TimeBudget, current_budget

LOOK_SECONDS = 0.1  # how often who waits looks up; as often as the driver does
DATABASE = ("host", "port", "dbname", "user")

T = TypeVar("T")


class NoAnswer(psycopg.OperationalError):
    """The database did not answer in time. What was sent may have been done or not."""


class Connection(psycopg.Connection[Any]):
    """Gives up when the time budget is spent, or when the database hangs. It is closed then."""

    watch: Watch

    def wait(
        self, gen: PQGen[T], interval: float = LOOK_SECONDS, timeout: float | None = None
    ) -> T:
        budget = current_budget()
        if budget is None or timeout is not None:
            return super().wait(gen, interval, timeout)
        began = time.monotonic()
        try:
            _give_up_if(budget.left <= 0 or self.watch.is_hanging)
            return self._wait_in_time(gen, interval, budget.left)
        except NoAnswer:
            self.close()
            raise
        finally:
            budget.left -= time.monotonic() - began

    def _wait_in_time(self, gen: PQGen[T], interval: float, seconds: float) -> T:
        """Most answers come at once. To look up costs as much as a small statement."""
        began = time.monotonic()
        try:
            return super().wait(gen, interval, LOOK_SECONDS)
        except _WaitTimeout:
            return super().wait(_looking_up(gen, began, seconds, self.watch), interval)


def connect(parameters: Mapping[str, Any]) -> Connection:
    """A new connection, by the driver's parameters."""
    watch, budget = _watch(parameters), current_budget()
    if budget is None:
        connection = Connection.connect(**parameters)
    else:
        connection = _connect_in_time(parameters, budget, watch)
    connection.watch = watch
    return connection


def _watch(parameters: Mapping[str, Any]) -> Watch:
    database = repr([parameters.get(name) for name in DATABASE])
    servers = str(parameters.get("host", "")).count(",") + 1

    def try_it() -> None:
        psycopg.connect(**_in_a_hurry(parameters)).close()

    return watch_of(database, try_it, servers)


def _in_a_hurry(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {**parameters, "connect_timeout": SERVER_SECONDS}


def _looking_up(gen: PQGen[T], began: float, seconds: float, watch: Watch) -> PQGen[T]:
    """The steps that are left, given up when they take too long."""
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            _look_up(began, seconds, watch)
            wanted = gen.send(ready)
    except StopIteration as end:
        answer: T = end.value
        return answer


def _look_up(began: float, seconds: float, watch: Watch) -> None:
    waited = time.monotonic() - began
    watch.note_wait(waited)
    _give_up_if(waited > seconds or watch.is_hanging)


def _give_up_if(is_in_vain: bool) -> None:
    if is_in_vain:
        raise NoAnswer("The database does not answer in time.")


def _connect_in_time(parameters: Mapping[str, Any], budget: TimeBudget, watch: Watch) -> Connection:
    """In a thread of its own: to ask for the address of a name cannot be given up otherwise."""
    connecting: Future[Connection] = Future()
    began = time.monotonic()
    _give_up_if(budget.left <= 0 or watch.is_hanging)
    Thread(target=_connect_for, args=(connecting, parameters), daemon=True).start()
    with budget.spending():
        while True:
            try:
                return connecting.result(LOOK_SECONDS)
            except NotYet:
                _leave_if_in_vain(connecting, began, budget.left, watch)


def _leave_if_in_vain(
    connecting: Future[Connection], began: float, seconds: float, watch: Watch
) -> None:
    try:
        _look_up(began, seconds, watch)
    except NoAnswer:
        if not connecting.cancel():  # it has come just now
            connecting.result().close()
        raise


def _connect_for(connecting: Future[Connection], parameters: Mapping[str, Any]) -> None:
    try:
        connection = Connection.connect(**_in_a_hurry(parameters))
    except Exception as error:
        _settle(connecting, error)
        return
    if not _settle(connecting, connection):
        connection.close()


def _settle(connecting: Future[Connection], outcome: Connection | Exception) -> bool:
    """Whether somebody still waits for it."""
    try:
        if isinstance(outcome, Exception):
            connecting.set_exception(outcome)
        else:
            connecting.set_result(outcome)
    except InvalidStateError:
        return False
    return True
