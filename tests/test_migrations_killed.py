"""A start that is killed while it migrates leaves the old schema or the new."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, Engine, text

from domain.connections import connect
from tests.conftest import migrate
from tests.kill_after import dies_after
from tests.soak import STRIDE
from tests.test_migrations import describe, migrate_to
from tests.test_migrations_item_types import OLD_RELEASES, fill

ANA = (
    "INSERT INTO admin (id, email, password_hash, created_at)"
    " VALUES (1, 'ana@example.com', 'x', '2026-01-01 00:00:00')"
)
# What is written to the old database, by its revision.
FILLED: dict[str, Callable[[Connection], object]] = {
    "0001": lambda connection: connection.execute(text(ANA)),
    "0008": lambda connection: fill(connection, OLD_RELEASES),
}


def count_rows(connection: Connection) -> dict[str, int]:
    tables = describe(connection)
    return {
        table: connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0  # noqa: S608
        for table in tables
    }


@pytest.mark.long
@pytest.mark.parametrize("revision", [None, *FILLED])
def test_killed_at_any_statement(empty_database: str, engine: Engine, revision: str | None) -> None:
    """Caught: a transaction for each migration instead of one for all; a commit in the middle of
    0009."""
    half_way = connect(empty_database)
    if revision:
        migrate_to(empty_database, revision)
        with half_way.connect().execution_options(writing=True) as connection:
            FILLED[revision](connection)
            connection.commit()
    with engine.connect() as connection:
        new = describe(connection)
    with half_way.connect() as connection:
        old = describe(connection), count_rows(connection)
    steps = STRIDE
    while dies_after(steps, migrate, empty_database):
        with half_way.connect() as connection:
            found = describe(connection), count_rows(connection)
            assert found == old, f"after {steps} statements"
        steps += STRIDE
    with half_way.connect() as connection:
        assert describe(connection) == new
        assert connection.scalar(text("SELECT version FROM storefront_settings")) == 1
        rows = count_rows(connection)
        names = connection.scalars(text("SELECT display_name FROM admin")).all()
    assert rows["admin"] == (1 if revision == "0001" else 0)
    assert names == (["Ana"] if revision == "0001" else [])
    assert rows["release_seal"] == (len(OLD_RELEASES) if revision == "0008" else 0)
    half_way.dispose()
