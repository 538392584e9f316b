"""The database itself keeps history as it was written, whoever speaks to it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.catalogue import sample
from domain.database import writing
from tests.conftest import ADMIN, only_postgres, only_sqlite
from tests.page_helpers import add, discard_all

HISTORY = {
    "draft_revision": "author",
    "draft_batch": "author",
    "release": "author",
    "released_package": "name",
    "released_settings": "platform_name",
}
VALUES = "name, credits, price_minor, currency, country, short_info, rank"
LATE = (
    f"INSERT INTO released_package (release_number, package_id, position, {VALUES})"  # noqa: S608
    f" SELECT 1, id, 99, {VALUES} FROM credit_package WHERE name = 'Late'"
)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """The sample, applied, and a draft that was discarded."""
    with Session(engine) as session:
        with writing(session):
            sample.load(session, author=ADMIN)
        add(session, "Late")
        discard_all(session)
    return engine


@contextmanager
def refused(sentence: str) -> Iterator[None]:
    with pytest.raises((IntegrityError, sqlite3.IntegrityError), match=sentence):
        yield


def execute(engine: Engine, statement: str) -> None:
    with engine.connect().execution_options(writing=True) as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize("table", HISTORY)
@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
def test_history_is_insert_only(filled: Engine, table: str, statement: str) -> None:
    """Caught: leaving out the triggers."""
    with refused("insert-only|never deleted"):
        execute(filled, statement.format(table, HISTORY[table]))


def test_a_package_is_never_deleted(filled: Engine) -> None:
    with refused("never deleted"):
        execute(filled, "DELETE FROM credit_package")


@only_postgres
@pytest.mark.parametrize("table", ["credit_package", *HISTORY])
def test_history_is_never_truncated(filled: Engine, table: str) -> None:
    """Caught: triggers for DELETE only."""
    with refused("never deleted"):
        execute(filled, f"TRUNCATE {table} CASCADE")


def test_nothing_is_added_to_a_release(filled: Engine) -> None:
    """Caught: leaving out the trigger."""
    with refused("closed with its release"):
        execute(filled, LATE)


MOVED = (
    "BEGIN; INSERT INTO release (number, created_at, live_from, revision_id, author, note)"  # noqa: S608
    " SELECT 2, created_at, live_from, revision_id, author, note FROM release;"
    f" REPLACE INTO released_package (id, release_number, package_id, position, {VALUES})"
    f" SELECT id, 2, package_id, position, {VALUES} FROM released_package"
)
REPLACING = {
    **{table: f"REPLACE INTO {table} SELECT * FROM {table}" for table in HISTORY},  # noqa: S608
    "credit_package": "REPLACE INTO credit_package SELECT * FROM credit_package",
    "a package for a new release": MOVED,
    "the place of a package": LATE.replace("INSERT", "REPLACE").replace("99", "1"),
    "a package by renaming": "UPDATE OR REPLACE credit_package SET id = 2 WHERE id = 1",
}


@only_sqlite
@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("statement", REPLACING.values(), ids=REPLACING)
def test_nothing_is_replaced(sqlite_file: Path, statement: str) -> None:
    """By a client that sets none of what Scrip sets for a connection.

    Caught: triggers for DELETE and UPDATE only, of which REPLACE takes no notice.
    """
    with closing(sqlite3.connect(sqlite_file)) as foreign:
        before = list(foreign.iterdump())
        with refused("never replaced|never renamed|closed with its release"):
            foreign.executescript(statement)
        foreign.rollback()
        assert list(foreign.iterdump()) == before


@pytest.mark.parametrize("action", ["discard", "undo"])
def test_only_a_restore_names_a_release(filled: Engine, action: str) -> None:
    with refused("release_of_restore"):
        execute(
            filled,
            "INSERT INTO draft_batch (action, first_id, last_id, author, created_at,"  # noqa: S608
            f" release_number) SELECT '{action}', first_id, last_id, author, created_at, 1"
            " FROM draft_batch",
        )
