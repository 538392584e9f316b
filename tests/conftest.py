"""Fixtures that every test may use: a migrated database, an application, clients."""

import gc
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import settings
from sqlalchemy import Engine, Pool, QueuePool, event, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry
from werkzeug.test import TestResponse

from app import create_app
from config import Config
from domain.accounts import hashing
from domain.accounts.admins import find_admin, save_admin
from domain.accounts.models import Admin
from domain.accounts.roles import Role
from domain.accounts.sessions import open_session
from domain.connections import connect
from domain.database import writing
from extensions import db
from tests.clock import NOON, Clock, keep_clock
from tests.html import values
from tests.kept_sqlite import KeptSqlite
from tests.postgres import KEPT, Reused, Server, running_server
from tests.shared_by_apps import share_addresses, share_templates
from tests.simulator import Simulator, running_simulator
from tests.soak import A_SOAK_OF_LIVES, FAILOVERS, FLOOD_SECONDS, LIVES
from tests.wallets import TestWallet, new_wallet

ADMIN = "ana@example.com"
PASSWORD = "lantern orbit walnut ferry"
FIT_SECRET_KEY = "hN3xW-5qVbT0zRk7pYc1gLs9uJf2aEdM"  # good enough for production

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

# Of a function that makes a scene.
Once = Callable[[Callable[[Session], object]], None]

# However slow the machine is.
settings.register_profile("usual", deadline=None)
settings.load_profile("usual")
# `pytest … --hypothesis-profile=soak`: more examples than a test can wait for each time.
settings.register_profile("soak", max_examples=500, deadline=None)

# Databases in memory, where that is no tight fit: nothing here outlives its test.
MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of its own in it
ENOUGH_MEMORY = 2 * 2**30
if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ENOUGH_MEMORY:
    tempfile.tempdir = str(MEMORY)


# They take long; the first needs root to make a network, too, and the last measures time.
collect_ignore = [] if FAILOVERS > 1 else ["test_database_gone.py"]
collect_ignore += [] if LIVES >= A_SOAK_OF_LIVES else ["test_purchases_killed.py"]
collect_ignore += [] if FLOOD_SECONDS else ["test_sign_in_flood.py"]

