"""The catalogue: drafts, their revisions, releases."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NEVER_CHANGED = ("draft_revision", "release", "released_package", "released_settings")


def is_integer(column: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"typeof({column}) = 'integer'", name=f"{column}_is_integer").ddl_if(
        dialect="sqlite"
    )


def package_columns() -> list[sa.Column]:
    return [
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("credits", sa.BigInteger(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("short_info", sa.String(280), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
    ]


def package_checks() -> list[sa.CheckConstraint]:
    checks = {
        "name_length": "length(name) BETWEEN 1 AND 80",
        "credits_range": "credits BETWEEN 1 AND 1000000000",
        "price_range": "price_minor BETWEEN 0 AND 1000000000000",
        "currency_length": "length(currency) = 3",
        "country_length": "length(country) = 2",
        "short_info_length": "length(short_info) <= 280",
    }
    return [
        *(sa.CheckConstraint(sql, name=name) for name, sql in checks.items()),
        *(is_integer(column) for column in ("credits", "price_minor", "rank")),
    ]


def settings_columns() -> list[sa.Column]:
    return [
        sa.Column("platform_name", sa.String(80), nullable=False),
        sa.Column("default_country", sa.String(2), nullable=False),
        sa.Column("intro_text", sa.String(500), nullable=False),
    ]


def settings_checks() -> list[sa.CheckConstraint]:
    checks = {
        "name_length": "length(platform_name) BETWEEN 1 AND 80",
        "country_length": "length(default_country) = 2",
        "intro_length": "length(intro_text) <= 500",
    }
    return [sa.CheckConstraint(sql, name=name) for name, sql in checks.items()]


def upgrade() -> None:
    create_drafts()
    create_releases()
    keep_history()
    op.execute(
        "INSERT INTO storefront_settings (id, version, platform_name, default_country, intro_text)"
        " VALUES (1, 1, 'Our platform', 'US', '')"
    )


def create_drafts() -> None:
    op.create_table(
        "credit_package",
        sa.Column("id", ID, primary_key=True),
        *package_columns(),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime()),
        sa.Column("search_text", sa.Text(), nullable=False),
        *package_checks(),
        sa.CheckConstraint("version >= 1", name="version_range"),
    )
    op.create_index(
        "ix_credit_package_country_rank_id", "credit_package", ["country", "rank", "id"]
    )
    op.create_table(
        "storefront_settings",
        sa.Column("id", sa.Integer(), primary_key=True),
        *settings_columns(),
        sa.Column("version", sa.Integer(), nullable=False),
        *settings_checks(),
        sa.CheckConstraint("id = 1", name="single_row"),
    )
    op.create_table(
        "draft_revision",
        sa.Column("id", ID, primary_key=True),
        sa.Column("package_id", ID),
        sa.Column("action", sa.String(10), nullable=False),
        sa.Column("old", sa.JSON(), nullable=False),
        sa.Column("new", sa.JSON(), nullable=False),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["package_id"],
            ["credit_package.id"],
            name="fk_draft_revision_package_id_credit_package",
        ),
        sa.CheckConstraint(
            "action IN ('added', 'edited', 'moved', 'removed', 'kept')",
            name="action_known",
        ),
    )
    op.create_index("ix_draft_revision_package_id_id", "draft_revision", ["package_id", "id"])


def create_releases() -> None:
    op.create_table(
        "release",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("live_from", sa.DateTime(), nullable=False),
        sa.Column("based_on", sa.Integer()),
        sa.Column("revision_id", ID, nullable=False),
        sa.Column("author", sa.String(254), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.ForeignKeyConstraint(
            ["based_on"], ["release.number"], name="fk_release_based_on_release"
        ),
        sa.CheckConstraint("number >= 1", name="number_range"),
        sa.CheckConstraint("length(note) <= 500", name="note_length"),
    )
    op.create_table(
        "released_package",
        sa.Column("id", ID, primary_key=True),
        sa.Column("release_number", sa.Integer(), nullable=False),
        sa.Column("package_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        *package_columns(),
        sa.ForeignKeyConstraint(
            ["release_number"],
            ["release.number"],
            name="fk_released_package_release_number_release",
        ),
        sa.ForeignKeyConstraint(
            ["package_id"],
            ["credit_package.id"],
            name="fk_released_package_package_id_credit_package",
        ),
        sa.UniqueConstraint(
            "release_number", "package_id", name="uq_released_package_release_number_package_id"
        ),
        sa.UniqueConstraint(
            "release_number",
            "country",
            "position",
            name="uq_released_package_release_number_country_position",
        ),
        *package_checks(),
        sa.CheckConstraint("position >= 1", name="position_range"),
    )
    op.create_table(
        "released_settings",
        sa.Column("release_number", sa.Integer(), primary_key=True),
        *settings_columns(),
        sa.ForeignKeyConstraint(
            ["release_number"],
            ["release.number"],
            name="fk_released_settings_release_number_release",
        ),
        *settings_checks(),
    )


def keep_history() -> None:
    """Lets the database itself refuse to rewrite history or to delete a package."""
    if op.get_bind().dialect.name == "postgresql":
        keep_history_on_postgresql()
        return
    for table in NEVER_CHANGED:
        op.execute(
            f"CREATE TRIGGER {table}_is_never_updated BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is insert-only'); END"
        )
    for table in (*NEVER_CHANGED, "credit_package"):
        op.execute(
            f"CREATE TRIGGER {table}_is_never_deleted BEFORE DELETE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} rows are never deleted'); END"
        )


def keep_history_on_postgresql() -> None:
    for function, sentence in (
        ("refuse_update", "% is insert-only"),
        ("refuse_delete", "% rows are never deleted"),
    ):
        op.execute(
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION '{sentence}', TG_TABLE_NAME "
            "USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
    for table in NEVER_CHANGED:
        op.execute(
            f"CREATE TRIGGER {table}_is_never_updated BEFORE UPDATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_update()"
        )
    for table in (*NEVER_CHANGED, "credit_package"):
        op.execute(
            f"CREATE TRIGGER {table}_is_never_deleted BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_delete()"
        )
