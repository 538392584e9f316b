"""A PostgreSQL server is lost, and its synchronous standby takes its place."""

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import create_app
from config import read_config
from domain.accounts.models import SignInSession
from domain.accounts.sessions import TOUCH_EVERY
from domain.catalogue.settings.models import StorefrontSettings
from domain.connections import connect
from domain.database import AnySession, write, writing
from tests.conftest import (
    ADMIN,
    closing_all_connections,
    config_for,
    csrf_token,
    make_admin,
    migrate,
    sign_in,
    signed_in_client,
)
from tests.load import Admin
from tests.mail_server import mail_server
from tests.page_helpers import LIST, add, apply_all
from tests.postgres import OWNER
from tests.real_server import RealServer, running
from tests.real_worker import count_waiting, put_mail, wait_until, workers
from tests.soak import FAILOVERS
from tests.spend_load import Load, open_wallets, spending
from tests.standby import Pair, running_pair


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """Migrated, with the standby at work."""
    with running_pair() as pair:
        pair.primary.execute("CREATE DATABASE scrip")
        migrate(pair.primary.url("scrip"))
        pair.add_standby()
        with closing_all_connections():
            yield pair


READ_ONLY = "ALTER DATABASE scrip SET default_transaction_read_only = "


@contextmanager
def read_only(pair: Pair, kind: str) -> Iterator[str]:
    """The URL of a database that can be read and not written."""
    if kind == "standby":
        yield pair.standby.url("scrip")
        return
    pair.primary.execute(f"{READ_ONLY} on")
    try:
        yield pair.primary.url("scrip")
    finally:
        pair.primary.execute(f"{READ_ONLY} off")


@pytest.mark.parametrize("kind", ["standby", "primary"])
def test_what_cannot_be_written_can_be_read(pair: Pair, kind: str) -> None:
    """Whatever writes is a 503, and sign-out says that it is one for this browser.

    Caught: the cookie kept; a page refused because nobody can note that its reader is there; a
    write that overrules the database's own setting; readyz that begins no write.
    """
    engine = connect(pair.primary.url("scrip"))
    make_admin(engine, ADMIN)
    app = create_app(config_for(pair.primary.url("scrip")))
    ana = signed_in_client(app, engine, ADMIN)
    with Session(engine) as session, writing(session):
        long_ago = datetime.now(UTC) - TOUCH_EVERY
        session.execute(update(SignInSession).values(last_seen_at=long_ago))
    with read_only(pair, kind) as url:
        ana.application = create_app(config_for(url))
        reading = ("/settings/credit-packages/", "/login/again", "/packages", "/healthz")
        assert [ana.get(path).status_code for path in reading] == [200] * 4
        token = csrf_token(ana, "/login/again")
        codes = {"csrf_token": token, "email": "ayse@example.com"}
        refused = [ana.get("/readyz"), ana.post("/account/sign-in", data=codes)]
        refused += [sign_in(ana.application.test_client()), ana.post("/logout", data=codes)]
        assert [(a.status_code, a.headers["Retry-After"]) for a in refused] == [(503, "2")] * 4
        assert "You are signed out in this browser" in refused[-1].text
        assert ana.get("/settings/").status_code == 302
    engine.dispose()


def add_version(session: AnySession) -> None:
    session.execute(update(StorefrontSettings).values(version=StorefrontSettings.version + 1))


def test_a_server_that_became_a_standby_is_left(pair: Pair) -> None:
    """As behind a name or a proxy that leads to another server from one moment to the next.

    Caught: no `_on_error`; the connection went on, and each write failed until the next start.
    """
    name = pair.standby.folder / "database"
    name.symlink_to(pair.standby.folder)
    engine = connect(f"postgresql+psycopg://{OWNER}@/scrip?host={name}")
    with Session(engine) as session:
        before = session.scalar(select(StorefrontSettings.version)) or 0
        with pytest.raises(OperationalError, match="read-only"):
            write(session, add_version)
        assert session.scalar(text("SELECT pg_is_in_recovery()"))
        lead_to(name, pair.primary.folder)
        write(session, add_version)
        assert session.scalar(select(StorefrontSettings.version)) == before + 1
    engine.dispose()


PATHS = ("/healthz", "/packages?country=US&lang=en", "/packages", "/api/v1/countries")
ANSWERS = 50  # between two events


@pytest.mark.usefixtures("cheap_hashing")
def test_a_lost_primary_loses_no_answer(pair: Pair, tmp_path: Path) -> None:
    """The server goes on by itself, and so do clients that repeat what was not answered.

    Caught: answers that are not kept with their key, or in a transaction of their own;
    synchronous_commit=local; a standby used because it is named first.
    """
    address = pair.address("scrip")
    url = read_config({"DATABASE_URL": address}, tmp_path).database_url
    engine = connect(url)
    prepare(engine)
    wallets = open_wallets(engine)
    with (
        running(address) as server,
        mail_server() as (port, moods),
        workers(1, address, port) as (worker,),
    ):
        admin, serving = Admin(server.url, ADMIN, {}), server.workers()
        admin.sign_in()
        with spending(url, wallets) as load:
            for number in range(FAILOVERS):
                if number:
                    pair.add_standby()
                load.wait_for(ANSWERS)
                pair.lose_primary(len(wallets) if number % 2 == 0 else 0)
                assert {look(server, path) for path in PATHS} == {(503, "2")}
                assert admin.browser.get(LIST)[0] == 503
                pair.promote()
                put_mail(engine, f"mail:{number}")
                assert {look(server, path) for path in PATHS * 4} == {(200, None)}
                assert admin.browser.get(LIST)[0] == 200
                load.wait_for(ANSWERS)
        Admin(server.url, ADMIN, {}).sign_in()  # which writes
        wait_until(lambda: not count_waiting(engine))
        assert (server.workers(), worker.poll()) == (serving, None)
    assert list(moods.copies().values()) == [1] * FAILOVERS
    load.check(engine)
    assert load.done_unanswered
    print(told(load))  # noqa: T201 - make soak shows it
    engine.dispose()


def told(load: Load) -> str:
    return (
        f"{FAILOVERS} servers lost, {len(load.answers)} spends answered, {load.done_unanswered} "
        f"done without an answer, longest silence {load.longest_silence:.1f} s: "
        "nothing lost, nothing answered twice in different ways"
    )


def look(server: RealServer, path: str) -> tuple[int, str | None]:
    """The status of a page, and when to come back."""
    try:
        with urllib.request.urlopen(f"{server.url}{path}", timeout=20) as answer:  # noqa: S310
            return answer.status, None
    except HTTPError as error:
        with error:
            return error.code, error.headers["Retry-After"]


def prepare(engine: Engine) -> None:
    """Something for buyers, and somebody who may sign in."""
    make_admin(engine, ADMIN)
    with Session(engine) as session:
        add(session, "One")
        apply_all(session)


def lead_to(name: Path, folder: Path) -> None:
    name.unlink()
    name.symlink_to(folder)
