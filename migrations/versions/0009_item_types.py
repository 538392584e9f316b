"""Releases hold versions of items of several types, and one table says what is live of each."""

import sqlalchemy as sa
from alembic import op

from migrations.seals import (
    seal,
    seal_drafts,
    seal_live,
    seal_released,
    seal_seals,
    unseal,
)

revision = "0009"
down_revision = "0008"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SEALED = ("draft_revision", "release", "released_package", "released_settings")
PACKAGE = ("name", "credits", "price_minor", "currency", "country", "short_info")
INTROS = ("intro_en", "intro_tr", "intro_de", "intro_ar")
# The rank of a released package of which something was left out.
OUT_OF_PLACE = -(2**62)
# The room between neighbours in a fresh order.
RANK_GAP = 2**20

REVISION = sa.table(
    "draft_revision",
    sa.column("id", ID),
    sa.column("item_type", sa.String()),
    sa.column("old", sa.JSON()),
    sa.column("new", sa.JSON()),
)
RELEASE = sa.table(
    "release",
    sa.column("number", sa.Integer()),
    sa.column("revision_id", ID),
    sa.column("moved", sa.JSON()),
    sa.column("left_out", sa.JSON()),
)


def upgrade() -> None:
    # First of all of them: SQLite renames no table while a trigger names one that is gone.
    for table in SEALED:
        unseal(table)
    name_items_in_revisions()
    name_items_in_releases()
    extend_settings()
    keep_versions_of_packages()
    keep_versions_of_settings()
    create_markets()
    say_what_is_live()
    seal_everything()


def name_items_in_revisions() -> None:
    """Revisions without a package are about the settings."""
    item_type = sa.Column("item_type", sa.String(20), nullable=False, server_default="package")
    op.add_column("draft_revision", item_type)
    op.drop_index("ix_draft_revision_package_id_id", "draft_revision")
    with op.batch_alter_table("draft_revision") as table:
        table.drop_constraint("fk_draft_revision_package_id_credit_package", type_="foreignkey")
    op.execute(
        "UPDATE draft_revision SET item_type = 'settings', package_id = 1 WHERE package_id IS NULL"
    )
    with op.batch_alter_table("draft_revision") as table:
        table.alter_column(
            "package_id", new_column_name="item_id", existing_type=ID, nullable=False
        )
        table.alter_column("item_type", existing_type=sa.String(20), server_default=None)
    op.create_index(
        "ix_draft_revision_item_type_item_id_id", "draft_revision", ["item_type", "item_id", "id"]
    )
    name_the_intro_in_revisions()


def name_the_intro_in_revisions() -> None:
    bind = op.get_bind()
    of_settings = sa.select(REVISION.c.id, REVISION.c.old, REVISION.c.new)
    for id, old, new in bind.execute(of_settings.where(REVISION.c.item_type == "settings")).all():
        if "intro_text" in {*old, *new}:
            named = {"old": rename_intro(old), "new": rename_intro(new)}
            bind.execute(sa.update(REVISION).where(REVISION.c.id == id).values(named))


def rename_intro(fields: dict[str, object]) -> dict[str, object]:
    return {"intro_en" if name == "intro_text" else name: fields[name] for name in fields}


def name_items_in_releases() -> None:
    op.add_column(
        "release", sa.Column("left_out", sa.JSON(), nullable=False, server_default=sa.text("'{}'"))
    )
    bind = op.get_bind()
    for number, moved in bind.execute(sa.select(RELEASE.c.number, RELEASE.c.moved)).all():
        if moved:
            write_to_release(number, moved=[f"package-{id}" for id in moved])
    newest = sa.select(RELEASE.c.number, RELEASE.c.revision_id).order_by(RELEASE.c.number.desc())
    for number, revision_id in bind.execute(newest.limit(1)).all():
        out_of_place = (
            f"SELECT package_id FROM released_package WHERE rank = {OUT_OF_PLACE}"
            f" AND release_number = {number} ORDER BY package_id"
        )
        ids = bind.scalars(sa.text(out_of_place)).all()
        write_to_release(number, left_out={f"package-{id}-moved": revision_id for id in ids})


