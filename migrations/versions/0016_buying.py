"""How packages are bought: nowhere in releases that are there already, here in new databases."""

import sqlalchemy as sa
from alembic import op

from migrations.seals import seal_released, unseal

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    for table in ("storefront_settings", "released_settings"):
        add_buying(table)
    op.execute(
        "UPDATE storefront_settings SET buying = 'here' WHERE NOT EXISTS (SELECT 1 FROM release)"
    )
    unseal("released_settings")
    release_the_first_settings()
    seal_released("released_settings")


def add_buying(table: str) -> None:
    """The checks come with the columns: SQLite would copy the table for others."""
    known = sa.CheckConstraint(
        "buying IN ('here', 'link', 'nowhere')", name=op.f(f"ck_{table}_buying_known")
    )
    length = sa.CheckConstraint(
        "length(buying_link) <= 500", name=op.f(f"ck_{table}_buying_link_length")
    )
    used = sa.CheckConstraint(
        "(buying = 'link') = (buying_link <> '')", name=op.f(f"ck_{table}_buying_link_used")
    )
    for name, size, default, checks in (
        ("buying", 10, "nowhere", [known]),
        ("buying_link", 500, "", [length, used]),
    ):
        column = sa.Column(name, sa.String(size), *checks, nullable=False, server_default=default)
        op.add_column(table, column)


def release_the_first_settings() -> None:
    """Where the first release left the settings as they are at the beginning, they were not kept.
    At the beginning, packages can be bought from now on."""
    op.execute(
        "INSERT INTO released_settings (release_number, item_id, is_gone, platform_name,"
        " default_country, main_language, time_zone, intro_en, intro_tr, intro_de, intro_ar,"
        " buying, buying_link)"
        " SELECT number, 1, FALSE, 'Our platform', 'US', 'en', 'UTC', '', '', '', '', 'nowhere', ''"
        " FROM release WHERE number = (SELECT min(number) FROM release)"
        " AND NOT EXISTS (SELECT 1 FROM released_settings WHERE release_number = release.number)"
    )
    op.execute(
        "INSERT INTO live_settings (item_id, released_id) SELECT item_id, id FROM released_settings"
        " WHERE NOT EXISTS (SELECT 1 FROM live_settings)"
    )
