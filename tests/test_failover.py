"""A PostgreSQL server is lost, and its synchronous standby takes its place."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.catalogue.settings.models import StorefrontSettings
from domain.database import AnySession, connect, write
from tests.conftest import migrate
from tests.postgres import OWNER
from tests.standby import Pair, running_pair


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """Migrated, with the standby at work."""
    with running_pair() as pair:
        pair.primary.execute("CREATE DATABASE scrip")
        migrate(pair.primary.url("scrip"))
        pair.add_standby()
        yield pair


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
        with pytest.raises(OperationalError, match="recovery"):
            write(session, add_version)
        assert session.scalar(text("SELECT pg_is_in_recovery()"))
        lead_to(name, pair.primary.folder)
        write(session, add_version)
        assert session.scalar(select(StorefrontSettings.version)) == before + 1
    engine.dispose()


def lead_to(name: Path, folder: Path) -> None:
    name.unlink()
    name.symlink_to(folder)
