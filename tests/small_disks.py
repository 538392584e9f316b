"""Databases whose disk is full when a test says so.

A file system of its own shows it most truly, but only root may mount one. So there are others as
well, which need no rights: SQLite's own limit, and a PostgreSQL that says at COMMIT what it says
when its disk is full.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Pool, event, text

from domain.connections import connect
from domain.database import Base
from tests.conftest import closing_all_connections, migrate
from tests.postgres import Server

NO_LIMIT = 2**30
ALWAYS_FULL = """
CREATE FUNCTION refuse_for_want_of_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END $$
"""
FULL_AT_COMMIT = """
CREATE CONSTRAINT TRIGGER has_no_room AFTER INSERT OR UPDATE OR DELETE ON {} DEFERRABLE
INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_for_want_of_room()
"""


@dataclass(frozen=True)
class Disk:
    """Where a database lies, and how its disk gets full and free again."""

    url: str
    fill: Callable[[], None]
    free: Callable[[], None]


@contextmanager
def sqlite_with_a_limit(path: Path) -> Iterator[Disk]:
    """A statement that needs one more page fails as it does on a full disk."""
    limit = NO_LIMIT
    limited: list[sqlite3.Connection] = []

    def set_limit(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {limit}")
        limited.append(connection)

    def fill() -> None:
        nonlocal limit
        limit = 1  # not below what there is

    def free() -> None:
        nonlocal limit
        limit = NO_LIMIT

    event.listen(Pool, "checkout", set_limit)
    try:
        yield Disk(f"sqlite:///{path}", fill, free)
    finally:
        event.remove(Pool, "checkout", set_limit)
        # Later tests get the same connections.
        for connection in limited:
            with suppress(sqlite3.ProgrammingError):  # it is closed
                connection.execute(f"PRAGMA max_page_count = {NO_LIMIT}")


@contextmanager
def postgres_without_room(url: str) -> Iterator[Disk]:
    """Each COMMIT of a write fails as it does when there is no room for it."""

    def fill() -> None:
        tables = [table.name for table in Base.metadata.sorted_tables]
        execute(url, ALWAYS_FULL, *(FULL_AT_COMMIT.format(name) for name in tables))

    def free() -> None:
        execute(url, "DROP FUNCTION IF EXISTS refuse_for_want_of_room CASCADE")

    try:
        yield Disk(url, fill, free)
    finally:
        free()


def execute(url: str, *statements: str) -> None:
    engine = connect(url)
    with engine.connect().execution_options(writing=True) as connection:
        for statement in statements:
            connection.execute(text(statement))
        connection.commit()
    engine.dispose()


@contextmanager
def sqlite_on_small_disk(migrated: Path) -> Iterator[Disk]:
    """What a statement wrote fails at COMMIT. It begins as a copy of the file `migrated`."""
    with mounted(megabytes=3) as folder:
        shutil.copy(migrated, folder / "scrip.db")
        yield Disk(f"sqlite:///{folder}/scrip.db", *filler(folder))


@contextmanager
def postgres_on_small_disk(server: Server) -> Iterator[Disk]:
    """Its tables on the small disk, its log not: without room for that it stops altogether."""
    with mounted(megabytes=16) as folder:
        if os.geteuid() == 0:
            os.chown(folder, server.folder.stat().st_uid, -1)
        server.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
        try:
            server.execute("CREATE DATABASE small TABLESPACE small")
            migrate(server.url("small"))
            with closing_all_connections():
                yield Disk(server.url("small"), *filler(folder))
        finally:
            filler(folder)[1]()
            server.execute("DROP DATABASE IF EXISTS small WITH (FORCE)")
            server.execute("DROP TABLESPACE small")


def filler(folder: Path) -> tuple[Callable[[], None], Callable[[], None]]:
    ballast = folder / "ballast"

    def fill() -> None:
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1024))

    return fill, lambda: ballast.unlink(missing_ok=True)


@contextmanager
def mounted(megabytes: int) -> Iterator[Path]:
    """A file system of that size; OSError where that is not allowed."""
    with TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            raise PermissionError(folder)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def may_mount() -> bool:
    try:
        with mounted(megabytes=1):
            return True
    except OSError:
        return False
