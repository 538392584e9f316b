"""Two roles on PostgreSQL: the owner of the tables, and the one that serves."""

import os
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from flask.testing import FlaskCliRunner
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from app import create_app
from domain.connections import connect
from extensions import db
from readiness import wait_for_tables
from tests import rounds
from tests.conftest import ADMIN, PASSWORD, config_for
from tests.page_helpers import field
from tests.postgres import OWNER, Server
from tests.real_server import ROOT, Browser, running
from tests.wallets import new_wallet
from tools.scripts.install_postgres import find_postgres


class Roles(NamedTuple):
    """The URLs by which the two, and the administrator, reach a database of the owner's."""

    owner: str
    serving: str
    superuser: str


@pytest.fixture(scope="module")
def roles(postgres: Server) -> Iterator[Roles]:
    for role in ("scrip_owner", "scrip_app"):
        postgres.execute(f"CREATE ROLE {role} LOGIN")
    postgres.execute("CREATE DATABASE two_roles OWNER scrip_owner")
    url = postgres.url("two_roles")
    owner, serving = (url.replace(f"{OWNER}@", f"{role}@") for role in ("scrip_owner", "scrip_app"))
    yield Roles(owner, serving, url)
    postgres.execute("DROP DATABASE two_roles WITH (FORCE)")
    for role in ("scrip_owner", "scrip_app"):
        postgres.execute(f"DROP ROLE {role}")


def run(*command: str, typed: str = "", url: str, owner: str | None = None) -> tuple[int, str]:
    app = create_app(config_for(url, database_owner_url=owner))
    runner: FlaskCliRunner = app.test_cli_runner()
    result = runner.invoke(args=command, input=typed)
    with app.app_context():
        db.engine.dispose()
    return result.exit_code, result.output


def execute(url: str, statement: str) -> None:
    engine = connect(url)
    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(scope="module")
def tables(roles: Roles) -> Iterator[Engine]:
    """As the role that serves; the owner has made the tables."""
    made = run("create-admin", ADMIN, typed=PASSWORD, url=roles.serving, owner=roles.owner)
    assert made == (0, f"{ADMIN} can sign in now.\n")
    engine = connect(roles.serving)
    yield engine
    engine.dispose()


def test_the_owner_migrates_and_the_other_serves(
    roles: Roles, tables: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: the owner's URL left in what serves; and no rights to the tables of a migration."""
    monkeypatch.setenv("PATH", f"{find_postgres()}:{os.environ['PATH']}")
    with running(roles.serving, DATABASE_OWNER_URL=roles.owner, WORKERS="1") as server:
        for process in (server.process.pid, *server.workers()):
            environ = Path(f"/proc/{process}/environ").read_bytes()
            assert b"DATABASE_URL" in environ
            assert b"scrip_owner" not in environ
        browser = Browser(server.url)
        token = field(browser.get("/login")[1], "csrf_token")
        typed = {"csrf_token": token, "email": ADMIN, "password": PASSWORD}
        assert browser.post("/login", typed)[0] == 303
        packages = rounds.fill(tables)
        rounds.edit(tables, packages, 1)
        rounds.publish(tables, 1)
        assert rounds.package_name("TR", 0, 1) in browser.get("/packages?country=TR")[1]
    with Session(tables) as session:
        wallet = new_wallet(session)
        wallet.bought(100, 1)
        wallet.spend(30)
    wait_for_tables(tables)
    assert run("verify-ledger", url=roles.serving)[0] == 0
    assert run("backup", str(tmp_path / "backup"), url=roles.serving)[0] == 0
    # What needs no new tables needs no owner.
    assert run("create-admin", ADMIN, typed=PASSWORD, url=roles.serving)[0] == 0


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE posting DISABLE TRIGGER ALL",
        "ALTER TABLE wallet DROP CONSTRAINT wallet_pkey",
        "TRUNCATE posting",
        "DROP TABLE posting",
        "DROP TRIGGER posting_is_carried ON posting",
        "CREATE TRIGGER mine BEFORE INSERT ON posting EXECUTE FUNCTION refuse_delete()",
        "ALTER FUNCTION refuse_delete() RENAME TO gone",
        "SET session_replication_role = replica",
        "SET ROLE scrip_owner",
        "CREATE TABLE mine ()",
        "CREATE TEMPORARY TABLE posting ()",
        "CREATE SCHEMA mine",
        "UPDATE posting SET credits = 1",
        "DELETE FROM entry",
        "DELETE FROM wallet",
        "UPDATE release SET note = ''",
        "DELETE FROM draft_revision",
        "UPDATE alembic_version SET version_num = ''",
    ],
)
def test_who_serves_cannot_touch_what_guards_the_money(tables: Engine, statement: str) -> None:
    """Caught: GRANT ALL ON ALL TABLES, and each REVOKE left out."""
    writing = tables.connect().execution_options(writing=True)
    with writing as connection, pytest.raises(ProgrammingError) as refused:
        connection.execute(text(statement))
    assert isinstance(refused.value.orig, InsufficientPrivilege)


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize(
    ("owner", "serving", "said"),
    [
        ("scrip_owner@/two_roles", "scrip_owner@/two_roles", "neither the same"),
        ("scrip_owner@/two_roles", "postgres@/two_roles", "nor a superuser"),
        ("scrip_owner@/postgres", "scrip_app@/two_roles", "name different databases"),
        ("postgres@/two_roles", "scrip_owner@/two_roles", "may create or alter tables"),
    ],
)
def test_roles_that_protect_nothing_stop_the_start(
    postgres: Server, owner: str, serving: str, said: str
) -> None:
    """Caught: a drill that serves from a copy, and migrates the database of the owner's URL."""
    urls = [f"postgresql+psycopg://{url}?host={postgres.folder}" for url in (owner, serving)]
    status, output = run("create-admin", ADMIN, typed=PASSWORD, url=urls[1], owner=urls[0])
    assert status == 1
    assert said in output
    assert output.count("\n") == 1


