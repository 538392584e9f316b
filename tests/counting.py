"""How many questions a page asks the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Request, request, request_started
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from extensions import db
from tests.page_helpers import add

# A few for each item type.
MOST_QUESTIONS = 24


@dataclass
class Asked:
    """The statements sent to a database, how many rows they wrote, and how often that was kept."""

    statements: list[str] = field(default_factory=list)
    rows_written: int = 0
    commits: int = 0


@contextmanager
def asking_flask(app: Flask) -> Iterator[list[Request]]:
    """The requests that Flask itself answers."""
    asked: list[Request] = []

    def note(_app: Flask, **_: Any) -> None:  # noqa: ANN401
        asked.append(request._get_current_object())  # type: ignore[attr-defined]

    with request_started.connected_to(note, app):
        yield asked


@contextmanager
def watching(engine: Engine) -> Iterator[Asked]:
    asked = Asked()

    def note(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:  # noqa: ANN401
        asked.statements.append(statement)
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            # A statement that returns what it wrote does not know yet how much that will be.
            asked.rows_written += 1 if " RETURNING " in statement else cursor.rowcount

    def note_commit(_connection: Any) -> None:  # noqa: ANN401
        asked.commits += 1

    event.listen(engine, "after_cursor_execute", note)
    event.listen(engine, "commit", note_commit)
    try:
        yield asked
    finally:
        event.remove(engine, "after_cursor_execute", note)
        event.remove(engine, "commit", note_commit)


def assert_flat(app: Flask, session: Session, client: FlaskClient, path: str) -> None:
    """The page asks as often for many pending packages, in many countries, as for one."""
    with app.app_context():
        engine = db.engine
    add(session, "One")
    client.get(path)  # notes that somebody is there, once
    counts = []
    for names in (["A", "B"], [f"P{n}" for n in range(12)]):
        add(session, *names)
        add(session, *names, country="DE", currency="EUR")
        with watching(engine) as asked:
            assert client.get(path).status_code == 200
        counts.append(len(asked.statements))
    assert counts[0] == counts[1] <= MOST_QUESTIONS, "\n".join(asked.statements)
