"""How a database finds what it is asked for: by an index, or by looking at every row."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from domain.database import writing


class Question(NamedTuple):
    """A statement as it was sent."""

    statement: str
    parameters: Any


@contextmanager
def noting(engine: Engine, table: str) -> Iterator[list[Question]]:
    """All that name this table."""
    asked: list[Question] = []

    def note(_on: object, _by: object, statement: str, parameters: object, *_: object) -> None:
        if table in statement:
            asked.append(Question(statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def list_scans(session: Session, asked: Sequence[Question], *tables: str) -> list[str]:
    """Plans that look at every row of one of these. SQLite also says SEARCH for the least of a
    column when it has no index for that."""
    any_table = "|".join(tables)
    scan = re.compile(rf"(Seq Scan on|SCAN|SEARCH(?! \w+ USING)) ({any_table})\b")
    return [plan for plan in (_explain(session, one) for one in asked) if scan.search(plan)]


def _explain(session: Session, question: Question) -> str:
    word = "EXPLAIN QUERY PLAN" if session.get_bind().dialect.name == "sqlite" else "EXPLAIN"
    with writing(session):
        connection = session.connection()
        plan = connection.exec_driver_sql(f"{word} {question.statement}", question.parameters)
        return " ".join(str(column) for row in plan for column in row)
