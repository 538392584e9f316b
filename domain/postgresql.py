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

from domain.hang_detector import CONNECT_SECONDS, HangDetector, detector_of
from domain.time_budget import TimeBudget, current_budget

CHECK_SECONDS = 0.1  # how often a wait is checked; as often as the driver does
DATABASE = ("host", "port", "dbname", "user")

T = TypeVar("T")


class NoAnswer(psycopg.OperationalError):
    """The database did not answer in time. What was sent may have been done or not."""


class Connection(psycopg.Connection[Any]):
    """Gives up when the time budget is spent, or when the database hangs. It is closed then."""

    detector: HangDetector

    def wait(
        self, gen: PQGen[T], interval: float = CHECK_SECONDS, timeout: float | None = None
    ) -> T:
        budget = current_budget()
        if budget is None or timeout is not None:
            return super().wait(gen, interval, timeout)
        began = time.monotonic()
        try:
            _give_up_if(budget.left <= 0 or self.detector.is_hanging)
            return self._wait_in_time(gen, interval, budget.left)
        except NoAnswer:
            self.close()
            raise
        finally:
            budget.left -= time.monotonic() - began

    def _wait_in_time(self, gen: PQGen[T], interval: float, seconds: float) -> T:
        """Most answers come at once. A check costs as much as a small statement."""
        began = time.monotonic()
        try:
            return super().wait(gen, interval, CHECK_SECONDS)
        except _WaitTimeout:
            return super().wait(_with_checks(gen, began, seconds, self.detector), interval)


def connect(parameters: Mapping[str, Any]) -> Connection:
    """A new connection, by the driver's parameters."""
    detector, budget = _detector(parameters), current_budget()
    if budget is None:
        connection = Connection.connect(**parameters)
    else:
        connection = _connect_in_time(parameters, budget, detector)
    connection.detector = detector
    return connection


def _detector(parameters: Mapping[str, Any]) -> HangDetector:
    database = repr([parameters.get(name) for name in DATABASE])
    servers = str(parameters.get("host", "")).count(",") + 1

    def probe() -> None:
        psycopg.connect(**_with_timeout(parameters)).close()

    return detector_of(database, probe, servers)


def _with_timeout(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {**parameters, "connect_timeout": CONNECT_SECONDS}


def _with_checks(gen: PQGen[T], began: float, seconds: float, detector: HangDetector) -> PQGen[T]:
    """The steps that are left, given up when they take too long."""
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            _check_wait(began, seconds, detector)
            wanted = gen.send(ready)
    except StopIteration as end:
        answer: T = end.value
        return answer


def _check_wait(began: float, seconds: float, detector: HangDetector) -> None:
    waited = time.monotonic() - began
    detector.report_wait(waited)
    _give_up_if(waited > seconds or detector.is_hanging)


def _give_up_if(is_over: bool) -> None:
    if is_over:
        raise NoAnswer("The database does not answer in time.")


def _connect_in_time(
    parameters: Mapping[str, Any], budget: TimeBudget, detector: HangDetector
) -> Connection:
    """In a thread of its own: to ask for the address of a name cannot be given up otherwise."""
    connecting: Future[Connection] = Future()
    began = time.monotonic()
    _give_up_if(budget.left <= 0 or detector.is_hanging)
    Thread(target=_connect_for, args=(connecting, parameters), daemon=True).start()
    with budget.spending():
        while True:
            try:
                return connecting.result(CHECK_SECONDS)
            except NotYet:
                _check_connecting(connecting, began, budget.left, detector)


def _check_connecting(
    connecting: Future[Connection], began: float, seconds: float, detector: HangDetector
) -> None:
    try:
        _check_wait(began, seconds, detector)
    except NoAnswer:
        if not connecting.cancel():  # it has come just now
            connecting.result().close()
        raise


def _connect_for(connecting: Future[Connection], parameters: Mapping[str, Any]) -> None:
    try:
        connection = Connection.connect(**_with_timeout(parameters))
    except Exception as error:
        _deliver(connecting, error)
        return
    if not _deliver(connecting, connection):
        connection.close()


def _deliver(connecting: Future[Connection], outcome: Connection | Exception) -> bool:
    """Whether somebody still waits for it."""
    try:
        if isinstance(outcome, Exception):
            connecting.set_exception(outcome)
        else:
            connecting.set_result(outcome)
    except InvalidStateError:
        return False
    return True
