"""Withdrawals from contracts, and what people declare who are not signed in."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IS_DUE, IS_QUEUED = sa.text("due_at IS NOT NULL"), sa.text("state = 'queued'")


def upgrade() -> None:
    create_declarations()
    create_withdrawals()


def create_declarations() -> None:
    op.create_table(
        "withdrawal_declaration",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("text", sa.String(40), nullable=False),
        sa.Column("email_key", sa.String(254), nullable=False),
        sa.Column("network", sa.String(45), nullable=False),
        sa.Column("wide_network", sa.String(45), nullable=False),
        sa.Column("device", sa.String(64)),
        sa.Column("is_newcomer", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_withdrawal_declaration"),
        sa.CheckConstraint("length(network) BETWEEN 1 AND 45", name="network"),
        sa.CheckConstraint("length(wide_network) BETWEEN 1 AND 45", name="wide_network"),
        sa.CheckConstraint("length(device) BETWEEN 1 AND 64", name="device"),
    )
    for columns in (
        *(["email_key", "received_at"], ["network", "received_at"]),
        *(["wide_network", "received_at"], ["received_at"]),
    ):
        name = f"ix_withdrawal_declaration_{'_'.join(columns)}"
        op.create_index(name, "withdrawal_declaration", columns)
    op.create_index(
        "ix_withdrawal_declaration_due",
        "withdrawal_declaration",
        ["due_at", "id"],
        sqlite_where=IS_DUE,
        postgresql_where=IS_DUE,
    )


def create_withdrawals() -> None:
    op.create_table(
        "withdrawal",
        sa.Column("id", ID, nullable=False),
        sa.Column("purchase_id", ID, nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("text", sa.String(40), nullable=False),
        sa.Column("is_owner", sa.Boolean(), nullable=False),
        sa.Column("unspent", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("refund_id", ID),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("handled_at", sa.DateTime()),
        sa.Column("handled_by", sa.String(254)),
        sa.PrimaryKeyConstraint("id", name="pk_withdrawal"),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchase.id"], name="fk_withdrawal_purchase_id_purchase"
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["payment_refund.id"], name="fk_withdrawal_refund_id_payment_refund"
        ),
        sa.UniqueConstraint("purchase_id", name="uq_withdrawal_purchase_id"),
        sa.CheckConstraint(
            "state IN ('queued', 'refunding', 'refunded', 'declined')", name="state"
        ),
        sa.CheckConstraint("(state = 'queued') = (handled_at IS NULL)", name="handled_at"),
        sa.CheckConstraint("(handled_at IS NULL) = (handled_by IS NULL)", name="handled_by"),
        sa.CheckConstraint("unspent >= 0 AND kept >= 0 AND amount_minor >= 0", name="share"),
        sa.CheckConstraint("state <> 'refunding' OR refund_id IS NOT NULL", name="refunding"),
    )
    op.create_index(
        "ix_withdrawal_queued",
        "withdrawal",
        ["id"],
        sqlite_where=IS_QUEUED,
        postgresql_where=IS_QUEUED,
    )
