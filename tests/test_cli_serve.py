"""The command `serve`: what it prepares, what it prints, what it becomes."""

import os
import re
import signal
import socket
import sys
import urllib.request
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import serving
from app import create_app
from domain.accounts.admins import find_admin
from domain.accounts.hashing import is_right
from domain.accounts.models import Admin
from domain.catalogue import sample
from domain.database import writing
from domain.ledger.wallets import open_wallet
from tests.conftest import ADMIN, PASSWORD, config_for
from tests.real_server import SERVE, free_port, running

START = (*SERVE[:-1], "start")

pytestmark = pytest.mark.usefixtures("cheap_hashing")


def run_serve(app: Flask) -> Result:
    return app.test_cli_runner().invoke(args=["serve"])


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
    assert run_serve(app).output.splitlines()[2:] == ["Mode: test"]
    assert len(session.scalars(select(Admin)).all()) == 1
    assert sample.is_empty(session)
    assert len(served) == 2


@pytest.mark.long
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


@pytest.mark.long
@pytest.mark.parametrize(
    ("changes", "name"),
    [({"admin_email": "ana"}, "ADMIN_EMAIL"), ({"admin_password": "short"}, "ADMIN_PASSWORD")],
)
def test_a_first_admin_that_cannot_be_stops_the_start(
    database: str, served: list[list[str]], changes: dict[str, object], name: str
) -> None:
    result = run_serve(create_app(config_for(database, port=free_port(), **changes)))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Scrip cannot start. {name} cannot be used. ")
    assert result.stderr.count("\n") == 1
    assert not served


@pytest.mark.long
@pytest.mark.parametrize("changes", [{}, {"admin_email": ADMIN}, {"admin_password": PASSWORD}])
def test_production_invents_no_admin(
    database: str, session: Session, served: list[list[str]], changes: dict[str, object]
) -> None:
    """Seeded bug: the default admin in production too; its password stood in the log."""
    config = config_for(
        database,
        port=free_port(),
        production=True,
        hosts=("localhost",),
        sample_catalogue=False,  # as config.py has it in production
        **changes,
    )
    result = run_serve(create_app(config))
    assert session.scalars(select(Admin)).all() == []
    assert "\n  .venv/bin/flask --app app create-admin EMAIL" in result.output
    assert len(served) == 1


@pytest.mark.long
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "no such host"])  # noqa: S104 - refused
def test_a_place_that_cannot_be_served_is_one_line(
    database: str, served: list[list[str]], host: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run_serve(create_app(config_for(database, host=host, port=port)))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Scrip cannot start. Cannot serve at {host}, port {port}: ")
    assert result.stderr.count("\n") == 1
    assert not served


@pytest.mark.long
def test_a_taken_port_of_the_simulator_is_one_line(database: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        app = create_app(config_for(database, port=free_port(), simulator_port=port))
        result = app.test_cli_runner().invoke(args=["start"])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Scrip cannot start. Cannot serve at 127.0.0.1, port {port}: ")
    assert result.stderr.endswith("Set SIMULATOR_PORT, or stop what is running there.\n")


@pytest.mark.long
def test_addresses_of_ipv6_hosts_can_be_opened(database: str) -> None:
    shown = serving.addresses(config_for(database, host="::1", port=81))
    assert "http://[::1]:81/packages" in shown


def test_serve_answers_and_stops_when_told(tmp_path: Path) -> None:
    database = config_for(tmp_path / "new.db").database_url
    with running(database, ADMIN_EMAIL="", ADMIN_PASSWORD="", WORKERS="1") as server:
        output = server.stop()
    assert server.process.returncode == 0
    assert re.fullmatch(
        r"For admins: http://127\.0\.0\.1:\d+/settings/credit-packages/\n"
        r"For buyers: http://127\.0\.0\.1:\d+/packages\n"
        r"Mode: test\n"
        r"Sign in .*:\n  admin@example\.com\n  \S+\n",
        output,
    )


def test_start_answers_while_its_worker_is_killed_and_stops_when_told(tmp_path: Path) -> None:
    """Caught: honcho's way, where the end of one is the end of all."""
    database = config_for(tmp_path / "new.db").database_url
    simulator = str(free_port())
    with running(database, START, SIMULATOR_PORT=simulator, WORKERS="1") as server:
        before = set(server.workers())
        (worker,) = [number for number in before if is_worker(number)]
        os.kill(worker, signal.SIGKILL)
        while set(server.workers()) == before or len(server.workers()) < 3:
            assert server.answers()
        with urllib.request.urlopen(f"http://127.0.0.1:{simulator}/") as page:
            assert b"Payment simulator" in page.read()
        output = server.stop()
    assert server.process.returncode == 0
    assert output.count("The worker ended with status -9, next start in 1 s.\n") == 1
    assert f"Payment simulator: http://127.0.0.1:{simulator}\n" in output
    assert (tmp_path / "new.simulator.db").exists()


def is_worker(number: int) -> bool:
    return Path(f"/proc/{number}/cmdline").read_bytes().endswith(b"work\0")


@pytest.mark.parametrize("command", ["serve", "start", "work"])
def test_a_database_of_the_other_mode_stops_the_start(
    database: str, session: Session, served: list[list[str]], command: str
) -> None:
    """Caught: no look at the mode, where credits of a test could be spent for real."""
    with writing(session):
        open_wallet(session, 1, mode="test")
    app = create_app(config_for(database, port=free_port(), mode="live"))
    result = app.test_cli_runner().invoke(args=[command])
    assert (result.exit_code, result.stderr) == (
        1,
        "Scrip cannot start. The database is a test one for good, and MODE is live. "
        "Set MODE=test, or name another database in DATABASE_URL.\n",
    )
    assert not served


def test_before_the_first_wallet_the_mode_may_change(
    database: str, served: list[list[str]]
) -> None:
    for mode in ("test", "live"):
        app = create_app(config_for(database, port=free_port(), mode=mode, sample_catalogue=False))
        result = run_serve(app)
        assert result.exit_code == 0
        assert ("\nMode: test\n" in result.output) is (mode == "test")
    assert len(served) == 2
