"""A copy of the whole database."""

from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from domain.activity.recording import NOBODY, record
from domain.backup import BackupError, back_up
from domain.database import writing
from extensions import db
from readiness import first_line


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Copy the whole database to FILE, a new one, while Scrip runs.

    docs/backup.md says how to come back from it.
    """
    try:
        back_up(db.engine.url, file, note_backup)
    except BackupError as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"{file} holds the whole database.")


def note_backup() -> None:
    """In the activity. A database that is full, a standby or of an older Scrip is backed up all the
    same."""
    try:
        with writing(db.session):
            record(db.session, "backup_made", NOBODY)
    except DBAPIError as problem:
        click.echo(f"The activity does not say so: {first_line(problem)}.", err=True)
