"""Columns and constraints that several tables of the ledger have."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKeyConstraint, Index, text

# A rowid would be a second name, by which REPLACE could delete another row.
NO_ROWID: dict[str, Any] = {"sqlite_with_rowid": False}


def one_of(column: str, values: Sequence[str]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def never_below_zero(*columns: str) -> list[CheckConstraint]:
    return [CheckConstraint(f"{column} >= 0", name=column) for column in columns]


def whole(*columns: str) -> list[CheckConstraint]:
    """SQLite would take 1.5 and "many" too."""
    return [
        CheckConstraint(f"typeof({column}) IN ('integer', 'null')", name=f"{column}_whole").ddl_if(
            dialect="sqlite"
        )
        for column in columns
    ]


def short(column: str, most: int) -> CheckConstraint:
    return CheckConstraint(f"length({column}) BETWEEN 1 AND {most}", name=f"{column}_length")


def both_or_none(one: str, other: str) -> CheckConstraint:
    return CheckConstraint(f"({one} IS NULL) = ({other} IS NULL)", name=f"{one}_and_{other}")


def of_entry(table: str) -> ForeignKeyConstraint:
    """Checked at the commit, as an entry comes after all that it closes."""
    return ForeignKeyConstraint(
        ["wallet_id", "seq"],
        ["entry.wallet_id", "entry.seq"],
        name=f"fk_{table}_entry",
        deferrable=True,
        initially="DEFERRED",
    )


def index_of_entry(table: str) -> Index:
    """By which SQLite finds, when an entry comes, what has waited for it."""
    return Index(f"ix_{table}_entry", "seq", "wallet_id").ddl_if(dialect="sqlite")


def counter(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default=text("0"))
