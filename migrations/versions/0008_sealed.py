"""Releases and batches say more, and nobody can add to them afterwards."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

# What names a row of each table. In a row that is to come, an id that SQLite will choose is -1.
KEYS = {
    "credit_package": "id",
    "draft_revision": "id",
    "draft_batch": "id",
    "release": "number",
    "released_package": "id",
    "released_settings": "release_number",
}


def upgrade() -> None:
    op.add_column(
        "release", sa.Column("moved", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
    )
    name_the_restored_release()
    if op.get_bind().dialect.name == "postgresql":
        seal_on_postgresql()
    else:
        seal_on_sqlite()


def name_the_restored_release() -> None:
    """SQLite copies the table for that, which has no trigger yet that would get lost."""
    with op.batch_alter_table("draft_batch") as table:
        table.add_column(sa.Column("release_number", sa.Integer()))
        table.create_foreign_key(
            "fk_draft_batch_release_number_release", "release", ["release_number"], ["number"]
        )
        table.create_check_constraint(
            "release_of_restore", "release_number IS NULL OR action = 'restore'"
        )


def seal_on_sqlite() -> None:
    """A release is closed by its settings, which come last.

    REPLACE deletes the row that is in its way, and no trigger for deletes hears of it.
    """
    refuse_on_sqlite("draft_batch_is_never_updated", "UPDATE ON draft_batch", "is insert-only")
    refuse_on_sqlite("draft_batch_is_never_deleted", "DELETE ON draft_batch", "rows are never deleted")
    refuse_on_sqlite(
        "credit_package_keeps_its_id", "UPDATE OF id ON credit_package", "rows are never renamed"
    )
    for table, key in KEYS.items():
        refuse_on_sqlite(
            f"{table}_is_never_replaced",
            f"INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})",
            "rows are never replaced",
        )
    refuse_on_sqlite(
        "released_package_comes_with_its_release",
        "INSERT ON released_package WHEN EXISTS (SELECT 1 FROM released_settings"
        " WHERE release_number = NEW.release_number)",
        "is closed with its release",
    )


def refuse_on_sqlite(name: str, event: str, sentence: str) -> None:
    table = event.split(" ON ")[1].split()[0]
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {event} BEGIN SELECT RAISE(ABORT, '{table} {sentence}'); END"
    )


def seal_on_postgresql() -> None:
    """Checked after the row's foreign key: whoever sees the release by then sees its settings."""
    op.execute(
        "CREATE TRIGGER draft_batch_is_never_updated BEFORE UPDATE ON draft_batch "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_update()"
    )
    op.execute(
        "CREATE TRIGGER draft_batch_is_never_deleted BEFORE DELETE OR TRUNCATE ON draft_batch "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_delete()"
    )
    op.execute(
        "CREATE FUNCTION refuse_addition() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF EXISTS (SELECT FROM added JOIN released_settings USING (release_number)) THEN "
        "RAISE EXCEPTION 'released_package is closed with its release' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER released_package_comes_with_its_release AFTER INSERT ON released_package "
        "REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_addition()"
    )
