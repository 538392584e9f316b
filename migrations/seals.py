"""The triggers by which the database itself keeps history as it was written.

Who changes rows of a sealed table unseals it first and seals it again at the end. So does who
alters one in batch mode: SQLite copies the table then, and the copy has no triggers.
"""

import sqlalchemy as sa
from alembic import op

NO_RELEASE = "NOT EXISTS (SELECT 1 FROM release WHERE number = NEW.release_number)"


def unseal(table: str) -> None:
    """Drops all triggers of the table."""
    for name in _triggers(table):
        op.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if _is_on_postgresql() else ""))


def seal(table: str, key: str = "id") -> None:
    """Rows can be added and nothing else; `key` is the table's primary key."""
    if _is_on_postgresql():
        op.execute(
            f"CREATE TRIGGER {table}_is_never_updated BEFORE UPDATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_update()"
        )
    else:
        _refuse(f"{table}_is_never_updated", "UPDATE ON", table, "is insert-only")
    _refuse_deletes(table, key)


def seal_released(table: str) -> None:
    """The same for rows that come with a release which is there, and only before its seal."""
    seal(table)
    name = f"{table}_comes_with_its_release"
    if _is_on_postgresql():
        # Checked after the row's foreign key: whoever sees the release by then sees its seal.
        op.execute(
            f"CREATE TRIGGER {name} AFTER INSERT ON {table} "
            "REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_addition()"
        )
        return
    sealed = "EXISTS (SELECT 1 FROM release_seal WHERE release_number = NEW.release_number)"
    closed = f"{sealed} OR {NO_RELEASE}"
    _refuse(name, "INSERT ON", table, "is closed with its release", when=closed)


def seal_seals() -> None:
    """The same for the seals themselves, of releases that are there."""
    seal("release_seal", "release_number")
    if not _is_on_postgresql():
        name = "release_seal_has_its_release"
        _refuse(name, "INSERT ON", "release_seal", "needs its release", when=NO_RELEASE)


def seal_live(table: str, released: str) -> None:
    """Rows follow the newest version of each item, and nothing else."""
    if _is_on_postgresql():
        _seal_live_on_postgresql(table, released)
        return
    later = (
        f"EXISTS (SELECT 1 FROM {released} AS later JOIN {released} AS version"  # noqa: S608
        " WHERE later.item_id = version.item_id AND later.release_number > version.release_number"
        " AND version.id = {}.released_id)"
    )
    version = (
        f"EXISTS (SELECT 1 FROM {released} WHERE id = NEW.released_id"  # noqa: S608
        " AND item_id = NEW.item_id AND NOT is_gone)"
    )
    wrong = f"NOT {version} OR {later.format('NEW')}"
    _refuse(f"{table}_is_never_updated", "UPDATE ON", table, "follows releases")
    _refuse(f"{table}_shows_the_newest", "INSERT ON", table, "follows releases", when=wrong)
    stays = f"NOT {later.format('OLD')}"
    _refuse(f"{table}_goes_with_a_release", "DELETE ON", table, "follows releases", when=stays)


def _seal_live_on_postgresql(table: str, released: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_is_never_updated BEFORE UPDATE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_update()"
    )
    for name, event, side in (
        ("shows_the_newest", "INSERT", "NEW"),
        ("goes_with_a_release", "DELETE", "OLD"),
    ):
        op.execute(
            f"CREATE TRIGGER {table}_{name} AFTER {event} ON {table} REFERENCING {side} TABLE AS"
            f" changed FOR EACH STATEMENT EXECUTE FUNCTION refuse_other_live('{released}')"
        )


def seal_drafts(table: str, *keys: str) -> None:
    """Rows can be changed and not deleted; `keys` name a row, each alone and for good."""
    renamed = " OR ".join(f"NEW.{key} <> OLD.{key}" for key in keys)
    if _is_on_postgresql():
        op.execute(
            f"CREATE TRIGGER {table}_keeps_its_id BEFORE UPDATE ON {table} FOR EACH ROW "
            f"WHEN ({renamed}) EXECUTE FUNCTION refuse_rename()"
        )
    else:
        name = f"{table}_keeps_its_id"
        _refuse(name, "UPDATE ON", table, "rows are never renamed", when=renamed)
    _refuse_deletes(table, *keys)


def _refuse_deletes(table: str, *keys: str) -> None:
    if _is_on_postgresql():
        op.execute(
            f"CREATE TRIGGER {table}_is_never_deleted BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_delete()"
        )
        return
    _refuse(f"{table}_is_never_deleted", "DELETE ON", table, "rows are never deleted")
    # REPLACE deletes the row that is in its way, and no trigger for deletes hears of it.
    same = " OR ".join(f"{key} = NEW.{key}" for key in keys)
    there = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - our own names
    name = f"{table}_is_never_replaced"
    _refuse(name, "INSERT ON", table, "rows are never replaced", when=there)


def _refuse(name: str, event: str, table: str, sentence: str, *, when: str = "") -> None:
    condition = f"WHEN {when} " if when else ""
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {event} {table} {condition}"
        f"BEGIN SELECT RAISE(ABORT, '{table} {sentence}'); END"
    )


def _triggers(table: str) -> list[str]:
    if _is_on_postgresql():
        found = "SELECT tgname FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass)"
        found += " AND NOT tgisinternal"
    else:
        found = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
    return list(op.get_bind().scalars(sa.text(f"{found} ORDER BY 1"), {"table": table}))


def _is_on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
