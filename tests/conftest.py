"""Fixtures that every test may use: a migrated database, an application, clients."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from accounts import passwords
from accounts.admins import find_admin, save_admin
from accounts.sessions import open_session
from app import create_app
from config import Config
from database import connect, writing

ADMIN = "ana@example.com"
PASSWORD = "correct horse battery staple"


def config_for(path: Path, **changes: Any) -> Config:  # noqa: ANN401 - any of its fields
    """A configuration whose database is the SQLite file at `path`."""
    fields: dict[str, Any] = {"secret_key": "k" * 32, "database_url": f"sqlite:///{path}"}
    return Config(**fields | changes)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One migrated, empty database; each test gets a copy."""
    path = tmp_path_factory.mktemp("database") / "migrated.db"
    app = create_app(config_for(path))
    with app.app_context():
        upgrade()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(migrated, tmp_path / "scrip.db"))


@pytest.fixture
def engine(database: Path) -> Iterator[Engine]:
    engine = connect(f"sqlite:///{database}")
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session without Flask, for the domain's tests."""
    with Session(engine) as session:
        yield session


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """The templates, compiled once and not again for each test's application."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(database: Path, compiled: FileSystemBytecodeCache) -> Flask:
    app = create_app(config_for(database))
    app.jinja_env.bytecode_cache = compiled
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that is not signed in."""
    return app.test_client()


@pytest.fixture
def cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing as ever, at next to no cost."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", cheap)


@pytest.fixture
def admin(engine: Engine, cheap_hashing: None) -> str:  # noqa: ARG001 - for its effect
    """The email of an admin whose password is PASSWORD."""
    return make_admin(engine, ADMIN)


@pytest.fixture
def signed_in(app: Flask, engine: Engine, admin: str) -> FlaskClient:
    """A browser that the admin has signed in with."""
    return signed_in_client(app, engine, admin)


def make_admin(engine: Engine, email: str) -> str:
    password_hash = passwords.hash_new_password(PASSWORD, email)
    with Session(engine) as session, writing(session):
        save_admin(session, email, password_hash)
    return email


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
    found = re.search(r'name="csrf[_-]token"[^>]* (?:value|content)="([^"]+)"', page)
    assert found, f"no token on {path}"
    return found[1]


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
