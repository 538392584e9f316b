"""How a trigger is written on each database; its conditions and statements are the same on both."""

import re

from alembic import op

NOW = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', 'now', '{shift}')",
    "postgresql": "((clock_timestamp() AT TIME ZONE 'UTC') + interval '{shift}')",
}


def refuse(name: str, event: str, table: str, sentence: str, *, when: str = "") -> None:
    """No row is inserted, updated or deleted when this holds."""
    if dialect() == "sqlite":
        condition = f"WHEN {when} " if when else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} {condition}"
            f"BEGIN SELECT RAISE(ABORT, '{table} {sentence}'); END"
        )
        return
    row = "OLD" if event == "DELETE" else "NEW"
    _create_on_postgresql(
        name,
        f"BEFORE {event} ON {table}",
        f"IF {when or 'true'} THEN RAISE EXCEPTION '{table} {sentence}'"
        f" USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row};",
    )


def after_insert(name: str, table: str, *statements: str) -> None:
    body = " ".join(f"{statement};" for statement in statements)
    if dialect() == "sqlite":
        op.execute(f"CREATE TRIGGER {name} AFTER INSERT ON {table} BEGIN {body} END")
    else:
        _create_on_postgresql(name, f"AFTER INSERT ON {table}", f"{body} RETURN NULL;")


def _create_on_postgresql(name: str, when: str, body: str) -> None:
    # With their schema, as a temporary table of the same name would be taken instead.
    schema = op.get_bind().dialect.default_schema_name
    body = re.sub(r"\b(FROM|JOIN|UPDATE) ([a-z_]+)\b", rf"\1 {schema}.\2", body)
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"
    )
    op.execute(f"CREATE TRIGGER {name} {when} FOR EACH ROW EXECUTE FUNCTION {name}()")


def now(shift: str) -> str:
    return NOW[dialect()].format(shift=shift)


def unchanged(column: str) -> str:
    return f"COALESCE(NEW.{column} = OLD.{column}, NEW.{column} IS NULL AND OLD.{column} IS NULL)"


def not_all(*conditions: str) -> str:
    return f"NOT ({' AND '.join(conditions)})"


def dialect() -> str:
    return op.get_bind().dialect.name
