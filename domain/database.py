"""How Scrip talks to its database, whatever the noun. No Flask in here.

Reading needs nothing special: one transaction sees one state, however many statements it takes.
Writing happens inside `with writing(session):` and nowhere else: the database itself refuses a
write outside it. On SQLite one transaction at a time writes. On PostgreSQL many do, so whoever
decides by what it reads takes a lock first: `lock(session, name)`, or that of a row.
domain/connections.py makes connections on which this is so.
"""

import random
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    TypeDecorator,
    func,
    select,
)
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session, scoped_session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

# Less than a request waits in all, so that the database itself says what was locked.
LOCK_TIMEOUT_SECONDS = 4
# SQLite's word for a full disk, and for a quota or a limit on the size of files; PostgreSQL's.
NO_ROOM = (
    *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE),
    "53100",
)

# PostgreSQL's words for a server that takes no writes, or not any more: a standby.
NOT_PRIMARY = ("0A000", "25006")
# PostgreSQL's words for a deadlock and for one transaction that went on a state that another has
# changed. Both say that nothing was written, as SQLITE_BUSY does, and a standby.
UNDONE = ("40001", "40P01", *NOT_PRIMARY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_SNAPSHOT)
# Seconds between tries: the others are done within a few thousandths.
PAUSES = (0.01, 0.03, 0.1, 0.3)

# The highest id, and the highest version or release number, that a column holds.
MOST_ID = 2**63 - 1
MOST_INTEGER = 2**31 - 1
# SQLite numbers rows by itself only in a column of exactly this type.
Id = BigInteger().with_variant(Integer, "sqlite")
# Databases take no more than some ten thousand parameters at once.
MOST_PARAMETERS = 10_000
SHA256_HEX = 64

AnySession = Session | scoped_session[Any]
T = TypeVar("T")


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


@compiles(utc_now, "postgresql")
def _utc_now_postgresql(_element: utc_now, _compiler: SQLCompiler, **_: Any) -> str:  # noqa: ANN401
    # Not now(), the transaction's start: whoever waited for a lock would be behind the times.
    return "(clock_timestamp() AT TIME ZONE 'UTC')"


@contextmanager
def writing(session: AnySession) -> Iterator[None]:
    """The one way to write: commits at the end, undoes all on an error.

    Whatever was read before is read again, so decide inside, not before. On SQLite this holds
    the write lock; see `lock` for PostgreSQL. Raises CommitInDoubt.
    """
    session.rollback()
    try:
        session.connection(execution_options={"writing": True})
        yield
        session.flush()
        _commit(session)
    except BaseException:
        session.rollback()
        raise


class CommitInDoubt(OperationalError):
    """The connection was lost while the database was to commit: it may have done so or not."""


def _commit(session: AnySession) -> None:
    try:
        session.commit()
    except DBAPIError as error:
        if error.connection_invalidated and error.orig:
            raise CommitInDoubt(error.statement, None, error.orig) from error
        raise


def write(session: AnySession, work: Callable[[AnySession], T]) -> T:
    """What `work(session)` returns, committed; run again when the database undid it all by itself.

    So `work` reads afresh, returns plain values and touches nothing but the session. A connection
    lost at the commit is no reason: it may have been written. Only who has a request key, or
    another name for the act that the database keeps, may repeat that.
    """
    waits = pauses(until=time.monotonic() + LOCK_TIMEOUT_SECONDS)
    while True:
        try:
            return write_once(session, work)
        except RunAgain:
            pause = next(waits, None)
            if pause is None:
                raise
        time.sleep(pause)


class RunAgain(OperationalError):
    """The database undid the transaction because of another one."""


def write_once(session: AnySession, work: Callable[[AnySession], T]) -> T:
    try:
        with writing(session):
            return work(session)
    except OperationalError as error:
        if is_undone(error):
            raise RunAgain(error.statement, None, error.orig or error) from error
        raise


def is_undone(error: SQLAlchemyError) -> bool:
    """Whether the database undid it for the sake of another transaction, and may do it now."""
    return _code(error) in UNDONE


def pauses(*, until: float) -> Iterator[float]:
    """Seconds to wait before each further try; different ones for those who collided.

    None once the clock is at `until`: then the database itself has waited as long as a request may.
    """
    for pause in PAUSES:
        if time.monotonic() < until:
            yield pause * random.uniform(0.5, 1.5)  # noqa: S311 - nothing secret


def rollback_or_invalidate(session: AnySession) -> None:
    """Ends what was read; a server that is gone has done so already."""
    try:
        session.rollback()
    except DBAPIError:
        own = session() if isinstance(session, scoped_session) else session
        own.invalidate()


def is_disk_full(error: SQLAlchemyError) -> bool:
    """Whether the database could not write because there is no room."""
    return _code(error) in NO_ROOM


def _code(error: SQLAlchemyError) -> object:
    """SQLite's or PostgreSQL's own word for what went wrong."""
    cause = getattr(error, "orig", None)
    return getattr(cause, "sqlite_errorcode", None) or getattr(cause, "sqlstate", None)


def read_clock(session: AnySession) -> datetime:
    """The database's clock, by which all processes go."""
    now: datetime = session.scalars(select(utc_now())).one()
    return now


def lock(session: AnySession | Connection, name: str) -> None:
    """Lets one transaction at a time do what `name` stands for, until it ends.

    For use inside `writing`; what is read afterwards is what the one before has left. SQLite has
    the write lock already.
    """
    connection = session if isinstance(session, Connection) else session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def insert_for(session: AnySession) -> Any:  # noqa: ANN401 - each database has its own
    """The INSERT that can leave alone what is there already: `on_conflict_do_nothing`.

    Loads what is for this database alone: the other one's would take a tenth of a start.
    """
    if session.connection().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment] # noqa: PLC0415
    return insert


def portions(ids: Iterable[int], most: int = MOST_PARAMETERS) -> Iterator[Sequence[int]]:
    """So many at once; without a number, as many as a statement takes."""
    every = list(ids)
    for start in range(0, len(every), most):
        yield every[start : start + most]
