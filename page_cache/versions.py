"""What decides a ready answer besides its address: asked anew each time, at next to no cost."""

from collections import deque
from pathlib import Path
from typing import Any

from sqlalchemy import URL, NullPool, Select, create_engine, select, true
from sqlalchemy.exc import SQLAlchemyError

from domain.catalogue.storefront import live
from domain.company.models import Company
from domain.connections import engine_options
from domain.embedding.models import EmbeddingSite

# Rows as they come from the driver; equal rows, equal answers.
Version = tuple[tuple[Any, ...], ...]


def _live_and_sites() -> Select[Any]:
    """The frame's answer also says who may frame it, and that list works at once."""
    newest, site = live.newest().subquery(), EmbeddingSite
    return (
        select(newest, site.id, site.origin, site.created_at)
        .select_from(newest)
        .join(site, true(), isouter=True)
        .order_by(site.origin)
    )


def _live_and_company() -> Select[Any]:
    """The buyers' page also says who sells, and that works at once."""
    newest, company = live.newest().subquery(), Company
    return (
        select(newest, company.version, company.changed_at)
        .select_from(newest)
        .join(company, true(), isouter=True)
    )


class Versions:
    """Asks in one statement, outside of any session, on connections of its own.

    These are opened as they are needed, at most one for each thread, and stay open: a statement
    commits itself and leaves nothing behind.
    """

    def __init__(self, url: URL) -> None:
        arguments = engine_options(str(url))["connect_args"]
        self._engine = create_engine(
            url,
            connect_args=arguments,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
        )
        self._failures = (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error)
        self._idle: deque[Any] = deque()
        self._path = Path(url.database or "") if url.drivername.startswith("sqlite") else None
        self._first_file = self._file()
        self._of_release = self._as_sql(live.newest())
        self._of_release_and_sites = self._as_sql(_live_and_sites())
        self._of_release_and_company = self._as_sql(_live_and_company())

    def ask(self, path: str) -> Version | None:
        """What is live now at `path`; None when that is nothing, or cannot be said for sure."""
        try:
            return self._read(self._sql_for(path)) if self._is_the_same_file() else None
        except self._failures:
            return None

    def _sql_for(self, path: str) -> str:
        if path.startswith("/embed/"):
            return self._of_release_and_sites
        return self._of_release_and_company if path == "/packages" else self._of_release

    def _read(self, sql: str) -> Version | None:
        try:
            connection = self._idle.pop()  # the one used last, so that few are open
        except IndexError:
            connection = self._connect()
        try:
            rows = connection.execute(sql).fetchall()
        except self._failures:
            connection.close()  # Flask, which is asked now, checks its own before use
            raise
        self._idle.append(connection)
        return tuple(rows) or None

    def _connect(self) -> Any:  # noqa: ANN401 - each driver has a class of its own
        opened = self._engine.raw_connection()
        connection = opened.driver_connection
        opened.detach()  # from a pool that would look after it
        return connection

    def _is_the_same_file(self) -> bool:
        """Whether what is open is what has that name: a file can be replaced under SQLite."""
        if self._path is None:
            return True
        now = self._file()
        self._first_file = self._first_file or now
        return now is not None and now == self._first_file

    def _file(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat() if self._path else None
        except OSError:
            return None
        return (found.st_dev, found.st_ino) if found else None

    def _as_sql(self, statement: Select[Any]) -> str:
        literal = {"literal_binds": True}
        return str(statement.compile(dialect=self._engine.dialect, compile_kwargs=literal))
