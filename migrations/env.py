"""Runs the migrations in one transaction: a stop in the middle leaves the old schema whole."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection

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
from domain.connections import connect
from domain.database import Base, lock


def migrate_schema(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        transactional_ddl=True,
        compare_type=True,
    )
    with context.begin_transaction():
        lock(connection, "migrations")
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            refuse_broken_keys(connection)


def refuse_broken_keys(connection: Connection) -> None:
    """SQLite rebuilds a table to alter it. With foreign keys on, that would empty the tables that
    point at it, so they are off, and checked before anything is kept."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"The migration leaves rows that point nowhere: {broken}")


config = current_app.extensions["scrip"]
engine = connect(config.database_owner_url or config.database_url)
with engine.connect().execution_options(writing=True) as connection:
    if connection.dialect.name == "sqlite":
        connection.connection.dbapi_connection.execute("PRAGMA foreign_keys = OFF")
    migrate_schema(connection)
engine.dispose()
