"""A start for real, as docs/production.md tells it, and the files that go with it."""

import re
import shlex
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml
from sqlalchemy.orm import Session

from commands.serving import BESIDE
from domain.catalogue.pending.pending import pending_changes
from domain.connections import connect
from serving import STOP_SECONDS
from tests.conftest import only_postgres, only_sqlite
from tests.page_helpers import LIST, field
from tests.production import behind_the_proxy, is_healthy
from tests.real_server import ROOT, free_port
from tools.bench.catalogues import add_packages

GUIDE = (ROOT / "docs/production.md").read_text()


@only_postgres
def test_an_admin_signs_in_behind_the_proxy(empty_database: str, tmp_path: Path) -> None:
    with behind_the_proxy(empty_database, tmp_path) as visitor:
        assert visitor.sign_in().status == 303
        answer, page = visitor.ask(LIST)
        assert (answer.status, "Add your first credit package" in page) == (200, True)
        assert all(name.startswith("__Host-") for name in visitor.cookies)
        assert answer.headers["Strict-Transport-Security"]


@only_sqlite
def test_a_review_of_ten_thousand_changes_passes_the_proxy(
    empty_database: str, tmp_path: Path
) -> None:
    """Caught: nginx's limit for all requests, which refused a review of two thousand changes."""
    with behind_the_proxy(empty_database, tmp_path) as visitor:
        assert visitor.sign_in().status == 303
        engine = connect(empty_database)
        add_packages(engine, 10_000)
        with Session(engine) as session:
            pending = pending_changes(session)
        page = visitor.ask("/settings/")[1]
        form = {
            "csrf_token": field(page, "csrf_token"),
            "token": pending.token,
            "change": [change.key for change in pending.changes],
        }
        assert visitor.ask(f"{LIST}apply", form)[0].status == 413
        assert visitor.ask(f"{LIST}review", form)[0].status == 303
        with Session(engine) as session:
            assert not pending_changes(session).changes
        engine.dispose()


def test_unwell_without_a_server() -> None:
    checked = is_healthy(free_port())
    assert checked.returncode == 1
    assert checked.stderr.startswith("Scrip does not answer at port")


class OnlyRead(BaseHTTPRequestHandler):
    """Answers as Scrip does whose database takes no writes."""

    def do_GET(self) -> None:
        self.send_response(503 if self.path == "/readyz" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()


def test_unwell_when_nothing_can_be_written() -> None:
    """Caught: /healthz alone asked; a container without a check."""
    with HTTPServer(("127.0.0.1", 0), OnlyRead) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        checked = is_healthy(server.server_port)
        server.shutdown()
    assert checked.returncode == 1
    assert checked.stderr == "Scrip answers 503 at /readyz: its database takes no writes.\n"
    checks = re.findall(r"HEALTHCHECK .*", (ROOT / "Dockerfile").read_text())
    assert [check for check in checks if '"tools.scripts.is_healthy"' in check] == checks != []


def test_the_files_name_no_variable_that_scrip_does_not_read() -> None:
    """Caught: HOST_NAMES for HOSTS in compose.yaml."""
    known = set(re.findall(r'"([A-Z_]{4,})"', (ROOT / "config.py").read_text()))
    service = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["scrip"]
    example = re.findall(
        r"^([A-Z_]+)=", GUIDE.partition("```sh environment")[2].partition("```")[0], re.M
    )
    image = re.findall(r"([A-Z_]+)=", (ROOT / "Dockerfile").read_text())
    assert {*service["environment"], *example, *image} <= known
    assert {"PRODUCTION", "HOSTS", "SECRET_KEY"} <= set(example)


def test_the_example_has_its_remarks_on_lines_of_their_own() -> None:
    """Caught: SECRET_KEY= with a remark behind it, which systemd takes for the key."""
    lines = GUIDE.partition("```sh environment\n")[2].partition("```")[0].splitlines()
    assert not [line for line in lines if "#" in line.lstrip("#")]


def test_the_image_brings_our_modules_compiled(tmp_path: Path) -> None:
    """Caught: no compiling, where the user of the image may not keep what a start compiled."""
    line = re.search(
        r"^RUN \.venv/bin/python (-m compileall .+)$", (ROOT / "Dockerfile").read_text(), re.M
    )
    assert line
    for folder in (tmp_path / "blueprints", tmp_path / ".venv"):
        folder.mkdir()
        (folder / "module.py").touch()
    subprocess.run([sys.executable, *shlex.split(line[1])], cwd=tmp_path, check=True)
    assert [path.parts[-3] for path in tmp_path.rglob("*.pyc")] == ["blueprints"]


@pytest.mark.parametrize(("file", "name"), [("scrip", "scrip"), ("scrip-worker", "worker")])
def test_the_unit_and_the_server_agree_on_how_long_a_stop_takes(file: str, name: str) -> None:
    """Caught: TimeoutStopSec=10, by which systemd kills what the server still lets finish."""
    unit = (ROOT / f"deploy/{file}.service").read_text()
    service = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"][name]
    waits = re.search(r"^TimeoutStopSec=(\d+)$", unit, re.M)
    assert waits
    assert int(waits[1]) > STOP_SECONDS
    assert int(service["stop_grace_period"].removesuffix("s")) > STOP_SECONDS


def test_the_worker_is_shut_in_as_the_server_is() -> None:
    """Caught: a line of hardening that only one of the units had."""
    server, worker = (
        set((ROOT / f"deploy/{name}.service").read_text().splitlines())
        for name in ("scrip", "scrip-worker")
    )
    differs = {line.partition("=")[0] for line in server ^ worker if not line.startswith("#")}
    assert differs == {"Description", "After", "ExecStart", "EnvironmentFile"}  # the owner's
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    server, worker = (services[name]["environment"] for name in ("scrip", "worker"))
    assert server == worker | {"DATABASE_OWNER_URL": server["DATABASE_OWNER_URL"]}


def test_the_worker_is_the_same_command_everywhere() -> None:
    command = [".venv/bin/flask", "--app", "app", "work"]
    unit = (ROOT / "deploy/scrip-worker.service").read_text()
    assert f"ExecStart=/srv/scrip/{' '.join(command)}\n" in unit
    assert (
        yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["worker"]["command"]
        == command
    )
    assert list(BESIDE["worker"][1:]) == ["-m", *command[0].split("/")[2:], *command[1:]]


def test_every_start_is_the_same_command() -> None:
    start = "flask --app app serve"
    assert (
        f"ExecStart=/srv/scrip/.venv/bin/{start}\n" in (ROOT / "deploy/scrip.service").read_text()
    )
    image = (ROOT / "Dockerfile").read_text()
    assert "RUN make install\n" in image
    assert f"CMD {[*('.venv/bin/' + start).split()]}".replace("'", '"') in image
