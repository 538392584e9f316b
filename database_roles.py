"""Two roles on PostgreSQL: one owns the tables and alters them; the other, which serves, cannot."""

from collections.abc import Collection

from sqlalchemy import Connection, Engine, text

from domain.database import lock

# Which database it is, also behind a connection pooler.
IDENTITY = text(
    "SELECT pg_postmaster_start_time(), oid FROM pg_database WHERE datname = current_database()"
)
IS_MEMBER = text("SELECT pg_has_role(:role, current_user, 'MEMBER')")
OWNS_ALL = text(
    "SELECT bool_and(pg_has_role(current_user, relowner, 'MEMBER')) FROM pg_class"
    " WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')"
)
MAY_ALTER = text(
    "SELECT has_schema_privilege(:role, current_schema(), 'CREATE') OR EXISTS ("
    "SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
    " AND pg_has_role(:role, relowner, 'MEMBER'))"
)
TABLES = text(
    "SELECT relname, array_remove(array_agg(tgname::text), NULL) FROM pg_class"
    " LEFT JOIN pg_trigger ON tgrelid = pg_class.oid AND NOT tgisinternal"
    " WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')"
    " GROUP BY relname"
)
VERSIONS = "alembic_version"
# Its guard refuses to delete rows that are young.
DELETED_WHEN_OLD = "request_key"


class UnfitRoles(Exception):
    """In one sentence that names the variables."""


def refuse_unfit(owner: Engine, serving: Engine) -> None:
    """Raises UnfitRoles where two roles would protect nothing, or another database, and where the
    tables are still those of another role."""
    with owner.connect() as as_owner, serving.connect() as as_serving:
        if as_owner.execute(IDENTITY).one() != as_serving.execute(IDENTITY).one():
            raise UnfitRoles("DATABASE_OWNER_URL and DATABASE_URL name different databases.")
        if as_owner.scalar(IS_MEMBER, {"role": _role(as_serving)}):
            raise UnfitRoles(
                "The role in DATABASE_URL may do all that the one in DATABASE_OWNER_URL may. "
                "Name one that is neither the same, nor its member, nor a superuser."
            )
        if as_owner.scalar(OWNS_ALL) is False:
            raise UnfitRoles(
                "The role in DATABASE_OWNER_URL does not own all tables. Hand them over to it: "
                f"REASSIGN OWNED BY {_role(as_serving)} TO {_role(as_owner)}, as a superuser."
            )


def grant(owner: Engine, serving: Engine) -> None:
    """Lets the role of `serving` work with the rows of all tables, and takes all else from it."""
    with serving.connect() as connection:
        role = _role(connection)
    with owner.connect().execution_options(writing=True) as connection, connection.begin():
        lock(connection, "migrations")
        for statement in _statements(connection, role):
            connection.exec_driver_sql(statement)
        if connection.scalar(MAY_ALTER, {"role": role}):
            raise UnfitRoles(
                "The role in DATABASE_URL may create or alter tables. Make the one in "
                "DATABASE_OWNER_URL the owner of the database, of its schema and of all tables."
            )


def _role(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT current_user")))


def _statements(connection: Connection, role: str) -> list[str]:
    quote = connection.dialect.identifier_preparer.quote
    place, to = quote(str(connection.scalar(text("SELECT current_schema()")))), quote(role)
    database = quote(connection.scalar(text("SELECT current_database()")))
    return [
        f"REVOKE CREATE ON SCHEMA {place} FROM PUBLIC",
        # A temporary table could take the place of one that a trigger looks at.
        f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA {place} TO {to}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {place} FROM {to}",
        f"GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA {place} TO {to}",
        *(
            f"GRANT {_rights(table, triggers)} ON {place}.{quote(table)} TO {to}"
            for table, triggers in connection.execute(TABLES).tuples()
        ),
    ]


def _rights(table: str, triggers: Collection[str]) -> str:
    """What the guards of migrations/seals.py and migrations/ledger_triggers.py leave."""
    if table == VERSIONS:
        return "SELECT"
    rights = ["SELECT", "INSERT"]
    if f"{table}_is_never_updated" not in triggers:
        rights.append("UPDATE")
    if f"{table}_is_never_deleted" not in triggers or table == DELETED_WHEN_OLD:
        rights.append("DELETE")
    return ", ".join(rights)
