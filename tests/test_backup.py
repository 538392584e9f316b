"""Backups made while Scrip is in use, and the way back from them as docs/backup.md tells it."""

import os
import re
import sqlite3
import stat
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import Engine, make_url, select
from sqlalchemy.orm import Session

from app import create_app
from config import read_config
from domain.backup import BackupError, back_up
from domain.connections import connect
from domain.database import write
from domain.purchases import acts
from domain.purchases.models import Receipt
from domain.purchases.names import name_receipt
from domain.purchases.opening import open_checkout
from domain.purchases.payments.stripe import Stripe
from domain.purchases.syncing import sync
from extensions import db
from tests import rounds
from tests.conftest import FIT_SECRET_KEY, config_for, only_sqlite
from tests.postgres import OWNER, Server
from tests.purchases import free, new_buyer, package_on_sale, wish_for
from tests.real_server import ROOT, Browser, running
from tests.simulator import SECRET_KEY, Simulator
from tests.soak import BACKUPS
from tools.scripts.install_postgres import find_postgres

pytestmark = pytest.mark.on_both

Pages = dict[str, str]


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the PostgreSQL that is tested with, pg_dump among them."""
    monkeypatch.setenv("PATH", f"{find_postgres()}:{os.environ['PATH']}")


HERE = "http://localhost"


def pages_of(app: Flask) -> Pages:
    client = app.test_client()
    return {c: client.get(f"/packages?country={c}").text for c in rounds.COUNTRIES}


def publish(app: Flask, engine: Engine, seen: list[Pages], over: Event) -> None:
    """Round after round; `seen` holds what buyers saw in each of them that is done."""
    packages = rounds.fill(engine)
    for number in count():
        seen.append(pages_of(app))
        if over.is_set():
            return
        rounds.edit(engine, packages, number + 1)
        rounds.publish(engine, number + 1)


@contextmanager
def restored(request: pytest.FixtureRequest, file: Path, kind: str) -> Iterator[str]:
    """The URL of a database made from the backup."""
    if kind == "sqlite":
        yield f"sqlite:///{file}"
        return
    postgres: Server = request.getfixturevalue("postgres")
    postgres.execute("CREATE DATABASE restored")
    try:
        where = ["--host", str(postgres.folder), "--username", OWNER, "--dbname", "restored"]
        subprocess.run(["pg_restore", "--exit-on-error", *where, str(file)], check=True)
        yield postgres.url("restored")
    finally:
        postgres.execute("DROP DATABASE restored WITH (FORCE)")


def look_into(url: str) -> tuple[int, Pages]:
    """How many rounds the database holds, all whole, and what buyers see of it."""
    engine, app = connect(url), create_app(config_for(url))
    rounds.check_integrity(engine)
    found = len(rounds.read_notes(engine)), pages_of(app)
    engine.dispose()
    with app.app_context():
        db.engine.dispose()
    return found


def test_a_backup_holds_all_that_was_saved_before_it_began(
    request: pytest.FixtureRequest, app: Flask, engine: Engine, database: str, tmp_path: Path
) -> None:
    """Caught: a copy of the file, which lacks what is in the log beside it."""
    seen: list[Pages] = []
    over = Event()
    copies: list[tuple[int, Pages]] = []
    with ThreadPoolExecutor(1) as pool:
        publisher = pool.submit(publish, app, engine, seen, over)
        try:
            for number in range(BACKUPS):
                while len(seen) < 2 * number + 2 and not publisher.done():
                    time.sleep(0.01)
                saved, file = len(seen), tmp_path / f"backup {number}"
                back_up(make_url(database), file)
                with restored(request, file, engine.dialect.name) as copy:
                    copies.append(look_into(copy))
                assert copies[-1][0] >= saved
        finally:
            over.set()
        publisher.result()
    for releases, pages in copies:
        assert pages == seen[releases - 1]


def test_a_release_whose_number_comes_again_is_not_taken_for_the_old_one(
    request: pytest.FixtureRequest, app: Flask, engine: Engine, database: str, tmp_path: Path
) -> None:
    """Caught: what a release was allowed to be kept for a year; a tag of the number alone."""
    packages, file = rounds.fill(engine), tmp_path / "backup"
    back_up(make_url(database), file)
    rounds.edit(engine, packages, 1)
    rounds.publish(engine, 1)
    address = "/api/v1/releases/2?country=TR&lang=en"
    old = app.test_client().get(address)
    assert old.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    with restored(request, file, engine.dialect.name) as copy:
        other, again = connect(copy), create_app(config_for(copy))
        rounds.edit(other, packages, 2)
        rounds.publish(other, 2)
        new = again.test_client().get(address, headers={"If-None-Match": old.headers["ETag"]})
        with again.app_context():
            db.engine.dispose()
        other.dispose()
    assert [page.get_json()["platform_name"] for page in (old, new)] == ["Shop r1.", "Shop r2."]


def blocks(kind: str) -> list[str]:
    """The commands of docs/backup.md for this kind of database."""
    page = (ROOT / "docs" / "backup.md").read_text()
    found = re.findall(r"^```sh ?(\w*)\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    return [commands for named, commands in found if named in ("", kind)]


def test_the_way_back_is_as_the_page_tells_it(
    request: pytest.FixtureRequest, app: Flask, engine: Engine, database: str, tmp_path: Path
) -> None:
    """Caught: a backup that does not say that it is one, with either database."""
    rounds.fill(engine)
    kind = engine.dialect.name
    environ = {"BACKUP": str(tmp_path / "backup"), "RESTORED": str(tmp_path / "restored.db")}
    environ["WORKERS"] = "1"
    if kind == "postgresql":
        postgres: Server = request.getfixturevalue("postgres")
        environ |= {"RESTORED": "drill", "PGHOST": str(postgres.folder), "PGUSER": OWNER}
    steps = blocks(kind)
    assert len(steps) == 3
    try:
        with running(database, ("sh", "-ec", "".join(steps)), **environ) as server:
            browser = Browser(server.url)
            # Its pages say where they are served from.
            shown = {c: browser.get(f"/packages?country={c}") for c in rounds.COUNTRIES}
            shown = {c: (s, page.replace(server.url, HERE)) for c, (s, page) in shown.items()}
    finally:
        if kind == "postgresql":
            postgres.execute("DROP DATABASE IF EXISTS drill WITH (FORCE)")
    assert "This database was made from a backup." in "".join(server.log)
    assert shown == {country: (200, page) for country, page in pages_of(app).items()}


def test_payments_come_back_as_the_page_tells_it(
    request: pytest.FixtureRequest,
    session: Session,
    database: str,
    simulator: Simulator,
    tmp_path: Path,
) -> None:
    """By the commands of the page, from the backup to the credits."""
    kind = "sqlite" if database.startswith("sqlite:") else "postgresql"
    environ = {"BACKUP": str(tmp_path / "backup"), "RESTORED": str(tmp_path / "restored.db")}
    environ |= {"SINCE": datetime.now(UTC).isoformat(), "DATABASE_URL": database}
    environ |= {"SECRET_KEY": SECRET_KEY, "SIMULATOR_PORT": str(simulator.port)}
    if kind == "postgresql":
        postgres: Server = request.getfixturevalue("postgres")
        environ |= {"RESTORED": "drill", "PGHOST": str(postgres.folder), "PGUSER": OWNER}
    make, restore, _serve = blocks(kind)
    provider = Stripe(simulator.key, simulator.secret, simulator.url)
    buyer, package_id = new_buyer(session), package_on_sale(session)
    pay(session, simulator, provider, buyer, package_id)
    assert sh(make, environ)[0] == 0
    lost = pay(session, simulator, provider, buyer, package_id)
    try:
        status, told = sh("".join([restore, *blocks("payments")[-1:]]), environ)
        url = postgres.url("drill") if kind == "postgresql" else f"sqlite:///{environ['RESTORED']}"
        copy = connect(url)
        with Session(copy) as restored:
            numbers = [
                name_receipt(one.series, one.year, one.number)
                for one in restored.scalars(select(Receipt).order_by(Receipt.purchase_id))
            ]
            assert free(restored, buyer) == 200
        copy.dispose()
    finally:
        if kind == "postgresql":
            postgres.execute("DROP DATABASE IF EXISTS drill WITH (FORCE)")
    assert status == 0
    assert f"P-{lost} is back: paid.\nPurchases: back 1, here already 1, unpaid 0." in told
    assert re.fullmatch(r"TEST-\d{4}-000001", numbers[0])
    assert re.fullmatch(r"TEST-\d{4}-\w{4}-000001", numbers[1])


def sh(commands: str, environ: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        ["/bin/sh", "-ec", commands],
        check=False,
        cwd=ROOT,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


def pay(
    session: Session, simulator: Simulator, provider: Stripe, buyer: int, package_id: int
) -> int:
    """The number of a purchase whose credits are given."""
    started = write(session, partial(acts.start, wish=wish_for(buyer, package_id)))
    url = open_checkout(session, provider, started.checkout_id)
    simulator.pay(url.rpartition("/")[2])
    sync(session, provider, started.purchase_id)
    session.rollback()
    return started.purchase_id


def test_the_drill_of_a_live_database_starts() -> None:
    """Caught: PRODUCTION=0 alone: MODE was test then, for which a live key of Stripe is unfit."""
    page = (ROOT / "docs" / "backup.md").read_text()
    example = page.partition("```sh example\n")[2].partition("```")[0]
    service = {"PRODUCTION": "1", "HOSTS": "credits.example.com", "SECRET_KEY": FIT_SECRET_KEY}
    service |= {"STRIPE_SECRET_KEY": "sk_live_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"}
    service |= {"MAIL_URL": "smtps://mail.example.com", "MAIL_FROM": "credits@example.com"}
    drill = subprocess.run(
        ["/bin/sh", "-ec", f"{example}exec /usr/bin/env"],
        env=service,
        capture_output=True,
        text=True,
        check=True,
    )
    config = read_config(dict(line.split("=", 1) for line in drill.stdout.splitlines()))
    assert (config.mode, read_config(service).mode) == ("live", "live")
    assert (config.production, config.stripe, config.mail) == (False, None, None)


def run(app: Flask, file: Path) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["backup", str(file)])
    return result.exit_code, result.output


def test_the_command_makes_a_file_for_its_owner_alone(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    assert run(app, file) == (0, f"{file} holds the whole database.\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_backup_never_takes_the_place_of_a_file(app: Flask, tmp_path: Path) -> None:
    """Caught: os.replace without a look at what is there."""
    file = tmp_path / "backup"
    file.write_text("older")
    assert run(app, file) == (1, f"Error: {file} is there already. Name a new file.\n")
    assert file.read_text() == "older"
    assert [path.name for path in tmp_path.glob("*backup*")] == ["backup"]


def test_a_file_that_cannot_be_written_is_one_line(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "backup"
    told = f"Error: {file} could not be written: No such file or directory.\n"
    assert run(app, file) == (1, told)


@only_sqlite
def test_a_damaged_database_makes_no_backup(
    app: Flask, engine: Engine, sqlite_file: Path, tmp_path: Path
) -> None:
    """Caught: a copy that nobody looks into."""
    rounds.fill(engine)
    with closing(sqlite3.connect(sqlite_file)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("UPDATE credit_package SET credits = 0")
        connection.commit()
    status, told = run(app, tmp_path / "backup")
    assert status == 1
    assert told.startswith("Error: The database is damaged, come back from an older backup: ")
    assert told.count("\n") == 1
    assert not list(tmp_path.glob("*backup*"))


def test_a_missing_sqlite_file_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="unable to open database file"):
        back_up(make_url(f"sqlite:///{tmp_path / 'scrip.db'}"), tmp_path / "backup")
    assert not list(tmp_path.iterdir())


URL = make_url("postgresql+psycopg://scrip:open-sesame@db.example:5433/scrip?sslmode=require")


def test_pg_dump_is_not_given_the_password_where_others_see_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: the whole URL among pg_dump's arguments."""
    fake = tmp_path / "pg_dump"
    fake.write_text(f'#!/bin/sh\necho "$@ $PGPASSWORD" > {tmp_path}/called\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    back_up(URL, tmp_path / "backup")
    arguments, password = (tmp_path / "called").read_text().strip().rsplit(" ", 1)
    assert password == "open-sesame"
    assert "open-sesame" not in arguments
    assert "--dbname=postgresql://scrip@db.example:5433/scrip?sslmode=require" in arguments


def test_without_pg_dump_one_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="Install PostgreSQL's client programs"):
        back_up(URL, tmp_path / "backup")
    assert not list(tmp_path.iterdir())


def test_what_pg_dump_says_is_passed_on_in_one_line(tmp_path: Path) -> None:
    nowhere = make_url(f"postgresql+psycopg://scrip@/scrip?host={tmp_path}")
    with pytest.raises(BackupError, match=r"^pg_dump: error: .*No such file or directory$"):
        back_up(nowhere, tmp_path / "backup")
