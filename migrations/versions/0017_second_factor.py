"""Second factors, recovery codes, and what limits of guessing count.

Failed sign-ins of the last hour are forgotten.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    add_flag("admin", "password_is_weak")
    add_flag("sign_in_session", "waits_for_code")
    make_second_factors()
    op.drop_table("failed_sign_in")
    make_failed_sign_ins()
    add_askers_of_codes()


def add_flag(table: str, name: str) -> None:
    op.add_column(
        table, sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
    )


def make_second_factors() -> None:
    op.create_table(
        "second_factor",
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("admin_id", name="pk_second_factor"),
        _of_admin("second_factor"),
        sa.CheckConstraint("length(salt) = 32", name="salt"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
        sa.UniqueConstraint("code_hash", name="uq_recovery_code_code_hash"),
        _of_admin("recovery_code"),
        sa.CheckConstraint("length(code_hash) = 64", name="code_hash"),
    )
    op.create_index("ix_recovery_code_admin_id", "recovery_code", ["admin_id"])
    op.create_table(
        "remembered_browser",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_remembered_browser"),
        sa.UniqueConstraint("token_hash", name="uq_remembered_browser_token_hash"),
        _of_admin("remembered_browser"),
        sa.CheckConstraint("length(token_hash) = 64", name="token_hash"),
    )
    op.create_index("ix_remembered_browser_admin_id", "remembered_browser", ["admin_id"])


def _of_admin(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["admin_id"], ["admin.id"], name=f"fk_{table}_admin_id_admin")


def make_failed_sign_ins() -> None:
    op.create_table(
        "failed_sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("factor", sa.String(8), nullable=False),
        sa.Column("network", sa.String(45), nullable=False),
        sa.Column("wide_network", sa.String(45), nullable=False),
        sa.Column("device", sa.String(64)),
        sa.Column("is_newcomer", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_failed_sign_in"),
        sa.CheckConstraint("length(account) = 64", name="account"),
        sa.CheckConstraint("factor IN ('password', 'code')", name="factor"),
        sa.CheckConstraint("length(network) BETWEEN 1 AND 45", name="network"),
        sa.CheckConstraint("length(wide_network) BETWEEN 1 AND 45", name="wide_network"),
        sa.CheckConstraint("length(device) BETWEEN 1 AND 64", name="device"),
    )
    for column in ("account", "network", "wide_network", "device"):
        op.create_index(f"ix_failed_sign_in_{column}_at", "failed_sign_in", [column, "at"])
    op.create_index("ix_failed_sign_in_at", "failed_sign_in", ["at"])


def add_askers_of_codes() -> None:
    # Each check comes with its column: SQLite would copy the table for another.
    check = sa.CheckConstraint("length(wide_network) BETWEEN 1 AND 45", name="wide_network")
    column = sa.Column(
        "wide_network", sa.String(45), check, nullable=False, server_default="unknown"
    )
    op.add_column("sign_in_code", column)
    check = sa.CheckConstraint("length(device) BETWEEN 1 AND 64", name="device")
    op.add_column("sign_in_code", sa.Column("device", sa.String(64), check))
    add_flag("sign_in_code", "is_newcomer")
    op.create_index(
        "ix_sign_in_code_wide_network_created_at", "sign_in_code", ["wide_network", "created_at"]
    )
