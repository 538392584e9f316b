"""Every column that can hold what names a customer has a rule for when they are erased."""

from collections.abc import Iterator

import pytest
from sqlalchemy import JSON, Column, ForeignKey, Integer, MetaData, String, Table, Text

import domain.accounts.team_models
import domain.activity.models
import domain.company.models
import domain.notices.models
import domain.platforms.models
import domain.purchases.case_models
import domain.purchases.link_models
import domain.purchases.lost_models
import domain.purchases.models
import domain.purchases.money_back_models
import domain.purchases.withdrawal_models
import domain.request_addresses  # noqa: F401 - fills Base.metadata, as the application does
from domain.customers.erasure import RULES, Fate, rule_of
from domain.database import Base

# A column called so refers to somebody, whatever its table.
NAMES = {"customer_id", "wallet_id", "email", "email_key", "recipient"}


def tables_of_customers(metadata: MetaData) -> set[str]:
    """Those with such a column, and those that refer to a customer or a wallet, over others too."""
    found = {table.name for table in metadata.tables.values() if NAMES & {*table.c.keys()}}
    reached = {"customer", "wallet"}
    while more := {
        table.name
        for table in metadata.tables.values()
        if referred(table) & reached and table.name not in reached
    }:
        reached |= more
    return found | reached


def referred(table: Table) -> set[str]:
    return {key.target_fullname.split(".")[0] for key in table.foreign_keys}


def columns_in_need(metadata: MetaData) -> Iterator[tuple[str, str]]:
    """What refers to a customer, any text about one, and whatever may hold anything."""
    theirs = tables_of_customers(metadata)
    for table in metadata.tables.values():
        for column in table.c:
            refers = column.name in NAMES or any(
                key.target_fullname.split(".")[0] in theirs - {"admin"}
                for key in column.foreign_keys
            )
            is_text = table.name in theirs and isinstance(column.type, String)
            if refers or is_text or isinstance(column.type, JSON):
                yield table.name, column.name


def without_rule(metadata: MetaData) -> list[str]:
    return [
        f"{table}.{name}" for table, name in columns_in_need(metadata) if not rule_of(table, name)
    ]


def test_every_column_about_a_customer_has_a_rule() -> None:
    """Caught: customer_contact.phone, added to the model and to nothing else."""
    assert without_rule(Base.metadata) == []


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("booking", Column("buyer", Integer, ForeignKey("customer.id"))),
        ("booking", Column("customer_id", Integer)),
        ("parcel", Column("recipient", String(254))),
        ("visit", Column("details", JSON)),
        ("posting", Column("memo", Text)),
        ("customer_contact", Column("phone", String(20))),
    ],
)
def test_a_new_column_needs_one(table: str, column: Column[object]) -> None:
    """Each is found where it is added."""
    metadata = MetaData()
    for known in Base.metadata.tables.values():
        known.to_metadata(metadata)
    if table in metadata.tables:
        metadata.tables[table].append_column(column)
    else:
        Table(table, metadata, Column("id", Integer, primary_key=True), column)
    new = {*without_rule(metadata)} - {*without_rule(Base.metadata)}
    assert new == {f"{table}.{column.name}"}


def test_no_rule_is_about_what_is_not_there() -> None:
    """Caught: rules of a column that was called something else."""
    there = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.c
    }
    assert {name for name in RULES if "." in name} <= there
    assert {name for name in RULES if "." not in name} <= {*Base.metadata.tables}


def test_a_rule_for_a_whole_table_leaves_nothing_of_it() -> None:
    """Caught: a table kept as a whole, in which a new column would go unseen."""
    whole = [rule.fate for name, rule in RULES.items() if "." not in name]
    assert {*whole} == {Fate.DELETE, Fate.ENDS}


def test_what_names_a_customer_is_not_kept() -> None:
    for name in ("customer_contact.email", "customer_contact.name", "outbox_message.recipient"):
        assert RULES[name].fate == Fate.BLANK
