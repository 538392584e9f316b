"""Keeps Stripe's objects as they go over the wire, in a SQLite file, in short transactions."""

import json
import os
import secrets
import sqlite3
import string
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from simulator.errors import missing

Json = dict[str, Any]

TABLES = """
CREATE TABLE IF NOT EXISTS thing (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, object TEXT NOT NULL,
  payment_intent TEXT, body TEXT NOT NULL, hidden TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS thing_object ON thing (object, number);
CREATE INDEX IF NOT EXISTS thing_intent ON thing (payment_intent, object);
CREATE TABLE IF NOT EXISTS answer (
  key TEXT PRIMARY KEY, request TEXT NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS delivery (
  id INTEGER PRIMARY KEY, event TEXT NOT NULL, endpoint TEXT NOT NULL, due REAL NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'waiting',
  answer TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS delivery_waiting ON delivery (due) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS delivery_event ON delivery (event);
CREATE TABLE IF NOT EXISTS later (
  id INTEGER PRIMARY KEY, due INTEGER NOT NULL, act TEXT NOT NULL, target TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS clock (forward INTEGER NOT NULL);
"""
EMPTIED = ("thing", "answer", "delivery", "later", "clock")
LETTERS = string.ascii_letters + string.digits
BUSY_SECONDS = 20


def new_id(prefix: str, length: int = 24) -> str:
    return f"{prefix}_{''.join(secrets.choice(LETTERS) for _ in range(length))}"


class Transaction:
    """What can be done in one. `connection` is for SQL about other tables than `thing`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def now(self) -> int:
        """Seconds since 1970, of a clock that can be set forward."""
        row = self.connection.execute("SELECT sum(forward) FROM clock").fetchone()
        return int(time.time()) + (row[0] or 0)

    def add(self, body: Json, **hidden: Any) -> Json:  # noqa: ANN401
        """Keeps a new object, beside what is never sent of it."""
        self.connection.execute(
            "INSERT INTO thing (id, object, payment_intent, body, hidden) VALUES (?, ?, ?, ?, ?)",
            (*_columns(body), json.dumps(hidden)),
        )
        return body

    def save(self, body: Json) -> None:
        self.connection.execute(
            "UPDATE thing SET body = ?, payment_intent = ? WHERE id = ?",
            (json.dumps(body), body.get("payment_intent"), body["id"]),
        )

    def get(self, id: str) -> Json | None:
        row = self.connection.execute("SELECT body FROM thing WHERE id = ?", (id,)).fetchone()
        return json.loads(row[0]) if row else None

    def the(self, id: str) -> Json:
        """Raises ApiError where there is none."""
        body = self.get(id)
        if body is None:
            raise missing("object", id)
        return body

    def hidden(self, id: str) -> Json:
        row = self.connection.execute("SELECT hidden FROM thing WHERE id = ?", (id,)).fetchone()
        kept: Json = json.loads(row[0])
        return kept

    def hide(self, id: str, **hidden: Any) -> None:  # noqa: ANN401
        kept = json.dumps({**self.hidden(id), **hidden})
        self.connection.execute("UPDATE thing SET hidden = ? WHERE id = ?", (kept, id))

    def of_intent(self, object: str, intent: str) -> list[Json]:
        """All of this kind that belong to a payment, oldest first."""
        rows = self.connection.execute(
            "SELECT body FROM thing WHERE payment_intent = ? AND object = ? ORDER BY number",
            (intent, object),
        )
        return [json.loads(row[0]) for row in rows]

    def newest(self, object: str, limit: int) -> list[Json]:
        rows = self.connection.execute(
            "SELECT body FROM thing WHERE object = ? ORDER BY number DESC LIMIT ?", (object, limit)
        )
        return [json.loads(row[0]) for row in rows]

    def count(self, object: str) -> int:
        row = self.connection.execute("SELECT count(*) FROM thing WHERE object = ?", (object,))
        return int(row.fetchone()[0])

    def do_later(self, seconds: float, act: str, target: str) -> None:
        self.connection.execute(
            "INSERT INTO later (due, act, target) VALUES (?, ?, ?)",
            (self.now() + int(seconds), act, target),
        )


class Store:
    def __init__(self, file: Path) -> None:
        self._file = file
        self.changed = threading.Event()  # set by each commit, for who waits for work
        file.parent.mkdir(0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):  # for its owner alone, whatever the umask
            os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(TABLES)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, timeout=BUSY_SECONDS, isolation_level=None)
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        with closing(self._connect()) as connection:
            connection.execute("BEGIN")
            yield Transaction(connection)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        with closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield Transaction(connection)
            connection.execute("COMMIT")
        self.changed.set()

    def empty(self) -> None:
        with self.writing() as kept:
            for table in EMPTIED:
                kept.connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a list of our own


def _columns(body: Json) -> tuple[str, str, str | None, str]:
    return body["id"], body["object"], body.get("payment_intent"), json.dumps(body)
