"""What a worker waits for: the tables of its own version, made by a server."""

import time

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

import readiness
from domain.connections import connect
from tests.conftest import migrate


def test_tables_that_are_there_are_not_waited_for(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = connect(database)
    readiness.wait_for_tables(engine)
    engine.dispose()
    assert capsys.readouterr().out == ""


def test_tables_of_another_version_are_waited_for(
    empty_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Caught: content with any tables, where an upgrade had yet to change them."""
    said: list[str] = []
    engine = connect(empty_database)

    def come_along(_seconds: float) -> None:
        said.append(capsys.readouterr().out)
        if len(said) == 1:
            migrate(empty_database)
            _set_version(empty_database, "0001")
        else:
            _set_version(empty_database, head)

    head = ScriptDirectory(str(readiness.MIGRATIONS)).get_current_head()
    monkeypatch.setattr(time, "sleep", come_along)
    readiness.wait_for_tables(engine)
    engine.dispose()
    line = "Waiting for the tables of this version. The start of the server makes them.\n"
    assert said == [line, ""]


def _set_version(database: str, version: str | None) -> None:
    engine = connect(database)
    with engine.connect().execution_options(writing=True) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
        connection.commit()
    engine.dispose()
