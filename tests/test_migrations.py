"""Migrations build exactly what the models say, and keep what is there."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

import domain.accounts.models
import domain.accounts.team_models
import domain.activity.models
import domain.catalogue.item_types
import domain.company.models
import domain.customers.models
import domain.ledger.models
import domain.notices.models
import domain.platforms.models
import domain.purchases.case_models
import domain.purchases.link_models
import domain.purchases.lost_models
import domain.purchases.models
import domain.purchases.money_back_models
import domain.purchases.withdrawal_models
import domain.request_addresses  # noqa: F401 - all fill Base.metadata
from app import create_app
from domain import connections
from domain.connections import connect
from domain.database import Base, lock, writing
from extensions import db
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


def migrate_to(url: str, revision: str) -> None:
    app = create_app(config_for(url))
    with app.app_context():
        upgrade(revision=revision)
        db.engine.dispose()


@pytest.fixture
def built(empty_database: str) -> Iterator[Engine]:
    """A database with the tables as the models say."""
    engine = connect(empty_database)
    with engine.connect().execution_options(writing=True) as connection:
        Base.metadata.create_all(connection)
        connection.commit()
    yield engine
    engine.dispose()


def test_migrated_tables_equal_the_models(engine: Engine, built: Engine) -> None:
    """Caught: a CHECK left out of a migration, and an index named otherwise."""
    with engine.connect() as connection, built.connect() as wanted:
        assert describe(connection) == describe(wanted)


def test_upgrading_again_changes_nothing(app: Flask, engine: Engine) -> None:
    with engine.connect() as connection:
        before = describe(connection)
    with app.app_context():
        upgrade()
    with engine.connect() as connection:
        assert describe(connection) == before
        assert connection.scalar(text("SELECT version FROM storefront_settings")) == 1


def test_a_failed_migration_leaves_the_old_schema(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: Alembic's default, which commits each statement on SQLite."""
    import alembic.operations

    original = alembic.operations.Operations.execute

    def fail_at_the_end(self: object, sql: object, *args: object, **kwargs: object) -> None:
        if "INSERT INTO storefront_settings" in str(sql):
            raise OSError("power cut")
        original(self, sql, *args, **kwargs)  # type: ignore[arg-type]

    app = create_app(config_for(empty_database))
    with app.app_context():
        with monkeypatch.context() as patch:
            patch.setattr(alembic.operations.Operations, "execute", fail_at_the_end)
            with pytest.raises(OSError, match="power cut"):
                upgrade()
        assert inspect(db.engine).get_table_names() == []
        upgrade()
        assert db.session.scalar(text("SELECT version FROM storefront_settings")) == 1


def test_of_two_starts_at_once_one_waits(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: no lock around the migrations on PostgreSQL."""
    monkeypatch.setattr(connections, "LOCK_TIMEOUT_SECONDS", 0.05)
    app, other = create_app(config_for(empty_database)), connect(empty_database)
    with app.app_context():
        with Session(other) as session, writing(session):
            lock(session, "migrations")
            with pytest.raises(OperationalError, match="lock"):
                upgrade()
        upgrade()
    other.dispose()
