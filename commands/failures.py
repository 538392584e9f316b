"""How a command fails for a reason that an operator can mend: in one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click
from sqlalchemy.exc import DatabaseError, OperationalError, ProgrammingError

from domain.accounts.errors import AccountError
from domain.database import is_disk_full
from readiness import first_line, is_for_good


class CannotStart(click.ClickException):
    """Said as that of a variable which cannot be used: see app.py."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"Scrip cannot start. {self.message}", file, err=True)


@contextmanager
def starting() -> Iterator[None]:
    """Says in one sentence why a start stops."""
    try:
        with failing_in_one_line():
            yield
    except click.ClickException as problem:
        raise CannotStart(problem.message) from problem


@contextmanager
def failing_in_one_line() -> Iterator[None]:
    """What an operator can mend is said in one sentence, without a traceback."""
    try:
        yield
    except AccountError as problem:
        raise click.ClickException(str(problem)) from problem
    except OperationalError as problem:
        failed = _name_failure(problem)
        raise click.ClickException(f"The database {failed}: {first_line(problem)}.") from problem
    except DatabaseError as problem:
        # Missing rights, options in the URL that PostgreSQL does not know; a file of another kind.
        if type(problem) not in (ProgrammingError, DatabaseError):
            raise
        raise click.ClickException(
            f"The database cannot be used: {first_line(problem)}."
        ) from problem


def _name_failure(problem: OperationalError) -> str:
    if is_disk_full(problem):
        return "has no room left on its disk"
    return "does not let Scrip in" if is_for_good(problem) else "does not answer"
