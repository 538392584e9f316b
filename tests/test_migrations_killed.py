"""A start that is killed while it migrates leaves the old schema or the new."""

import pytest
from flask_migrate import upgrade
from sqlalchemy import Engine, text

from app import create_app
from domain.database import connect
from extensions import db
from tests.conftest import config_for, migrate
from tests.kill_after import dies_after
from tests.soak import STRIDE
from tests.test_migrations import describe

ANA = (
    "INSERT INTO admin (id, email, password_hash, created_at)"
    " VALUES (1, 'ana@example.com', 'x', '2026-01-01 00:00:00')"
)


def migrate_to(url: str, revision: str) -> None:
    app = create_app(config_for(url))
    with app.app_context():
        upgrade(revision=revision)
        db.engine.dispose()


@pytest.mark.parametrize("revision", [None, "0001"])
def test_killed_at_any_statement(empty_database: str, engine: Engine, revision: str | None) -> None:
    """Caught: a transaction for each migration instead of one for all."""
    half_way = connect(empty_database)
    if revision:
        migrate_to(empty_database, revision)
        with half_way.connect().execution_options(writing=True) as connection:
            connection.execute(text(ANA))
            connection.commit()
    with engine.connect() as connection:
        new = describe(connection)
    with half_way.connect() as connection:
        old = describe(connection)
    steps = STRIDE
    while dies_after(steps, migrate, empty_database):
        with half_way.connect() as connection:
            assert describe(connection) == old, f"after {steps} statements"
        steps += STRIDE
    with half_way.connect() as connection:
        assert describe(connection) == new
        assert connection.scalar(text("SELECT version FROM storefront_settings")) == 1
        assert connection.scalar(text("SELECT count(*) FROM admin")) == (1 if revision else 0)
    half_way.dispose()
