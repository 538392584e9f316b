"""What review, discard and history need to know."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # Batch mode would copy the table and lose its triggers; adding a column needs no copy.
    op.add_column(
        "draft_revision", sa.Column("version", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column(
        "release", sa.Column("change_count", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_table(
        "draft_batch",
        sa.Column("id", ID, primary_key=True),
        sa.Column("action", sa.String(10), nullable=False),
        sa.Column("first_id", ID, nullable=False),
        sa.Column("last_id", ID, nullable=False),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["first_id"], ["draft_revision.id"], name="fk_draft_batch_first_id_draft_revision"
        ),
        sa.ForeignKeyConstraint(
            ["last_id"], ["draft_revision.id"], name="fk_draft_batch_last_id_draft_revision"
        ),
        sa.CheckConstraint("action IN ('discard', 'restore', 'undo')", name="action_known"),
        sa.CheckConstraint("first_id <= last_id", name="ids_in_order"),
    )
