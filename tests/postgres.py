"""A PostgreSQL of the tests' own: no port, no system cluster, gone afterwards."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Connection, Table, create_engine, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

import domain.catalogue.item_types
import domain.ledger.models  # noqa: F401 - both fill Base.metadata
from domain.database import Base
from tests.processes import children_of
from tools.scripts.install_postgres import find_postgres

OWNER = "postgres"
# Nothing here outlives a power cut, so nothing waits for a disk.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
# At once, without a sync, and with all that is written meanwhile.
COPYING = ("--checkpoint=fast", "--no-sync", "--wal-method=stream", "--write-recovery-conf")
LONGEST_FOLDER = 80  # a socket's path has 107 bytes at most
KEPT = "kept"  # the name of connections that stay from test to test
STOP_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid != pg_backend_pid()
AND NOT (application_name = 'kept' AND state = 'idle')
"""
COUNT_FROM_ONE = """
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
FROM pg_sequences WHERE last_value IS NOT NULL
"""
COUNTED = """
SELECT format('%I.%I', schemaname, sequencename), last_value
FROM pg_sequences WHERE last_value IS NOT NULL
"""
COUNT_ON = "SELECT setval(CAST(:name AS regclass), :last)"


@dataclass(frozen=True)
class Server:
    """A server whose data and socket are in `folder`."""

    programs: Path
    folder: Path
    options: Sequence[str]
    inside: Sequence[str] = ()  # the command that runs its programs somewhere else

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://{OWNER}@/{database}?host={self.folder}"

    def execute(self, sql: str) -> None:
        """One statement outside of any transaction, by the administrator."""
        with self._connect() as connection:
            connection.execute(sql.encode())

    def ask(self, sql: str) -> Any:  # noqa: ANN401 - whatever the query gives
        """The one value that a query of the administrator gives."""
        with self._connect() as connection:
            row = connection.execute(sql.encode()).fetchone()
            assert row
            return row[0]

    def version(self) -> str:
        with self._connect() as connection:
            return str(connection.info.parameter_status("server_version")).partition(" ")[0]

    def make(self) -> None:
        self._run(
            *("initdb", "-D", "data", "-U", OWNER, "-A", "trust"),
            *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
        )

    def start(self) -> None:
        options = " ".join(f"-c {option}" for option in ("listen_addresses=''", *self.options))
        self._run(
            *("pg_ctl", "-D", "data", "-l", "log", "-w", "-s"),
            *("-o", f"-k {self.folder} {options}", "start"),
        )

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-D", "data", "-m", mode, "-w", "-s", "stop")

    def kill(self) -> None:
        """kill -9 for every process of it at once, as when its machine is gone."""
        known = self.folder / "data" / "postmaster.pid"
        memory = known.read_text().splitlines()[6].split()[1]
        self.send(signal.SIGSTOP)  # it starts no further process meanwhile
        self.send(signal.SIGKILL)
        # What only its own next start would clear away.
        subprocess.run(["ipcrm", "-m", memory], check=False)
        known.unlink()

    def send(self, number: signal.Signals) -> None:
        """A signal to every process of it."""
        first = int((self.folder / "data" / "postmaster.pid").read_text().partition("\n")[0])
        for process in (first, *children_of(first)):
            with suppress(ProcessLookupError):  # it has ended meanwhile
                os.kill(process, number)

    def copy(self, other: "Server") -> None:
        """Becomes a standby of `other`, as it is now; to be started."""
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        for socket in self.folder.glob(".s.*"):  # of a server that was killed
            socket.unlink()
        self._run("pg_basebackup", "-h", str(other.folder), "-U", OWNER, "-D", "data", *COPYING)

    def promote(self) -> None:
        self._run("pg_ctl", "-D", "data", "-w", "-s", "promote")

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.folder), user=OWNER, dbname="postgres", autocommit=True
        )

    def _run(self, program: str, *arguments: str) -> None:
        # PostgreSQL refuses to run as root.
        as_nobody = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
        command = [*self.inside, *as_nobody, str(self.programs / program), *arguments]
        subprocess.run(command, check=True, cwd=self.folder, stdout=subprocess.DEVNULL)


@contextmanager
def running_server(options: Sequence[str] = FAST) -> Iterator[Server]:
    """A new, empty server; without `options` it is as PostgreSQL comes."""
    with server_in_folder(options) as server:
        server.make()
        server.start()
        yield server


@contextmanager
def server_in_folder(options: Sequence[str] = FAST) -> Iterator[Server]:
    """A server that is still to be made and started; nothing of it is left afterwards."""
    programs = find_postgres()
    temporary = tempfile.gettempdir()
    where = temporary if len(temporary) <= LONGEST_FOLDER else "/tmp"  # noqa: S108
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=where))
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    server = Server(programs, folder, options)
    try:
        yield server
    finally:
        with suppress(subprocess.CalledProcessError):
            server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


class Kept(NamedTuple):
    """What a database held: the rows of each table, and what each sequence came to."""

    rows: dict[Table, list[dict[str, Any]]]
    counted: list[dict[str, Any]]


class Reused:
    """A database that each test finds as its migrations left it. Making one anew takes longer."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = self._connect()
        self._empty = self.keep()
        names = [table.name for table in Base.metadata.sorted_tables]
        deletes = [f"DELETE FROM {name}" for name in names]  # noqa: S608 - our own names
        self._clear = "; ".join([*deletes, COUNT_FROM_ONE])

    def keep(self) -> Kept:
        """What it holds now, to be put back."""
        rows = {
            table: [dict(row) for row in self._connection.execute(select(table)).mappings()]
            for table in Base.metadata.sorted_tables
        }
        counted = self._connection.execute(text(COUNTED)).all()
        self._connection.rollback()
        return Kept(rows, [{"name": name, "last": last} for name, last in counted])

    def _connect(self) -> Connection:
        """As replication does: no trigger speaks up for the history."""
        connection = create_engine(self.url, poolclass=NullPool).connect()
        connection.execution_options(writing=True)
        connection.execute(text("SET session_replication_role = replica"))
        # It waits for the next test to end, however long that takes.
        connection.execute(text("SET idle_in_transaction_session_timeout = 0"))
        connection.commit()
        return connection

    def restore(self) -> None:
        try:
            self.put_back(self._empty, STOP_OTHERS)
        except DBAPIError:  # a test has restarted the server
            self._connection.invalidate()
            self._connection = self._connect()
            self.put_back(self._empty, STOP_OTHERS)

    def put_back(self, kept: Kept, first: str = "") -> None:
        """By deleting rows: to truncate tables makes files anew, which takes ten times as long.
        All in one message: the way to the server and back takes longer than to delete nothing."""
        self._connection.execute(text(f"{first};{self._clear}"))
        for table, rows in kept.rows.items():
            if rows:
                self._connection.execute(insert(table), rows)
        if kept.counted:
            self._connection.execute(text(COUNT_ON), kept.counted)
        self._connection.commit()

    def close(self) -> None:
        self._connection.close()
