"""Who has which edit form open."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "presence",
        sa.Column("form", sa.String(16), primary_key=True),
        sa.Column("package_id", ID, nullable=False),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["package_id"], ["credit_package.id"], name="fk_presence_package_id_credit_package"
        ),
    )