@pytest.mark.usefixtures("tables")
def test_tables_that_were_not_handed_over_stop_the_start(roles: Roles) -> None:
    """Caught: "permission denied for table alembic_version", which says nothing of what to do."""
    hand_over = "REASSIGN OWNED BY {} TO {}"
    execute(roles.superuser, hand_over.format("scrip_owner", "scrip_app"))
    try:
        status, output = run("sample-catalogue", url=roles.serving, owner=roles.owner)
    finally:
        execute(roles.superuser, hand_over.format("scrip_app", "scrip_owner"))
        run("create-admin", ADMIN, typed=PASSWORD, url=roles.serving, owner=roles.owner)
    assert (status, output.count("\n")) == (1, 1)
    assert hand_over.format("scrip_app", "scrip_owner") in output


def test_who_has_no_rights_yet_waits_for_the_start_that_grants_them(
    roles: Roles,
    tables: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Caught: a worker that ended, as it was started before the server had handed the rows over."""
    execute(roles.owner, "REVOKE ALL ON alembic_version FROM scrip_app")
    start = ("create-admin", ADMIN)
    grant = partial(run, *start, typed=PASSWORD, url=roles.serving, owner=roles.owner)
    monkeypatch.setattr(time, "sleep", lambda _seconds: grant())
    wait_for_tables(tables)
    assert capsys.readouterr().out.startswith("Waiting. The role in DATABASE_URL may not read")


def test_rights_that_a_role_had_before_are_taken_from_it(roles: Roles, tables: Engine) -> None:
    """Caught: rights that are only added to."""
    for right in ("ALL ON posting TO scrip_app", "CREATE ON SCHEMA public TO PUBLIC"):
        execute(roles.superuser, f"GRANT {right}")
    run("create-admin", ADMIN, typed=PASSWORD, url=roles.serving, owner=roles.owner)
    test_who_serves_cannot_touch_what_guards_the_money(tables, "TRUNCATE posting")
    test_who_serves_cannot_touch_what_guards_the_money(tables, "CREATE TABLE mine ()")


def test_the_containers_make_the_role_that_serves(postgres: Server) -> None:
    environ = {"PATH": f"{find_postgres()}:{os.environ['PATH']}", "PGHOST": str(postgres.folder)}
    environ |= {"POSTGRES_USER": OWNER, "DATABASE_APP_PASSWORD": "it's; 'open'"}
    postgres.execute("ALTER ROLE scrip_app RENAME TO another")
    try:
        subprocess.run([ROOT / "deploy/app_role.sh"], env=environ, check=True, capture_output=True)
        found = "SELECT rolcanlogin AND NOT rolsuper FROM pg_roles WHERE rolname = 'scrip_app'"
        assert postgres.ask(found)
    finally:
        postgres.execute("DROP ROLE IF EXISTS scrip_app")
        postgres.execute("ALTER ROLE another RENAME TO scrip_app")
