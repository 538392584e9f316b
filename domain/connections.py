"""Connections to the database, on which reading and writing work as domain/database.py says."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError

from domain.database import LOCK_TIMEOUT_SECONDS, NOT_PRIMARY
from domain.time_budget import TimeBudget, current_budget

CONNECT_TIMEOUT_SECONDS = 5
STATEMENT_TIMEOUT_SECONDS = 30
IDLE_TIMEOUT_SECONDS = 60
# A machine that is gone says nothing, and the system would wait for it for a quarter of an hour.
GIVING_UP = {
    "tcp_user_timeout": CONNECT_TIMEOUT_SECONDS * 1000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
# Since this version the server notices that a client which waited has given up.
NOTICES_CLIENTS = 140000
# One for each request that a worker lets in at once; each uses one at most.
POOL_SIZE = 8
POOL_TIMEOUT_SECONDS = 2


def engine_options(url: str) -> dict[str, Any]:
    """How the database at `url` is connected to; limits apart, which _on_connect sets."""
    if url.startswith("sqlite:"):
        return {"connect_args": {"timeout": LOCK_TIMEOUT_SECONDS}, "hide_parameters": True}
    return {
        "hide_parameters": True,  # errors are logged, and what people typed is not for the log
        "connect_args": {
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "client_encoding": "utf8",
            **GIVING_UP,
        },
        "pool_pre_ping": True,  # the server may have been restarted meanwhile
        "pool_size": POOL_SIZE,
        "max_overflow": 2,
        "pool_timeout": POOL_TIMEOUT_SECONDS,
    }


def connect(url: str) -> Engine:
    """An engine of our kind outside of a web request, for migrations and tests."""
    return create_engine(url, **engine_options(url))


@event.listens_for(Engine, "do_connect")
def _do_connect(
    dialect: Dialect, _record: object, _arguments: Sequence[object], parameters: Mapping[str, Any]
) -> object | None:
    if dialect.name != "postgresql":
        return None
    from domain.postgresql import connect as connect_to  # noqa: PLC0415 - loads its driver

    return connect_to(parameters)


@event.listens_for(Engine, "connect")
def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401
    if isinstance(connection, sqlite3.Connection):
        # Python's own transaction handling begins too late and loses updates; _on_begin does it.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return
    # As statements: connection poolers refuse them among the connection's options.
    limits = (
        f"SET lock_timeout = '{LOCK_TIMEOUT_SECONDS}s';"
        f" SET statement_timeout = '{STATEMENT_TIMEOUT_SECONDS}s';"
        f" SET idle_in_transaction_session_timeout = '{IDLE_TIMEOUT_SECONDS}s';"
    )
    if connection.info.server_version >= NOTICES_CLIENTS:
        limits += " SET client_connection_check_interval = '1s'"
    connection.execute(limits)
    connection.commit()


@event.listens_for(Engine, "begin")
def _on_begin(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get("writing", False)
    raw = connection.connection.dbapi_connection
    if isinstance(raw, sqlite3.Connection):
        _begin_on_sqlite(connection, raw, is_writing)
        return
    _begin_on_postgresql(connection.dialect, raw, is_writing)


@event.listens_for(Engine, "handle_error", retval=True)
def _on_error(context: ExceptionContext) -> DBAPIError | None:
    """Leaves a server that became a standby: it answers, but would refuse each write for good.
    What a row holds is not for the log."""
    error, connection = context.original_exception, context.connection
    if isinstance(context.sqlalchemy_exception, IntegrityError | DataError):
        return _without_row(context, context.sqlalchemy_exception)
    is_writing = connection is not None and connection.get_execution_options().get("writing")
    if not is_writing or getattr(error, "sqlstate", None) not in NOT_PRIMARY:
        return None
    context.is_disconnect = True  # all connections made so far are dropped
    return OperationalError(context.statement, None, error)


def _without_row(
    context: ExceptionContext, error: IntegrityError | DataError
) -> IntegrityError | DataError:
    """The error by its first line and its constraint: PostgreSQL's next lines are the whole row."""
    original = context.original_exception
    said = str(original).partition("\n")[0]
    constraint = getattr(getattr(original, "diag", None), "constraint_name", None)
    original.args = (said if not constraint or constraint in said else f"{said} ({constraint})",)
    return type(error)(context.statement, None, original)


def _begin_on_postgresql(dialect: Any, raw: object, is_writing: bool) -> None:  # noqa: ANN401
    # The driver sends BEGIN with these. A reader sees one state in all its statements; a writer
    # reads afresh in each, so what it reads after it got a lock is what is true then. It does not
    # say READ WRITE: a database that somebody made read-only stays so.
    try:
        dialect.set_isolation_level(raw, "READ COMMITTED" if is_writing else "REPEATABLE READ")
        dialect.set_readonly(raw, None if is_writing else True)
    except dialect.loaded_dbapi.Error as error:
        raise OperationalError("BEGIN", None, error) from error


def _begin_on_sqlite(connection: Connection, raw: sqlite3.Connection, is_writing: bool) -> None:
    try:
        # Only when it changes: it makes SQLite compile all its statements anew, triggers included.
        if connection.info.get("writing") != is_writing:
            raw.execute(f"PRAGMA query_only = {'OFF' if is_writing else 'ON'}")
            connection.info["writing"] = is_writing
        if is_writing:
            _begin_writing(raw)
        else:
            raw.execute("BEGIN")
    except sqlite3.OperationalError as error:
        raise OperationalError("BEGIN", None, error) from error


def _begin_writing(raw: sqlite3.Connection) -> None:
    """Waits for the lock until the time budget is spent, and gives its slot to others first."""
    budget = current_budget() or TimeBudget(LOCK_TIMEOUT_SECONDS)
    if budget.before_lock:
        budget.before_lock()
    seconds = min(max(budget.left, 0), LOCK_TIMEOUT_SECONDS)
    raw.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")
    with budget.spending():
        raw.execute("BEGIN IMMEDIATE")
