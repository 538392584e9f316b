"""What a database made from a backup knows of that, and payments that belong to no purchase."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import now

revision = "0021"
down_revision = "0020"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "original_database",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_original_database"),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    op.execute(
        f"INSERT INTO original_database (id, since) VALUES (1, {now('+0 seconds')})"  # noqa: S608 - ours
    )
    op.create_table(
        "restoration",
        sa.Column("id", ID, nullable=False),
        sa.Column("code", sa.String(4), nullable=False),
        sa.Column("noted_at", sa.DateTime(), nullable=False),
        sa.Column("recovered_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_restoration"),
        sa.UniqueConstraint("code", name="uq_restoration_code"),
        sa.CheckConstraint("length(code) = 4", name="code_length"),
    )
    create_unknown_payment()


def create_unknown_payment() -> None:
    op.create_table(
        "unknown_payment",
        sa.Column("id", ID, nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("purchase_key", sa.String(255), nullable=False),
        sa.Column("ref", sa.String(255), nullable=False),
        sa.Column("why", sa.String(40), nullable=False),
        sa.Column("amount_minor", sa.BigInteger()),
        sa.Column("currency", sa.String(3)),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("begun_at", sa.DateTime()),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("done_at", sa.DateTime()),
        sa.Column("done_by", sa.String(254), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_unknown_payment"),
        sa.UniqueConstraint(
            "provider", "purchase_key", name="uq_unknown_payment_provider_purchase_key"
        ),
        sa.CheckConstraint(
            "why IN ('not_looked_at', 'incomplete', 'other_mode', 'other_amount',"
            " 'unknown_customer', 'other_customer', 'unknown_package', 'number_taken')",
            name="why",
        ),
        sa.CheckConstraint("length(note) <= 500", name="note_length"),
    )
    op.create_index(
        "ix_unknown_payment_open",
        "unknown_payment",
        ["id"],
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
