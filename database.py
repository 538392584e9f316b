"""How Scrip talks to its database, whatever the noun. No Flask in here.

Reading needs nothing special. Writing happens inside `with writing(session):` and nowhere else:
the database itself refuses a write outside it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    TypeDecorator,
    create_engine,
    event,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session, scoped_session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

LOCK_TIMEOUT_SECONDS = 5

AnySession = Session | scoped_session[Any]


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC with microseconds; refuses a time without a zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time needs its zone.")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class utc_now(FunctionElement[datetime]):  # noqa: N801 - reads as the SQL function it is
    """The database's clock, in the form that UtcDateTime columns are stored in."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(utc_now, "sqlite")
def _utc_now_sqlite(_element: utc_now, _compiler: SQLCompiler, **_: Any) -> str:  # noqa: ANN401
    # Six digits, as SQLAlchemy writes them: times are compared as text.
    return "strftime('%Y-%m-%d %H:%M:%f000', 'now')"


@contextmanager
def writing(session: AnySession) -> Iterator[None]:
    """The one way to write: holds the write lock, commits at the end, undoes all on an error.

    Whatever was read before is read again, so decide inside, not before.
    """
    session.rollback()
    try:
        session.connection(execution_options={"writing": True})
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise


ENGINE_OPTIONS = {
    "connect_args": {"timeout": LOCK_TIMEOUT_SECONDS},
    "hide_parameters": True,  # errors are logged, and what people typed is not for the log
}


def connect(url: str) -> Engine:
    """An engine of our kind outside of a web request, for migrations and tests."""
    return create_engine(url, **ENGINE_OPTIONS)


@event.listens_for(Engine, "connect")
def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401
    if not isinstance(connection, sqlite3.Connection):
        return
    # Python's own transaction handling begins too late and loses updates; _on_begin does it.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


@event.listens_for(Engine, "begin")
def _on_begin(connection: Connection) -> None:
    raw = connection.connection.dbapi_connection
    if not isinstance(raw, sqlite3.Connection):
        return
    is_writing = connection.get_execution_options().get("writing", False)
    begin = "BEGIN IMMEDIATE" if is_writing else "BEGIN"
    try:
        raw.execute(f"PRAGMA query_only = {'OFF' if is_writing else 'ON'}")
        raw.execute(begin)
    except sqlite3.OperationalError as error:
        raise OperationalError(begin, None, error) from error