def write_to_release(number: int, **values: object) -> None:
    op.get_bind().execute(sa.update(RELEASE).where(RELEASE.c.number == number).values(values))


def extend_settings() -> None:
    table = "storefront_settings"
    new = {"main_language": (2, "en"), "time_zone": (40, "UTC")}
    new |= {intro: (500, "") for intro in INTROS[1:]}
    for name, (length, default) in new.items():
        column = sa.Column(name, sa.String(length), nullable=False, server_default=default)
        op.add_column(table, column)
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f("ck_storefront_settings_intro_length"), type_="check")
        batch.alter_column(
            "intro_text", new_column_name="intro_en", existing_type=sa.String(500)
        )
        for name, (length, _default) in new.items():
            batch.alter_column(name, existing_type=sa.String(length), server_default=None)
    # By now the column has its name.
    with op.batch_alter_table(table) as batch:
        for name, sql in settings_checks().items():
            if name not in ("name_length", "country_length"):
                batch.create_check_constraint(name, sql)


def settings_checks() -> dict[str, str]:
    return {
        "name_length": "length(platform_name) BETWEEN 1 AND 80",
        "country_length": "length(default_country) = 2",
        "language_length": "length(main_language) = 2",
        "zone_length": "length(time_zone) BETWEEN 1 AND 40",
        **{f"{intro}_length": f"length({intro}) <= 500" for intro in INTROS},
    }


def keep_versions_of_packages() -> None:
    """A package gets a row where it is not what it was in the release before, and one where it is
    gone."""
    shown = ("position", *PACKAGE)
    values, rank = ", ".join(PACKAGE), f"CAST(position AS BIGINT) * {RANK_GAP}"
    # Into a table of its own first: the new table takes over the names of the old one's indexes.
    op.execute(
        "CREATE TABLE package_version AS"
        f" SELECT id, release_number, package_id AS item_id, FALSE AS is_gone, {values},"
        f" {rank} AS rank"
        " FROM (SELECT released_package.*, lag(release_number) OVER releases AS release_before,"
        f" {', '.join(f'lag({name}) OVER releases AS old_{name}' for name in shown)}"
        " FROM released_package"
        " WINDOW releases AS (PARTITION BY package_id ORDER BY release_number)) AS listed"
        " WHERE release_before IS NULL OR release_before <> release_number - 1"
        f" OR ({', '.join(shown)}) <> ({', '.join(f'old_{name}' for name in shown)})"
    )
    op.execute(
        f"INSERT INTO package_version (id, release_number, item_id, is_gone, {values}, rank)"
        " SELECT (SELECT max(id) FROM released_package)"
        " + row_number() OVER (ORDER BY release_number, package_id),"
        f" release_number + 1, package_id, TRUE, {values}, {rank}"
        " FROM (SELECT released_package.*, lead(release_number) OVER"
        " (PARTITION BY package_id ORDER BY release_number) AS release_after"
        " FROM released_package) AS listed"
        " WHERE release_number < (SELECT max(number) FROM release)"
        " AND (release_after IS NULL OR release_after <> release_number + 1)"
    )
    op.drop_table("released_package")
    create_released(
        "released_package",
        "credit_package",
        [
            sa.Column("name", sa.String(80), nullable=False),
            sa.Column("credits", sa.BigInteger(), nullable=False),
            sa.Column("price_minor", sa.BigInteger(), nullable=False),
            sa.Column("currency", sa.String(3), nullable=False),
            sa.Column("country", sa.String(2), nullable=False),
            sa.Column("short_info", sa.String(280), nullable=False),
            sa.Column("rank", sa.BigInteger(), nullable=False),
        ],
        {
            "name_length": "length(name) BETWEEN 1 AND 80",
            "credits_range": "credits BETWEEN 1 AND 1000000000",
            "price_range": "price_minor BETWEEN 0 AND 1000000000000",
            "currency_length": "length(currency) = 3",
            "country_length": "length(country) = 2",
            "short_info_length": "length(short_info) <= 280",
        },
        integers=("credits", "price_minor", "rank"),
    )
    columns = f"id, release_number, item_id, is_gone, {values}, rank"
    op.execute(
        f"INSERT INTO released_package ({columns}) SELECT {columns} FROM package_version ORDER BY id"
    )
    op.drop_table("package_version")
    op.create_index(
        "ix_released_package_country_release_number",
        "released_package",
        ["country", "release_number"],
    )
    count_on_from_the_last_id("released_package")


