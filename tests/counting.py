"""How many questions a page asks the database."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from extensions import db
from tests.browsing import add


def assert_flat(app: Flask, session: Session, client: FlaskClient, path: str) -> None:
    """The page asks as often for many pending packages, in many countries, as for one."""
    statements: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    add(session, "One")
    client.get(path)  # notes that somebody is there, once
    counts = []
    for names in ([], [f"P{n}" for n in range(12)]):
        add(session, *names)
        add(session, *names, country="DE", currency="EUR")
        statements.clear()
        assert client.get(path).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 20, "\n".join(statements)
