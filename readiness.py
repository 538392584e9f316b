"""What a start makes, waits for or refuses before it works with a database."""

import time
from contextlib import suppress
from functools import cache
from pathlib import Path

import click
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask_migrate import upgrade
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

import database_roles
import private_files
from config import INSTANCE, OWNER_URL, Config
from domain.connections import connect
from domain.database import AnySession
from domain.ledger.mode import kept_mode
from extensions import db

MIGRATIONS = Path(__file__).parent / "migrations"
PAUSE_SECONDS = 1.0
# In what PostgreSQL says to those it will not let in later either. Nothing else tells it: before
# it has let somebody in, the driver passes on no code.
FOR_GOOD = (
    *("password", "no pg_hba.conf entry", "does not exist", "not permitted to log in"),
    "permission denied for database",
)

INSUFFICIENT_PRIVILEGE = "42501"


def prepare_database() -> None:
    """Bring the tables up to date; makes the file when there is none."""
    if db.engine.dialect.name == "sqlite":
        _prepare_file(Path(db.engine.url.database or ""))
    else:
        _refuse_other_encodings()
    config: Config = current_app.extensions["scrip"]
    if config.database_owner_url:
        _migrate_as_owner(config.database_owner_url)
    else:
        _migrate(db.engine)


def _migrate_as_owner(url: str) -> None:
    owner = connect(url)
    try:
        database_roles.refuse_unfit(owner, db.engine)
        _migrate(owner)
        database_roles.grant(owner, db.engine)
    except database_roles.UnfitRoles as problem:
        raise click.ClickException(str(problem)) from problem
    finally:
        owner.dispose()


def _migrate(engine: Engine) -> None:
    _refuse_newer(_find_heads(engine))
    upgrade(directory=str(MIGRATIONS))


def _prepare_file(file: Path) -> None:
    """For its owner alone; and so is, with all that is in it, the folder that is only for Scrip."""
    for path in (file.parent, file):
        if private_files.is_kept_from_us(path):
            raise click.ClickException(
                f"{path} belongs to another user. Give it to the one who runs Scrip, by chown."
            )
    if file.parent == INSTANCE:
        try:
            private_files.make_folder(INSTANCE)
            opened = private_files.close_to_others(INSTANCE)
        except OSError as problem:
            raise click.ClickException(f"{INSTANCE} cannot be made: {problem.strerror}.") from None
        for path in opened:
            click.echo(f"Other users could use {path}. Now its owner alone can.")
    with suppress(OSError):  # it is there; or SQLite says why it cannot be
        private_files.make_file(file)


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
    """Until they are those of this version: a server's start makes them, and nothing else does.

    Says what it waits for, and again when that is something else.
    """
    said = ""
    while missing := _what_is_missing(engine):
        if missing != said:
            click.echo(f"Waiting. {missing}")
            said = missing
        time.sleep(PAUSE_SECONDS)


def _what_is_missing(engine: Engine) -> str:
    """In one sentence; an error where waiting cannot help."""
    file = Path(engine.url.database or "")
    if engine.dialect.name == "sqlite" and not file.is_file():  # to connect would make it
        return f"There is no database {file}. The start of the server makes it."
    try:
        heads = _find_heads(engine)
    except OperationalError as problem:
        if is_for_good(problem):
            raise
        return f"The database does not answer: {first_line(problem)}."
    except ProgrammingError as problem:
        if getattr(problem.orig, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
            raise
        return (
            "The role in DATABASE_URL may not read the tables. The start of the server, which "
            f"knows {OWNER_URL}, lets it."
        )
    _refuse_newer(heads)
    if heads == set(_versions().get_heads()):
        return ""
    return "The tables are not those of this version. The start of the server makes them."


def is_for_good(problem: OperationalError) -> bool:
    """Whether the database answers, and lets Scrip in neither now nor later."""
    return any(words in str(problem.orig) for words in FOR_GOOD)


def _find_heads(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads())


@cache
def _versions() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))


def _refuse_newer(heads: set[str]) -> None:
    if heads - {version.revision for version in _versions().walk_revisions()}:
        raise click.ClickException(
            "The database is newer than this version of Scrip. Upgrade Scrip here too."
        )


def first_line(problem: DBAPIError) -> str:
    """What the database said; of several that were asked in turn, what each said."""
    said = str(problem.orig)
    each = [line.partition("hostaddr: ")[2] for line in said.split("\n- host: ")[1:]]
    lines = [part.partition(": ")[2] for part in each] or [said]
    return "; ".join(line.partition("\n")[0].rstrip(".") for line in lines)


def refuse_missing_tables(engine: Engine) -> None:
    """For commands that neither make tables nor wait for them."""
    if missing := _what_is_missing(engine):
        raise click.ClickException(missing)


def refuse_other_mode(session: AnySession, config: Config) -> None:
    """A database is a test or a live one for good, from its first wallet on."""
    kept = kept_mode(session)
    session.rollback()
    if kept not in (None, config.mode):
        raise click.ClickException(
            f"The database is a {kept} one for good, and MODE is {config.mode}. "
            f"Set MODE={kept}, or name another database in DATABASE_URL."
        )