def keep_versions_of_settings() -> None:
    """They get a row where they are not what they were in the release before."""
    op.execute(
        "CREATE TABLE settings_version AS"
        " SELECT release_number, platform_name, default_country, intro_text"
        " FROM (SELECT old.*,"
        " lag(platform_name) OVER releases AS old_name,"
        " lag(default_country) OVER releases AS old_country,"
        " lag(intro_text) OVER releases AS old_intro"
        " FROM released_settings AS old WINDOW releases AS (ORDER BY release_number)) AS listed"
        " WHERE old_name IS NULL OR"
        " (platform_name, default_country, intro_text) <> (old_name, old_country, old_intro)"
    )
    op.drop_table("released_settings")
    lengths = {"platform_name": 80, "default_country": 2, "main_language": 2, "time_zone": 40}
    lengths |= dict.fromkeys(INTROS, 500)
    create_released(
        "released_settings",
        "storefront_settings",
        [sa.Column(name, sa.String(most), nullable=False) for name, most in lengths.items()],
        settings_checks(),
    )
    op.execute(
        "INSERT INTO released_settings"
        " (id, release_number, item_id, is_gone, platform_name, default_country,"
        f" main_language, time_zone, {', '.join(INTROS)})"
        " SELECT row_number() OVER (ORDER BY release_number), release_number, 1, FALSE,"
        " platform_name, default_country, 'en', 'UTC', intro_text, '', '', ''"
        " FROM settings_version"
    )
    op.drop_table("settings_version")
    count_on_from_the_last_id("released_settings")


def create_released(
    table: str,
    drafts: str,
    columns: list[sa.Column],
    checks: dict[str, str],
    integers: tuple[str, ...] = (),
) -> None:
    op.create_table(
        table,
        sa.Column("id", ID, primary_key=True),
        sa.Column("release_number", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer() if drafts == "storefront_settings" else ID, nullable=False),
        sa.Column("is_gone", sa.Boolean(), nullable=False, server_default=sa.false()),
        *columns,
        *(sa.CheckConstraint(sql, name=name) for name, sql in checks.items()),
        *(is_integer(name) for name in integers),
        sa.ForeignKeyConstraint(
            ["release_number"], ["release.number"], name=f"fk_{table}_release_number_release"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], [f"{drafts}.id"], name=f"fk_{table}_item_id_{drafts}"
        ),
        sa.UniqueConstraint(
            "item_id", "release_number", name=f"uq_{table}_item_id_release_number"
        ),
    )
    op.create_index(f"ix_{table}_release_number", table, ["release_number"])


def is_integer(column: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"typeof({column}) = 'integer'", name=f"{column}_is_integer").ddl_if(
        dialect="sqlite"
    )


