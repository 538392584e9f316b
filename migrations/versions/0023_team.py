"""Roles and the team of admins; what each admin did, when and from where."""

import sqlalchemy as sa
from alembic import op

from migrations.seals import seal

revision = "0023"
down_revision = "0022"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ROLES = "role IN ('viewer', 'editor', 'publisher', 'support', 'owner')"
IS_OPEN = sa.text("accepted_at IS NULL AND ended_at IS NULL")


def upgrade() -> None:
    add_roles()
    add_own_choices()
    make_team()
    make_activity()
    name_requests()


def add_roles() -> None:
    """Who is an admin already may do all that they could."""
    # Each check comes with its column: SQLite would copy the table for another.
    role = sa.Column(
        "role", sa.String(16), sa.CheckConstraint(ROLES, name="role"), nullable=False,
        server_default="viewer",
    )
    op.add_column("admin", role)
    op.execute("UPDATE admin SET role = 'owner'")
    for name in ("last_seen_at", "disabled_at", "removed_at"):
        op.add_column("admin", sa.Column(name, sa.DateTime()))


def add_own_choices() -> None:
    op.add_column("admin", sa.Column("language", sa.String(8)))
    op.add_column("admin", sa.Column("time_zone", sa.String(64)))
    op.add_column(
        "sign_in_session",
        sa.Column("needs_second_factor", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "sign_in_session", sa.Column("device", sa.String(64), nullable=False, server_default="")
    )


def make_team() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("invited_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("accepted_at", sa.DateTime()),
        sa.Column("ended_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("token_hash", name="uq_invitation_token_hash"),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["admin.id"], name="fk_invitation_invited_by_admin"
        ),
        sa.CheckConstraint("length(email) BETWEEN 3 AND 254", name="email_length"),
        sa.CheckConstraint("email = lower(email)", name="email_lower"),
        sa.CheckConstraint(ROLES, name="role"),
        sa.CheckConstraint("length(token_hash) = 64", name="token_hash"),
        sa.CheckConstraint("expires_at > created_at", name="expires_later"),
        sa.CheckConstraint("accepted_at IS NULL OR ended_at IS NULL", name="one_end"),
    )
    op.create_index("ix_invitation_invited_by", "invitation", ["invited_by"])
    op.create_index(
        "uq_invitation_open_email",
        "invitation",
        ["email"],
        unique=True,
        sqlite_where=IS_OPEN,
        postgresql_where=IS_OPEN,
    )
    op.create_table(
        "password_link",
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("admin_id", name="pk_password_link"),
        sa.UniqueConstraint("token_hash", name="uq_password_link_token_hash"),
        sa.ForeignKeyConstraint(
            ["admin_id"], ["admin.id"], name="fk_password_link_admin_id_admin"
        ),
        sa.ForeignKeyConstraint(["made_by"], ["admin.id"], name="fk_password_link_made_by_admin"),
        sa.CheckConstraint("length(token_hash) = 64", name="token_hash"),
        sa.CheckConstraint("expires_at > created_at", name="expires_later"),
    )
    op.create_index("ix_password_link_made_by", "password_link", ["made_by"])
    op.create_table(
        "required_second_factor",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_required_second_factor"),
        sa.CheckConstraint("id = 1", name="one_row"),
    )


def make_activity() -> None:
    op.create_table(
        "activity",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("object_type", sa.String(20)),
        sa.Column("object_id", sa.BigInteger()),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_activity"),
        sa.CheckConstraint(
            "(object_type IS NULL) = (object_id IS NULL)", name="object_type_with_id"
        ),
    )
    indexes = (["author"], ["author", "kind"], ["kind"], ["object_type", "object_id"], ["at"])
    for columns in indexes:
        op.create_index(f"ix_activity_{'_'.join(columns)}_id", "activity", [*columns, "id"])
    seal("activity")
    op.create_table(
        "failed_sign_in_hour",
        sa.Column("id", ID, nullable=False),
        sa.Column("hour", sa.DateTime(), nullable=False),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_failed_sign_in_hour"),
        sa.UniqueConstraint("hour", "author", name="uq_failed_sign_in_hour_hour_author"),
        sa.CheckConstraint("count >= 0", name="count"),
    )
    op.create_index("ix_failed_sign_in_hour_author_id", "failed_sign_in_hour", ["author", "id"])
    op.create_table(
        "request_address",
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", name="pk_request_address"),
    )
    op.create_index("ix_request_address_at", "request_address", ["at"])


def name_requests() -> None:
    for table in ("draft_revision", "release"):
        op.add_column(
            table, sa.Column("request_id", sa.String(64), nullable=False, server_default="")
        )
    for column in ("author", "created_at"):
        op.create_index(f"ix_draft_revision_{column}_id", "draft_revision", [column, "id"])
        op.create_index(f"ix_release_{column}_number", "release", [column, "number"])
    op.create_index("ix_draft_batch_last_id", "draft_batch", ["last_id"])
