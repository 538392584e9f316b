"""Digests of notes; statements by kind of entry, and lists of what wallets hold."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

# Of each index its table, its columns, its rows; and, as in 0011, what ANALYZE of SQLite would note
# of long books.
INDEXES = {
    "ix_entry_kind": ("entry", ["wallet_id", "kind", "seq"], None, "1000000 100 20 1"),
    "ix_lot_aside": ("lot", ["wallet_id"], "held > 0 OR frozen > 0", "20000 2 1"),
    "ix_lot_ends": (
        *("lot", ["expires_at", "wallet_id", "number"]),
        *("free > 0 AND expires_at IS NOT NULL", "20000 2 2 1"),
    ),
    "ix_wallet_owes": ("wallet", ["customer_id"], "owed > 0", "200 1"),
}


def upgrade() -> None:
    # As SQL, since SQLite adds a CHECK only with its column; the triggers stay.
    op.execute(
        "ALTER TABLE entry ADD COLUMN note_digest VARCHAR(64)"
        " CONSTRAINT ck_entry_note_digest CHECK (length(note_digest) = 64)"
    )
    make_indexes()


def make_indexes() -> None:
    for name, (table, columns, rows, noted) in INDEXES.items():
        of = {} if rows is None else dict.fromkeys(("sqlite_where", "postgresql_where"), sa.text(rows))
        op.create_index(name, table, columns, **of)
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"INSERT INTO sqlite_stat1 VALUES ('{table}', '{name}', '{noted}')")
