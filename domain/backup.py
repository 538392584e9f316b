"""A copy of the whole database, as of one moment, while Scrip runs. No Flask in here.

docs/backup.md says how to come back from one.
"""

import os
import secrets
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL

from domain.purchases.lost_models import OriginalDatabase

# A database without the row of this table knows that it was made from a backup.
ORIGINAL = OriginalDatabase.__tablename__


class BackupError(Exception):
    """No backup was made; the text says why, and what to do."""


def back_up(url: URL, file: Path, note: Callable[[], None] = lambda: None) -> None:
    """Writes all that is committed in the database at `url` to the new `file`, or nothing. `note`
    writes down that it was made: after the copying, before the file has its name."""
    try:
        with _new_file(file, note) as made:
            if url.get_backend_name() == "sqlite":
                _copy_sqlite(Path(url.database or ""), made)
            else:
                _dump_postgres(url, made)
    except OSError as error:
        raise BackupError(f"{file} could not be written: {error.strerror}.") from error
    except sqlite3.Error as error:
        raise BackupError(f"The database could not be copied: {error}.") from error


@contextmanager
def _new_file(file: Path, note: Callable[[], None]) -> Iterator[Path]:
    """A file to write to, which is kept as `file` once it is whole."""
    made = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    os.close(os.open(made, os.O_CREAT | os.O_EXCL, 0o600))  # it holds password hashes
    try:
        if file.exists():
            raise FileExistsError
        yield made
        with made.open("rb") as written:
            os.fsync(written.fileno())
        note()
        os.link(made, file)
    except FileExistsError:
        raise BackupError(f"{file} is there already. Name a new file.") from None
    finally:
        made.unlink()


def _copy_sqlite(database: Path, copy: Path) -> None:
    live = f"{database.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(live, uri=True)) as source, closing(sqlite3.connect(copy)) as made:
        source.backup(made)
        if made.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (ORIGINAL,)).fetchone():
            with made:
                made.execute(f"DELETE FROM {ORIGINAL}")  # noqa: S608 - a name of our own
        made.execute("PRAGMA journal_mode = DELETE")  # all of it is in this one file
        found = made.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        found = " ".join(found.split())
        raise BackupError(f"The database is damaged, come back from an older backup: {found}.")


def _dump_postgres(url: URL, copy: Path) -> None:
    """Leaves it to pg_dump, which reads as of one moment too."""
    # Not on the command line, where everybody on the machine can read the password.
    secret = {"PGPASSWORD": url.password} if url.password else {}
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    command = [
        "pg_dump",
        "--format=custom",
        f"--exclude-table-data={ORIGINAL}",
        f"--file={copy}",
        f"--dbname={bare.render_as_string()}",
    ]
    try:
        subprocess.run(  # noqa: S603 - no shell
            command, env={**os.environ, **secret}, capture_output=True, text=True, check=True
        )
    except FileNotFoundError:
        raise BackupError(
            "pg_dump was not found. Install PostgreSQL's client programs, as new as the server."
        ) from None
    except subprocess.CalledProcessError as error:
        raise BackupError(error.stderr.strip().partition("\n")[0]) from error
