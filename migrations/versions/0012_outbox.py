"""What has to leave."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "outbox_message",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("secrets", sa.JSON()),
        sa.Column("has_secrets", sa.Boolean(), nullable=False),
        sa.Column("secrets_until", sa.DateTime()),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("unconfirmed", sa.Integer(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime()),
        sa.Column("claimed_at", sa.DateTime()),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime()),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("reply", sa.String(300), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.UniqueConstraint("key", name="uq_outbox_message_key"),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'kept', 'given_up')", name="state"),
        sa.CheckConstraint("(state = 'waiting') = (due_at IS NOT NULL)", name="due_while_waiting"),
        sa.CheckConstraint("0 <= tries AND tries <= claims", name="tries"),
        sa.CheckConstraint("state <> 'sent' OR secrets IS NULL", name="no_secrets_once_sent"),
        sa.CheckConstraint("(secrets IS NULL) = (secrets_until IS NULL)", name="secrets_end"),
        sa.CheckConstraint("has_secrets OR secrets IS NULL", name="has_secrets"),
        sa.CheckConstraint("state <> 'given_up' OR reason <> ''", name="given_up_for_a_reason"),
        sa.CheckConstraint("claimed_at IS NULL OR state = 'waiting'", name="claimed_while_waiting"),
    )
    op.create_index("ix_outbox_message_kind_due_at", "outbox_message", ["kind", "due_at"])
    op.create_index("ix_outbox_message_secrets_until", "outbox_message", ["secrets_until"])
    op.create_index("ix_outbox_message_kind_state_id", "outbox_message", ["kind", "state", "id"])
    claimed = sa.text("claimed_at IS NOT NULL")
    op.create_index(
        "ix_outbox_message_claimed_at",
        "outbox_message",
        ["claimed_at"],
        sqlite_where=claimed,
        postgresql_where=claimed,
    )
