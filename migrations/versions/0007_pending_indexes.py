"""Indexes for what is pending: places in a country, and what a release left out of place."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

OUT_OF_PLACE = sa.text(f"rank = {-(2**62)}")


def upgrade() -> None:
    op.drop_index("ix_credit_package_country_rank_id", "credit_package")
    op.create_index(
        "ix_credit_package_country_rank_id_removed_at",
        "credit_package",
        ["country", "rank", "id", "removed_at"],
    )
    op.create_index(
        "ix_released_package_out_of_place",
        "released_package",
        ["release_number", "package_id"],
        sqlite_where=OUT_OF_PLACE,
        postgresql_where=OUT_OF_PLACE,
    )
