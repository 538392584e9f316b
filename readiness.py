"""What a start makes, waits for or refuses before it works with a database."""

import time
from pathlib import Path

import click
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import upgrade
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from config import INSTANCE, Config
from domain.database import AnySession
from domain.ledger.mode import kept_mode
from extensions import db

MIGRATIONS = Path(__file__).parent / "migrations"
PAUSE_SECONDS = 1.0


def prepare_database() -> None:
    """Bring the tables up to date; makes the file when there is none."""
    if Path(db.engine.url.database or "").parent == INSTANCE:
        try:
            INSTANCE.mkdir(exist_ok=True)
        except OSError as problem:
            raise click.ClickException(f"{INSTANCE} cannot be made: {problem.strerror}.") from None
    if db.engine.dialect.name == "postgresql":
        _refuse_other_encodings()
    upgrade(directory=str(MIGRATIONS))


def _refuse_other_encodings() -> None:
    """A server set up without a locale makes databases in which text has no letters, only bytes."""
    encoding = db.session.scalar(text("SHOW server_encoding"))
    db.session.rollback()
    if encoding != "UTF8":
        raise click.ClickException(
            f"The database keeps text as {encoding}. "
            "Make it with createdb --encoding=UTF8 --template=template0."
        )


def wait_for_tables(engine: Engine) -> None:
    """Until they are those of this version: a server's start makes them, and nothing else does."""
    wanted = set(ScriptDirectory(str(MIGRATIONS)).get_heads())
    is_said = False
    while _find_heads(engine) != wanted:
        if not is_said:
            click.echo(
                "Waiting for the tables of this version. The start of the server makes them."
            )
            is_said = True
        time.sleep(PAUSE_SECONDS)


def _find_heads(engine: Engine) -> set[str]:
    """Of a database that does not answer, or not yet: none."""
    try:
        with engine.connect() as connection:
            return set(MigrationContext.configure(connection).get_current_heads())
    except OperationalError:
        return set()


def refuse_other_mode(session: AnySession, config: Config) -> None:
    """A database is a test or a live one for good, from its first wallet on."""
    kept = kept_mode(session)
    session.rollback()
    if kept not in (None, config.mode):
        raise click.ClickException(
            f"The database is a {kept} one for good, and MODE is {config.mode}. "
            f"Set MODE={kept}, or name another database in DATABASE_URL."
        )
