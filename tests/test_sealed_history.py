"""The database itself keeps history as it was written, whoever speaks to it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Table, insert, select, text
from sqlalchemy.exc import IntegrityError

from domain.catalogue.item_types import ITEM_TYPES, SETTINGS, ItemType
from domain.catalogue.markets.rules import INITIAL_MARKET
from domain.catalogue.models import DraftBatch, DraftRevision, Release, ReleaseSeal
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.settings.rules import INITIAL_SETTINGS
from tests.conftest import ADMIN, only_postgres, only_sqlite

# An item of each type, as it may be released.
ITEMS: dict[str, dict[str, Any]] = {
    "settings": INITIAL_SETTINGS._asdict(),
    "market": INITIAL_MARKET._asdict() | {"country": "US"},
    "package": PackageValues("Starter", 100, 1999, "USD", "US")._asdict() | {"rank": 0},
}
# What only drafts have.
DRAFTED = {"package": {"search_text": "starter"}}
# Settings are there from the beginning, and are one row.
ADDED = [type for type in ITEM_TYPES.values() if type is not SETTINGS]
RELEASED: list[Table] = [type.released.__table__ for type in ITEM_TYPES.values()]
DRAFTS: list[Table] = [type.draft.__table__ for type in ADDED]
HISTORY: list[Table] = [
    *(each.__table__ for each in (DraftRevision, DraftBatch, Release, ReleaseSeal)),  # type: ignore[list-item]
    *RELEASED,
]


def names(tables: list[Table]) -> list[str]:
    return [table.name for table in tables]


def key(table: Table) -> str:
    (column,) = table.primary_key
    return column.name


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """An item of each type in release 1, and a draft write that was one action. Release 2 has
    nothing, and 3 is not sealed."""
    with engine.connect().execution_options(writing=True) as connection:
        for type in ADDED:
            connection.execute(
                insert(type.draft).values(**ITEMS[type.name], **DRAFTED.get(type.name, {}))
            )
        revision = {"item_type": "package", "item_id": 1, "action": "added", "old": {}, "new": {}}
        connection.execute(insert(DraftRevision).values(**revision, author=ADMIN))
        batch = {"action": "restore", "first_id": 1, "last_id": 1}
        connection.execute(insert(DraftBatch).values(**batch, author=ADMIN))
        for number in (1, 2, 3):
            release = {"number": number, "revision_id": 1, "author": ADMIN, "note": ""}
            connection.execute(insert(Release).values(release))
        for type in ITEM_TYPES.values():
            add_to(connection, type, 1)
        connection.execute(insert(ReleaseSeal), [{"release_number": 1}, {"release_number": 2}])
        connection.commit()
    return engine


def add_to(connection: Connection, type: ItemType, release: int, *, is_gone: bool = False) -> None:
    row = {**ITEMS[type.name], "item_id": 1, "release_number": release, "is_gone": is_gone}
    connection.execute(insert(type.released).values(row))


@contextmanager
def refused(sentence: str) -> Iterator[None]:
    with pytest.raises((IntegrityError, sqlite3.IntegrityError), match=sentence):
        yield


def execute(engine: Engine, statement: str) -> None:
    with engine.connect().execution_options(writing=True) as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize("table", HISTORY, ids=names(HISTORY))
@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
def test_history_is_insert_only(filled: Engine, table: Table, statement: str) -> None:
    """Caught: leaving out the triggers; an item type whose versions have none; a migration that
    copies a table on SQLite and does not seal it again."""
    with refused("insert-only|never deleted"):
        execute(filled, statement.format(table.name, key(table)))


@pytest.mark.parametrize("table", DRAFTS, ids=names(DRAFTS))
def test_a_draft_is_never_deleted(filled: Engine, table: Table) -> None:
    with refused("never deleted"):
        execute(filled, f"DELETE FROM {table.name}")  # noqa: S608


@only_postgres
@pytest.mark.parametrize("table", names(DRAFTS + HISTORY))
def test_history_is_never_truncated(filled: Engine, table: str) -> None:
    """Caught: triggers for DELETE only."""
    with refused("never deleted"):
        execute(filled, f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("name", ITEM_TYPES)
def test_nothing_is_added_to_a_release(filled: Engine, name: str) -> None:
    """Caught: leaving out the trigger, of one type or of all; one that refuses every addition."""
    type = ITEM_TYPES[name]
    with filled.connect().execution_options(writing=True) as connection:
        add_to(connection, type, 3)
        of_item = select(type.released.release_number).where(type.released.item_id == 1)
        assert sorted(connection.scalars(of_item)) == [1, 3]
        with refused(f"{type.released.__tablename__} is closed with its release"):
            add_to(connection, type, 2)


LIVE: list[Table] = [type.live.__table__ for type in ITEM_TYPES.values()]


@pytest.mark.parametrize("name", ITEM_TYPES)
@pytest.mark.parametrize("event", ["UPDATE", "DELETE", "INSERT", "INSERT what is gone"])
def test_what_is_live_follows_releases(filled: Engine, name: str, event: str) -> None:
    """Caught: leaving out each of the triggers: buyers read an old version, or nothing."""
    type = ITEM_TYPES[name]
    live, released = type.live.__table__, type.released.__table__
    columns = ", ".join(column.name for column in live.columns if column.name != "released_id")
    come = (
        f"INSERT INTO {live.name} (released_id, {columns}) SELECT id, {columns}"  # noqa: S608
        f" FROM {released.name} WHERE release_number = "
    )
    with filled.connect().execution_options(writing=True) as connection:
        connection.execute(text(f"{come} 1"))
        if event in ("UPDATE", "DELETE"):
            with refused("follows releases|insert-only"):
                connection.execute(
                    text(
                        f"DELETE FROM {live.name}"  # noqa: S608
                        if event == "DELETE"
                        else f"UPDATE {live.name} SET released_id = released_id"  # noqa: S608
                    )
                )
            return
        add_to(connection, type, 3, is_gone=event != "INSERT")
        connection.execute(text(f"DELETE FROM {live.name}"))  # noqa: S608
        with refused("follows releases"):
            connection.execute(text(f"{come} {1 if event == 'INSERT' else 3}"))


def test_a_row_keeps_its_id(filled: Engine) -> None:
    """Caught: on SQLite only, and by one of the two names that the id has there."""
    name = "rowid" if filled.dialect.name == "sqlite" else "id"
    for table in DRAFTS:
        with refused("never renamed"):
            execute(filled, f"UPDATE {table.name} SET {name} = 99")  # noqa: S608
    with refused("never renamed"):
        execute(filled, "UPDATE market SET country = 'FR'")


PACKAGE = "item_id, name, credits, price_minor, currency, country, short_info, rank"
REPLACING = {
    **{
        name: f"REPLACE INTO {name} SELECT * FROM {name}"  # noqa: S608
        for name in names(DRAFTS + HISTORY)
    },
    "a version for a new release": (
        f"REPLACE INTO released_package (id, release_number, {PACKAGE})"  # noqa: S608
        f" SELECT id, 3, {PACKAGE} FROM released_package"
    ),
    "the version of a release": (
        f"REPLACE INTO released_package (release_number, {PACKAGE})"  # noqa: S608
        f" SELECT release_number, {PACKAGE} FROM released_package"
    ),
    "a version for a release that is not there": (
        f"INSERT INTO released_package (release_number, {PACKAGE})"  # noqa: S608
        f" SELECT -1, {PACKAGE} FROM released_package"
    ),
    "the seal of a release that is not there": "INSERT INTO release_seal VALUES (4)",
    "the market of a country": (
        "REPLACE INTO market (version, country, tax, tax_basis_points, note_en, note_tr, note_de,"
        " note_ar) VALUES (1, 'US', 'nothing', 0, '', '', '', '')"
    ),
    "a package by renaming": "UPDATE OR REPLACE credit_package SET id = 2 WHERE id = 1",
    "a market by renaming": "UPDATE OR REPLACE market SET id = 2 WHERE id = 1",
    "a market by its country": "UPDATE OR REPLACE market SET country = 'DE' WHERE id = 1",
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
        with refused("never replaced|never renamed|closed with its release|needs its release"):
            foreign.executescript(statement)
        foreign.rollback()
        assert list(foreign.iterdump()) == before


def test_a_market_can_be_edited(filled: Engine) -> None:
    """Caught: a trigger that takes every write for a new name."""
    with filled.connect().execution_options(writing=True) as connection:
        edit = "UPDATE market SET tax = 'when_used', country = country"
        assert connection.execute(text(edit)).rowcount == 1


@pytest.mark.parametrize("action", ["discard", "undo"])
def test_only_a_restore_names_a_release(filled: Engine, action: str) -> None:
    with refused("release_of_restore"):
        execute(
            filled,
            "INSERT INTO draft_batch (action, first_id, last_id, author, created_at,"  # noqa: S608
            f" release_number) SELECT '{action}', first_id, last_id, author, created_at, 1"
            " FROM draft_batch",
        )
