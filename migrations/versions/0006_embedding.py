"""Which sites may frame the packages."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "embedding_site",
        sa.Column("id", ID, primary_key=True),
        sa.Column("origin", sa.String(267), nullable=False),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.UniqueConstraint("origin", name="uq_embedding_site_origin"),
        sa.CheckConstraint("length(origin) BETWEEN 9 AND 267", name="origin_length"),
        sa.CheckConstraint("origin = lower(origin)", name="origin_lower"),
        sa.CheckConstraint(
            "origin NOT LIKE '% %' AND origin NOT LIKE '%;%' AND origin NOT LIKE '%,%'",
            name="origin_one_word",
        ),
    )
