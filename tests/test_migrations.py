"""Migrations build exactly what the models say, and keep what is there."""

import sqlite3
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Connection, Engine, inspect

import catalogue.models  # noqa: F401 - both fill Base.metadata
from app import create_app
from database import Base, connect
from tests.conftest import config_for

Tables = dict[str, dict[str, object]]


def describe(connection: Connection) -> Tables:
    """Columns, indexes, constraints of each table in comparable form."""
    inspector = inspect(connection)
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(table)
            },
            "primary": inspector.get_pk_constraint(table)["constrained_columns"],
            "indexes": {
                (index["name"], tuple(index["column_names"]), bool(index["unique"]))
                for index in inspector.get_indexes(table)
            },
            "unique": {
                (unique["name"], tuple(unique["column_names"]))
                for unique in inspector.get_unique_constraints(table)
            },
            "checks": {
                (check["name"], check["sqltext"])
                for check in inspector.get_check_constraints(table)
            },
            "foreign": {
                (key["name"], tuple(key["constrained_columns"]), key["referred_table"])
                for key in inspector.get_foreign_keys(table)
            },
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def test_migrated_tables_equal_the_models(engine: Engine, tmp_path: Path) -> None:
    """Caught: a CHECK left out of a migration, and an index named otherwise."""
    built = connect(f"sqlite:///{tmp_path / 'models.db'}")
    with built.connect().execution_options(writing=True) as connection:
        Base.metadata.create_all(connection)
        wanted = describe(connection)
    with engine.connect() as connection:
        assert describe(connection) == wanted
    built.dispose()


def test_upgrading_again_changes_nothing(app: Flask, database: Path) -> None:
    with sqlite3.connect(database) as connection:
        before = list(connection.iterdump())
    with app.app_context():
        upgrade()
    with sqlite3.connect(database) as connection:
        assert list(connection.iterdump()) == before


def test_a_failed_migration_leaves_the_old_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: Alembic's default, which commits each statement on SQLite."""
    import alembic.operations

    original = alembic.operations.Operations.execute

    def fail_at_the_end(self: object, sql: object, *args: object, **kwargs: object) -> None:
        if "INSERT INTO storefront_settings" in str(sql):
            raise OSError("power cut")
        original(self, sql, *args, **kwargs)  # type: ignore[arg-type]

    app = create_app(config_for(tmp_path / "cut.db"))
    with app.app_context(), monkeypatch.context() as patch:
        patch.setattr(alembic.operations.Operations, "execute", fail_at_the_end)
        with pytest.raises(OSError, match="power cut"):
            upgrade()
    with sqlite3.connect(tmp_path / "cut.db") as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    with app.app_context():
        upgrade()
    with sqlite3.connect(tmp_path / "cut.db") as connection:
        assert connection.execute("SELECT version FROM storefront_settings").fetchone() == (1,)


@pytest.mark.parametrize(
    "table", ["draft_revision", "release", "released_package", "released_settings"]
)
@pytest.mark.parametrize("statement", ["UPDATE {} SET rowid = rowid", "DELETE FROM {}"])
def test_history_is_insert_only(filled: Path, table: str, statement: str) -> None:
    """Caught: leaving out the triggers."""
    with (
        sqlite3.connect(filled) as connection,
        pytest.raises(sqlite3.IntegrityError, match="insert-only|never deleted"),
    ):
        connection.execute(statement.format(table))


def test_a_package_is_never_deleted(filled: Path) -> None:
    with (
        sqlite3.connect(filled) as connection,
        pytest.raises(sqlite3.IntegrityError, match="never deleted"),
    ):
        connection.execute("DELETE FROM credit_package")


@pytest.fixture
def filled(engine: Engine, database: Path) -> Path:
    from sqlalchemy.orm import Session

    from catalogue import sample
    from database import writing

    with Session(engine) as session, writing(session):
        sample.load(session, author="ana@example.com")
    return database