def count_on_from_the_last_id(table: str) -> None:
    """Rows with an id of their own do not move PostgreSQL's sequence."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")


def create_markets() -> None:
    notes = ("note_en", "note_tr", "note_de", "note_ar")
    checks = {
        "country_length": "length(country) = 2",
        "tax_known": "tax IN ('nothing', 'included', 'when_used')",
        "tax_range": "tax_basis_points BETWEEN 0 AND 10000",
        "tax_rate": "tax_basis_points = 0 OR tax = 'included'",
        **{f"{note}_length": f"length({note}) <= 500" for note in notes},
    }

    def columns() -> list[sa.Column]:
        return [
            sa.Column("country", sa.String(2), nullable=False),
            sa.Column("tax", sa.String(10), nullable=False),
            sa.Column("tax_basis_points", sa.Integer(), nullable=False),
            *(sa.Column(note, sa.String(500), nullable=False) for note in notes),
        ]

    op.create_table(
        "market",
        sa.Column("id", ID, primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        *columns(),
        *(sa.CheckConstraint(sql, name=name) for name, sql in checks.items()),
        is_integer("tax_basis_points"),
        sa.CheckConstraint("version >= 1", name="version_range"),
        sa.UniqueConstraint("country", name="uq_market_country"),
    )
    create_released("released_market", "market", columns(), checks, integers=("tax_basis_points",))
    op.create_index(
        "ix_released_market_country_release_number",
        "released_market",
        ["country", "release_number"],
    )


def say_what_is_live() -> None:
    create_live(
        "package",
        "credit_package",
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("country", "rank", name="uq_live_package_country_rank"),
    )
    create_live("settings", "storefront_settings")
    create_live(
        "market",
        "market",
        sa.Column("country", sa.String(2), nullable=False),
        sa.UniqueConstraint("country", name="uq_live_market_country"),
    )
    for name, columns in (("package", ", country, rank"), ("settings", "")):
        op.execute(
            f"INSERT INTO live_{name} (released_id, item_id{columns}) SELECT id, item_id{columns}"
            f" FROM released_{name} AS version WHERE NOT is_gone AND NOT EXISTS"
            f" (SELECT 1 FROM released_{name} AS later WHERE later.item_id = version.item_id"
            " AND later.release_number > version.release_number)"
        )


def create_live(name: str, drafts: str, *more: sa.schema.SchemaItem) -> None:
    table, released = f"live_{name}", f"released_{name}"
    op.create_table(
        table,
        sa.Column(
            "item_id",
            sa.Integer() if name == "settings" else ID,
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("released_id", ID, nullable=False),
        *more,
        sa.ForeignKeyConstraint(
            ["item_id"], [f"{drafts}.id"], name=f"fk_{table}_item_id_{drafts}"
        ),
        sa.ForeignKeyConstraint(
            ["released_id"], [f"{released}.id"], name=f"fk_{table}_released_id_{released}"
        ),
        sa.UniqueConstraint("released_id", name=f"uq_{table}_released_id"),
    )


def seal_everything() -> None:
    """A release is closed by its seal, which comes last."""
    op.create_table(
        "release_seal",
        sa.Column("release_number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.ForeignKeyConstraint(
            ["release_number"], ["release.number"], name="fk_release_seal_release_number_release"
        ),
    )
    op.execute("INSERT INTO release_seal (release_number) SELECT number FROM release")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION refuse_addition() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN IF EXISTS (SELECT FROM added JOIN release_seal USING (release_number)) THEN "
            "RAISE EXCEPTION '% is closed with its release', TG_TABLE_NAME "
            "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL; END $$"
        )
        say_what_else_is_refused()
    seal("draft_revision")
    seal("release", "number")
    seal_seals()
    for name in ("package", "settings", "market"):
        seal_released(f"released_{name}")
        seal_live(f"live_{name}", f"released_{name}")
    seal_drafts("market", "id", "country")
    unseal("credit_package")
    seal_drafts("credit_package", "id")


def say_what_else_is_refused() -> None:
    refuse = "USING ERRCODE = 'integrity_constraint_violation'"
    op.execute(
        "CREATE FUNCTION refuse_rename() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '% rows are never renamed', TG_TABLE_NAME {refuse}; END $$"
    )
    # Of what comes, whatever is not the newest version of its item; of what goes, what still is.
    op.execute(
        "CREATE FUNCTION refuse_other_live() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "DECLARE is_wrong boolean; BEGIN EXECUTE format("
        "'SELECT EXISTS (SELECT FROM changed LEFT JOIN %1$I AS version"
        " ON version.id = changed.released_id AND version.item_id = changed.item_id"
        " WHERE ($1 AND (version.id IS NULL OR version.is_gone)) OR $1 = EXISTS ("
        "SELECT FROM %1$I AS later WHERE later.item_id = changed.item_id"
        " AND later.release_number > version.release_number))', TG_ARGV[0]) "
        "INTO is_wrong USING TG_OP = 'INSERT'; IF is_wrong THEN "
        f"RAISE EXCEPTION '% follows releases', TG_TABLE_NAME {refuse}; END IF; "
        "RETURN NULL; END $$"
    )
