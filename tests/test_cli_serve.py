"""The command `serve`: what it prepares, what it prints, what it becomes."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import cli
from accounts.admins import find_admin
from accounts.models import Admin
from accounts.passwords import is_right
from app import create_app
from catalogue import sample
from tests.conftest import ADMIN, PASSWORD, config_for

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.usefixtures("cheap_hashing")


def run_serve(app: Flask) -> Result:
    return app.test_cli_runner().invoke(args=["serve"])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command lines that `serve` would have become."""
    calls: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _path, command: calls.append(command))
    return calls


def test_the_first_start_makes_an_admin_and_the_sample(
    database: str, session: Session, served: list[list[str]]
) -> None:
    port = free_port()
    app = create_app(config_for(database, port=port, host="0.0.0.0"))  # noqa: S104 - not opened
    output = run_serve(app).output
    assert f"http://localhost:{port}/settings/credit-packages/\n" in output
    assert f"http://localhost:{port}/packages\n" in output
    email, password = output.split()[-2:]
    admin = find_admin(session, email)
    assert admin
    assert (email, is_right(password, admin.password_hash)) == ("admin@example.com", True)
    assert not sample.is_empty(session)
    assert served[0][:3] == [sys.executable, "-m", "granian"]
    assert password not in " ".join(served[0])


def test_the_second_start_changes_and_reveals_nothing(
    database: str, session: Session, served: list[list[str]]
) -> None:
    app = create_app(config_for(database, port=free_port(), sample_catalogue=False))
    run_serve(app)
    assert len(run_serve(app).output.splitlines()) == 2
    assert len(session.scalars(select(Admin)).all()) == 1
    assert sample.is_empty(session)
    assert len(served) == 2


@pytest.mark.parametrize("production", [True, False])
def test_the_first_admin_can_be_chosen(
    database: str, session: Session, served: list[list[str]], production: bool
) -> None:
    config = config_for(
        database,
        port=free_port(),
        production=production,
        hosts=("localhost",),
        sample_catalogue=False,
        admin_email="Ana@example.com",
        admin_password=PASSWORD,
    )
    result = run_serve(create_app(config))
    assert PASSWORD not in result.output
    assert "ana@example.com" in result.output
    assert find_admin(session, ADMIN)
    assert len(served) == 1


@pytest.mark.parametrize(
    ("changes", "name"),
    [({"admin_email": "ana"}, "ADMIN_EMAIL"), ({"admin_password": "short"}, "ADMIN_PASSWORD")],
)
def test_a_first_admin_that_cannot_be_stops_the_start(
    database: str, served: list[list[str]], changes: dict[str, object], name: str
) -> None:
    result = run_serve(create_app(config_for(database, port=free_port(), **changes)))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {name} cannot be used. ")
    assert result.stderr.count("\n") == 1
    assert not served


@pytest.mark.parametrize("changes", [{}, {"admin_email": ADMIN}, {"admin_password": PASSWORD}])
def test_production_invents_no_admin(
    database: str, session: Session, served: list[list[str]], changes: dict[str, object]
) -> None:
    """Seeded bug: the default admin in production too; its password stood in the log."""
    config = config_for(
        database, port=free_port(), production=True, hosts=("localhost",), **changes
    )
    result = run_serve(create_app(config))
    assert session.scalars(select(Admin)).all() == []
    assert "flask --app app create-admin EMAIL" in result.output
    assert len(served) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "no such host"])  # noqa: S104 - refused
def test_a_place_that_cannot_be_served_is_one_line(
    database: str, served: list[list[str]], host: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run_serve(create_app(config_for(database, host=host, port=port)))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: Cannot serve at {host}, port {port}: ")
    assert result.stderr.count("\n") == 1
    assert not served


def test_addresses_of_ipv6_hosts_can_be_opened(database: str) -> None:
    shown = cli._addresses(config_for(database, host="::1", port=81))
    assert "http://[::1]:81/packages" in shown


@contextmanager
def server(database: str | Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """The real thing, started the way `make run` does."""
    url, key = config_for(database).database_url, "k" * 40
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "serve"],
        cwd=ROOT,
        env={**os.environ, "PORT": str(port), "DATABASE_URL": url, "SECRET_KEY": key},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(url: str, seconds: float = 30) -> int:
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
                return int(answer.status)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def test_serve_answers_and_stops_when_told(tmp_path: Path) -> None:
    port = free_port()
    with server(tmp_path / "new.db", port) as process:
        assert wait_for(f"http://127.0.0.1:{port}/packages") == 200
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    assert re.search(r"For admins: http://127\.0\.0\.1:\d+/settings/credit-packages/\n", output)
    assert "admin@example.com" in output
