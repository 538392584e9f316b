"""Statements by kind of entry."""

from alembic import op

revision = "0014"
down_revision = "0013"

# As in 0011: what ANALYZE of SQLite would note of long books.
LONG_BOOKS = {
    ("entry", "ix_entry_kind"): "1000000 100 20 1",
}


def upgrade() -> None:
    op.create_index("ix_entry_kind", "entry", ["wallet_id", "kind", "seq"])
    plan_for_long_books()


def plan_for_long_books() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for (table, index), rows in LONG_BOOKS.items():
            op.execute(f"INSERT INTO sqlite_stat1 VALUES ('{table}', '{index}', '{rows}')")
