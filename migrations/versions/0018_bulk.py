"""Batches of more kinds, which may be written in parts; files that are checked before an import."""

import sqlalchemy as sa
from alembic import op

from migrations.seals import seal, unseal

revision = "0018"
down_revision = "0017"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ACTIONS = (
    "'discard', 'restore', 'undo', 'prices', 'credits', 'info', 'remove', 'keep', 'copy', 'import'"
)


def upgrade() -> None:
    unseal("draft_batch")
    with op.batch_alter_table("draft_batch") as table:
        table.add_column(sa.Column("part_of", ID))
        table.create_foreign_key(
            "fk_draft_batch_part_of_draft_batch", "draft_batch", ["part_of"], ["id"]
        )
        table.drop_constraint(op.f("ck_draft_batch_action_known"), type_="check")
        table.create_check_constraint("action_known", f"action IN ({ACTIONS})")
    op.create_index("ix_draft_batch_part_of", "draft_batch", ["part_of"])
    seal("draft_batch")
    op.create_table(
        "import_file",
        sa.Column("id", ID, nullable=False),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("decimal_sign", sa.String(1), nullable=False),
        sa.Column("removes", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_file"),
        sa.CheckConstraint("decimal_sign IN ('.', ',')", name="decimal_sign_known"),
    )
    op.create_index("ix_import_file_created_at", "import_file", ["created_at"])
