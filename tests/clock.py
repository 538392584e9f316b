"""The database's clock, set by a test: Scrip asks it for the time, and so do its triggers."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event, text

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
MAKE_CLOCK = """
CREATE SCHEMA fake;
CREATE TABLE fake.clock (now timestamptz NOT NULL);
INSERT INTO fake.clock VALUES (now());
CREATE FUNCTION fake.clock_timestamp() RETURNS timestamptz LANGUAGE sql
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

    def strftime(self, _format: str, _now: str, *shifts: str) -> str:
        """In place of SQLite's own, for the one format that Scrip uses."""
        by = {unit: int(number) for number, unit in map(str.split, shifts)}
        shown = (self.now + timedelta(**by)).astimezone(UTC)
        return f"{shown:%Y-%m-%d %H:%M:%S}.{shown.microsecond // 1000:03}000"


@contextmanager
def set_clock(engine: Engine) -> Iterator[Clock]:
    """A clock for all connections of the engine, until the end."""
    is_postgres = engine.dialect.name == "postgresql"
    if is_postgres:
        run(engine, MAKE_CLOCK)
    clock = Clock(engine)

    def look_at_it(connection: Any, _record: object) -> None:  # noqa: ANN401
        if isinstance(connection, sqlite3.Connection):
            connection.create_function("strftime", -1, clock.strftime)
        else:
            connection.execute("SET search_path = fake, pg_catalog, public")
            connection.commit()

    engine.dispose()
    event.listen(engine, "connect", look_at_it)
    try:
        yield clock
    finally:
        event.remove(engine, "connect", look_at_it)
        engine.dispose()
        if is_postgres:
            run(engine, "DROP SCHEMA fake CASCADE")


def run(engine: Engine, sql: str) -> None:
    with engine.connect().execution_options(writing=True) as connection:
        connection.exec_driver_sql(sql)
        connection.commit()