# For tests about what only one of the two databases has or does.
only_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
only_postgres = pytest.mark.parametrize("database", ["postgres"], indirect=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-on-both",
        action="store_true",
        help="run all tests on PostgreSQL too, also of pages; look at pages in all ways",
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: a test often waits for a server, a browser or a lock."""
    return (os.cpu_count() or 1) + 1


def pytest_configure() -> None:
    """What is loaded for collecting stays, so nothing looks through it for what can go."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What a page shows and refuses does not depend on the database. The domain's tests, and those
    of pages that write, race or fail, run on both each time; the rest with `make test-all`."""
    if config.getoption("--all-on-both"):
        return
    left_out = {item for item in items if _is_left_out(item)}
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def _is_left_out(item: pytest.Item) -> bool:
    """Of pages or long, and on PostgreSQL though not for its own sake.

    Long are also tests of rules that decide on what was read, whichever database it came from.
    """
    parameters = getattr(item, "callspec", None)
    is_on_postgres = parameters and parameters.params.get("database") == "postgres"
    is_chosen = any(mark == only_postgres.mark for mark in item.iter_markers("parametrize"))
    if not is_on_postgres or is_chosen:
        return False
    if item.get_closest_marker("long"):
        return True
    is_of_pages = "app" in getattr(item, "fixturenames", ())
    return is_of_pages and not item.get_closest_marker("on_both")


def config_for(database: str | Path, **changes: Any) -> Config:  # noqa: ANN401 - any of its fields
    """A configuration for the database at this URL, or in this SQLite file."""
    url = f"sqlite:///{database}" if isinstance(database, Path) else database
    fields: dict[str, Any] = {"secret_key": "k" * 32, "database_url": url}
    return Config(**fields | changes)


def migrate(database: str | Path) -> None:
    app = create_app(config_for(database))
    with app.app_context():
        upgrade()
        db.engine.dispose()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One migrated, empty database; each test gets a copy."""
    path = tmp_path_factory.mktemp("database") / "migrated.db"
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server without any database of ours yet."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def reused(postgres: Server) -> Iterator[Reused]:
    postgres.execute("CREATE DATABASE scrip")
    migrate(postgres.url("scrip"))
    reused = Reused(postgres.url("scrip"))
    yield reused
    reused.close()


@pytest.fixture(scope="session")
def kept_sqlite(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> KeptSqlite:
    return KeptSqlite(migrated, tmp_path_factory.mktemp("sqlite"))


@pytest.fixture
def sqlite_file(kept_sqlite: KeptSqlite) -> Path:
    """The same one for all tests, empty again for each."""
    return kept_sqlite.restore()


@pytest.fixture
def postgres_url(reused: Reused) -> Iterator[str]:
    with closing_all_connections():
        yield reused.url
    reused.restore()


@contextmanager
def closing_all_connections() -> Iterator[None]:
    """Also those of applications that a test made and forgot; but no engine's that is kept."""
    opened: list[tuple[Any, ConnectionPoolEntry]] = []

    def remember(connection: object, record: ConnectionPoolEntry) -> None:
        opened.append((connection, record))

    event.listen(Pool, "connect", remember)
    try:
        yield
    finally:
        event.remove(Pool, "connect", remember)
        for connection, record in opened:
            if KEPT not in record.info:
                connection.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated, empty database; whoever asks for it runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{request.getfixturevalue('sqlite_file')}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def empty_database(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of the same kind, without any table."""
    if database.startswith("sqlite:"):
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    postgres: Server = request.getfixturevalue("postgres")
    postgres.execute("CREATE DATABASE empty")
    with closing_all_connections():
        yield postgres.url("empty")
    postgres.execute("DROP DATABASE empty WITH (FORCE)")


@pytest.fixture(scope="session")
def kept_engines() -> Iterator[dict[object, Engine]]:
    engines: dict[object, Engine] = {}
    yield engines
    for engine in engines.values():
        engine.dispose()


@pytest.fixture
def engine(
    request: pytest.FixtureRequest, database: str, kept_engines: dict[object, Engine]
) -> Iterator[Engine]:
    """Kept for its statements: putting them together takes longer than to have them answered.

    Its connections are kept as well, unless a test left one open.
    """
    key = (database, "clock" in request.fixturenames)
    if key not in kept_engines:
        kept_engines[key] = connect(database)
        event.listen(kept_engines[key], "connect", _mark_as_kept)
    engine = kept_engines[key]
    yield engine
    if _has_open_connections(engine):
        engine.dispose()


def _has_open_connections(engine: Engine) -> bool:
    return isinstance(engine.pool, QueuePool) and engine.pool.checkedout() > 0


def _mark_as_kept(connection: Any, record: ConnectionPoolEntry) -> None:  # noqa: ANN401
    record.info[KEPT] = True
    if not isinstance(connection, sqlite3.Connection):
        connection.execute(f"SET application_name = '{KEPT}'")
        connection.commit()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session without Flask, for the domain's tests."""
    with Session(engine) as session:
        yield session


@pytest.fixture(scope="session")
def kept_clocks() -> dict[Engine, Clock]:
    return {}


@pytest.fixture
def clock(engine: Engine, session: Session, kept_clocks: dict[Engine, Clock]) -> Iterator[Clock]:
    """The time that the database tells, standing still until the test sets it."""
    if engine not in kept_clocks:
        kept_clocks[engine] = keep_clock(engine)
    clock = kept_clocks[engine]
    clock.set(NOON)
    yield clock
    session.rollback()


@pytest.fixture(scope="session")
def kept_scenes() -> dict[object, Any]:
    return {}


@pytest.fixture
def once(
    request: pytest.FixtureRequest,
    database: str,
    session: Session,
    kept_scenes: dict[object, Any],
) -> Once:
    """Makes a scene in the empty database for the first test, and puts it back for the others.

    It takes the place of all that is there, so it comes before an admin who is signed in.
    """
    is_sqlite = database.startswith("sqlite:")
    kept: KeptSqlite | Reused = request.getfixturevalue("kept_sqlite" if is_sqlite else "reused")

    def make_once(make: Callable[[Session], object]) -> None:
        assert session.scalars(select(Admin)).all() == [], "the scene would take the admin's place"
        session.rollback()
        scene = (is_sqlite, getattr(make, "func", make))
        if scene in kept_scenes:
            kept.put_back(kept_scenes[scene])
        else:
            make(session)
            session.rollback()
            kept_scenes[scene] = kept.keep()

    return make_once


@pytest.fixture
def wallet(clock: Clock, session: Session) -> TestWallet:  # noqa: ARG001 - for its effect
    """Its session ends before the clock is taken away, which waits for what it reads."""
    return new_wallet(session)


@pytest.fixture(scope="session", autouse=True)
def _shared_by_apps(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    share_templates(folder / "templates")
    share_addresses()


@pytest.fixture(scope="session")
def kept_apps() -> Iterator[dict[str, Flask]]:
    apps: dict[str, Flask] = {}
    yield apps
    for app in apps.values():
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def app(
    request: pytest.FixtureRequest,
    database: str,
    kept_apps: dict[str, Flask],
) -> Iterator[Flask]:
    """One for all tests; with the mark own_app one that the test may change as it likes."""
    is_own = request.node.get_closest_marker("own_app") is not None
    app = None if is_own else kept_apps.get(database)
    if app is None:
        app = create_app(config_for(database))
        if not is_own:
            kept_apps[database] = app
            with app.app_context():
                event.listen(db.engine, "connect", _mark_as_kept)
    yield app
    with app.app_context():
        if is_own or _has_open_connections(db.engine):
            db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that is not signed in."""
    return app.test_client()


@pytest.fixture(scope="session")
def kept_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running_simulator(tmp_path_factory.mktemp("simulator")) as simulator:
        yield simulator


@pytest.fixture
def simulator(kept_simulator: Simulator) -> Simulator:
    """One for all tests; empty, and without webhooks, for each."""
    kept_simulator.reset()
    return kept_simulator


@pytest.fixture
def shop(database: str, simulator: Simulator) -> Iterator[Flask]:
    """Scrip, with the payment simulator as its provider."""
    shop = create_app(config_for(database, simulator_port=simulator.port))
    yield shop
    with shop.app_context():
        db.engine.dispose()


@pytest.fixture
def ana(shop: Flask, engine: Engine, admin: str) -> FlaskClient:
    return signed_in_client(shop, engine, admin)


@pytest.fixture
def cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing as ever, at next to no cost and without pauses."""
    monkeypatch.setattr(hashing, "HASHER", CHEAP)
    monkeypatch.setattr(hashing.STRANGERS_SLOTS, "_seconds_apart", 0)


@pytest.fixture
def admin(engine: Engine, cheap_hashing: None) -> str:  # noqa: ARG001 - for its effect
    """The email of an admin whose password is PASSWORD."""
    return make_admin(engine, ADMIN)


@pytest.fixture
def signed_in(app: Flask, engine: Engine, admin: str) -> FlaskClient:
    """A browser that the admin has signed in with."""
    return signed_in_client(app, engine, admin)


def make_admin(engine: Engine, email: str, role: Role = Role.OWNER) -> str:
    """An admin whose password is PASSWORD; who asks for `cheap_hashing`, too, waits less."""
    with Session(engine) as session, writing(session):
        save_admin(session, email, _password_hash(email, hashing.HASHER), role=role)
    return email


@cache
def _password_hash(email: str, hasher: PasswordHasher) -> str:  # noqa: ARG001 - part of the key
    """The same for all tests: whether a password is too easy to guess takes longer than hashing."""
    return hashing.hash_new_password(PASSWORD, email)


def signed_in_client(app: Flask, engine: Engine, email: str) -> FlaskClient:
    """A new browser in which the admin with this email is signed in, without the sign-in page."""
    with Session(engine) as session, writing(session):
        admin = find_admin(session, email)
        assert admin
        token = open_session(session, admin).token
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
    return client


def csrf_token(client: FlaskClient, path: str = "/login") -> str:
    """The token that the page at `path` offers to this browser."""
    page = client.get(path).text
    found = values(page, 'meta[name="csrf-token"]', "content")
    found += values(page, 'input[name="csrf_token"]', "value")
    assert found, f"no token on {path}"
    return found[0]


def sign_in(
    client: FlaskClient,
    email: str = ADMIN,
    password: str = PASSWORD,
    *,
    path: str = "/login",
    address: str = "127.0.0.1",
) -> TestResponse:
    """Sign in as people do, through the page."""
    data = {"csrf_token": csrf_token(client), "email": email, "password": password}
    return client.post(path, data=data, environ_base={"REMOTE_ADDR": address})
