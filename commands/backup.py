"""A copy of the whole database."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from domain.backup import BackupError, back_up
from extensions import db


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Copy the whole database to FILE, a new one, while Scrip runs.

    docs/backup.md says how to come back from it.
    """
    try:
        back_up(db.engine.url, file)
    except BackupError as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"{file} holds the whole database.")
