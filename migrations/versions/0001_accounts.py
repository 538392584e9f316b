"""Admins, their sign-in sessions, failed sign-ins."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "admin",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_admin"),
        sa.UniqueConstraint("email", name="uq_admin_email"),
        sa.CheckConstraint("length(email) BETWEEN 3 AND 254", name="email_length"),
        sa.CheckConstraint("email = lower(email)", name="email_lower"),
        sa.CheckConstraint("length(password_hash) BETWEEN 1 AND 255", name="password_hash_length"),
    )
    op.create_table(
        "sign_in_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_session"),
        sa.UniqueConstraint("token_hash", name="uq_sign_in_session_token_hash"),
        sa.ForeignKeyConstraint(
            ["admin_id"], ["admin.id"], name="fk_sign_in_session_admin_id_admin"
        ),
        sa.CheckConstraint("length(token_hash) = 64", name="token_hash"),
    )
    op.create_index("ix_sign_in_session_admin_id", "sign_in_session", ["admin_id"])
    op.create_table(
        "failed_sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("device", sa.String(64)),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_failed_sign_in"),
        sa.CheckConstraint("length(account) = 64", name="account"),
        sa.CheckConstraint("length(address) BETWEEN 1 AND 45", name="address"),
        sa.CheckConstraint("length(device) BETWEEN 1 AND 64", name="device"),
    )
    op.create_index("ix_failed_sign_in_address_at", "failed_sign_in", ["address", "at"])
    op.create_index("ix_failed_sign_in_device_at", "failed_sign_in", ["device", "at"])
    op.create_index("ix_failed_sign_in_at", "failed_sign_in", ["at"])
