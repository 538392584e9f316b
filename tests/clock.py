"""The database's clock, set by a test: Scrip asks it for the time, and so do its triggers."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event, text

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
MAKE_CLOCK = """
CREATE SCHEMA IF NOT EXISTS fake;
CREATE TABLE IF NOT EXISTS fake.clock (now timestamptz NOT NULL);
DELETE FROM fake.clock;
INSERT INTO fake.clock VALUES (now());
CREATE OR REPLACE FUNCTION fake.clock_timestamp() RETURNS timestamptz LANGUAGE sql
    AS 'SELECT now FROM fake.clock';
"""


class Clock:
    """Stands still until it is set."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.now = NOON
        self.set(NOON)

    def set(self, now: datetime) -> None:
        self.now = now
        if self._engine.dialect.name == "postgresql":
            with self._engine.connect().execution_options(writing=True) as connection:
                connection.execute(text("UPDATE fake.clock SET now = :now"), {"now": now})
                connection.commit()

    def go_on(self, **by: float) -> datetime:
        """By so many days, hours, seconds."""
        self.set(self.now + timedelta(**by))
        return self.now

    def look_at_it(self, connection: Any, _record: object) -> None:  # noqa: ANN401
        if isinstance(connection, sqlite3.Connection):
            connection.create_function("strftime", -1, self.strftime)
        else:
            connection.execute("SET search_path = fake, pg_catalog, public")
            connection.commit()

    def strftime(self, _format: str, _now: str, *shifts: str) -> str:
        """In place of SQLite's own, for the one format that Scrip uses."""
        by = {unit: int(number) for number, unit in map(str.split, shifts)}
        shown = (self.now + timedelta(**by)).astimezone(UTC)
        return f"{shown:%Y-%m-%d %H:%M:%S}.{shown.microsecond // 1000:03}000"


@contextmanager
def set_clock(engine: Engine) -> Iterator[Clock]:
    """A clock for all connections of the engine, until the end."""
    clock = keep_clock(engine)
    try:
        yield clock
    finally:
        event.remove(engine, "connect", clock.look_at_it)
        engine.dispose()


def keep_clock(engine: Engine) -> Clock:
    """A clock for all connections of the engine, which has none yet."""
    if engine.dialect.name == "postgresql":
        run(engine, MAKE_CLOCK)
    clock = Clock(engine)
    engine.dispose()
    event.listen(engine, "connect", clock.look_at_it)
    return clock


def run(engine: Engine, sql: str) -> None:
    with engine.connect().execution_options(writing=True) as connection:
        connection.exec_driver_sql(sql)
        connection.commit()
