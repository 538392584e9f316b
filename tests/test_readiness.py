"""What a worker waits for: the tables of its own version, made by a server."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

import readiness
from app import create_app
from domain.connections import connect
from tests.conftest import config_for, migrate
from tests.postgres import OWNER, Server
from tests.real_server import free_port
from tests.real_worker import wait_until

Event = Callable[[], object]
Wait = Callable[..., list[str]]

TABLES = "The tables are not those of this version. The start of the server makes them."
LOCKED = "local all locked scram-sha-256\nlocal all all trust\n"


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Wait:
    """Waits for a database; the events happen one at each pause. What it said before each."""

    def wait_through(database: str, *events: Event) -> list[str]:
        said, left = list[str](), iter(events)

        def pause(_seconds: float) -> None:
            said.append(capsys.readouterr().out)
            next(left)()

        monkeypatch.setattr(time, "sleep", pause)
        engine = connect(database)
        readiness.wait_for_tables(engine)
        engine.dispose()
        return [*said, capsys.readouterr().out]

    return wait_through


def test_tables_that_are_there_are_not_waited_for(database: str, wait: Wait) -> None:
    assert wait(database) == [""]


def test_tables_of_another_version_are_waited_for(empty_database: str, wait: Wait) -> None:
    """Caught: content with any tables, where an upgrade had yet to change them."""

    def make_old() -> None:
        migrate(empty_database)
        _set_version(empty_database, "0001")

    said = wait(empty_database, make_old, partial(_set_version, empty_database, _head()))
    # SQLite's database is a file that was not there.
    assert said[0] in (f"Waiting. {TABLES}\n", _no_file(empty_database))
    assert said[1:] in (["", ""], [f"Waiting. {TABLES}\n", ""])


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path, wait: Wait) -> None:
    """Caught: an empty file in silence, where the path was mistyped."""
    database, made = f"sqlite:///{tmp_path / 'new.db'}", list[Path]()
    said = wait(database, lambda: made.extend(tmp_path.iterdir()), partial(migrate, database))
    assert (said, made) == ([_no_file(database), "", ""], [])


def test_it_says_why_it_waits_and_again_when_that_changes(
    postgres: Server, tmp_path: Path, wait: Wait
) -> None:
    """Caught: the same words, or none, for a database that does not answer."""
    server = tmp_path / "server"
    postgres.execute("CREATE DATABASE late")
    try:
        nothing, absent, tables, ready = wait(
            f"postgresql+psycopg://{OWNER}@/late?host={server}",
            lambda: None,
            partial(server.symlink_to, postgres.folder),
            partial(migrate, postgres.url("late")),
        )
    finally:
        postgres.execute("DROP DATABASE late WITH (FORCE)")
    assert nothing.startswith("Waiting. The database does not answer: ")
    assert nothing.endswith("No such file or directory.\n")
    assert (absent, tables, ready) == ("", f"Waiting. {TABLES}\n", "")


@pytest.fixture
def locked(postgres: Server) -> Iterator[str]:
    """The address of a database with a password that is wrong."""
    rules = postgres.folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text(LOCKED)
    postgres.execute("CREATE ROLE locked LOGIN PASSWORD 'open-sesame'")
    postgres.execute("SELECT pg_reload_conf()")
    url = postgres.url().replace(f"{OWNER}@", "locked:wrong@")
    wait_until(lambda: not _lets_in(url))
    yield url
    rules.write_text(before)
    postgres.execute("SELECT pg_reload_conf()")
    postgres.execute("DROP ROLE locked")


def _lets_in(url: str) -> bool:
    try:
        psycopg.connect(url.replace("+psycopg", "")).close()
    except psycopg.OperationalError:
        return False
    return True


COMMANDS = pytest.mark.parametrize("command", ["serve", "start", "work"])


def started(command: str, database: str) -> str:
    """What a start says that ends at once."""
    app = create_app(config_for(database, port=free_port()))
    result = app.test_cli_runner().invoke(args=[command])
    assert (result.exit_code, result.stdout) == (1, "")
    return result.stderr


@COMMANDS
def test_a_wrong_password_ends_each_start(locked: str, command: str) -> None:
    """Caught: a worker that waited for another password."""
    said = started(command, locked)
    assert said.startswith("Scrip cannot start. The database does not let Scrip in: ")
    assert said.endswith('password authentication failed for user "locked".\n')
    assert said.count("\n") == 1


@COMMANDS
def test_a_role_or_database_that_is_not_there_ends_each_start(
    postgres: Server, command: str
) -> None:
    for url in (postgres.url("absent"), postgres.url().replace(f"{OWNER}@", "absent@")):
        assert started(command, url).endswith('"absent" does not exist.\n')


@COMMANDS
def test_a_newer_database_ends_each_start(database: str, command: str) -> None:
    """Caught: a worker that waited for the tables of its own version."""
    _set_version(database, "9999")
    try:
        said = started(command, database)
    finally:
        _set_version(database, _head())
    assert said == (
        "Scrip cannot start. The database is newer than this version of Scrip. "
        "Upgrade Scrip here too.\n"
    )


@COMMANDS
def test_a_file_of_another_kind_ends_each_start(tmp_path: Path, command: str) -> None:
    (tmp_path / "new.db").write_text("no database " * 100)
    assert started(command, f"sqlite:///{tmp_path / 'new.db'}") == (
        "Scrip cannot start. The database cannot be used: file is not a database.\n"
    )


def _no_file(database: str) -> str:
    file = database.removeprefix("sqlite:///")
    return f"Waiting. There is no database {file}. The start of the server makes it.\n"


def _head() -> str:
    return str(ScriptDirectory(str(readiness.MIGRATIONS)).get_current_head())


def _set_version(database: str, version: str) -> None:
    engine = connect(database)
    with engine.connect().execution_options(writing=True) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
        connection.commit()
    engine.dispose()
