"""What anybody with Scrip's own connection could try by plain SQL: refused, and nothing changed."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, Table, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from domain.database import write, writing
from domain.ledger import acts
from domain.ledger.requests import forget_old_keys
from domain.ledger.wallets import close_wallet
from tests.clock import NOON, Clock
from tests.conftest import Once, only_postgres, only_sqlite
from tests.forging import (
    ATTACKS,
    BESIDES,
    HELD_FOR,
    ON_SQLITE,
    REPLACING,
    SPENT_FOR,
    TABLES,
    enter,
    of_hold,
    post,
)
from tests.wallets import new_wallet

END = NOON + timedelta(days=2, hours=1)
# Whoever may block a wallet writes these, as `block_wallet` does.
CHANGES_BY_HAND = {"wallet.status", "wallet.status_reason"}


@pytest.fixture
def filled(once: Once, clock: Clock, engine: Engine) -> Engine:
    once(partial(fill, clock=clock))
    clock.set(END)
    return engine


def fill(session: Session, clock: Clock) -> None:
    """Wallet 1 has 3 free credits and 6 spent in lot 1, 3 in lot 2, which has ended just now, and 4
    in lot 3; hold 1 is closed, hold 2 has 2 of lot 2. Wallet 2 has a lot 4; wallet 3 is closed."""
    mine, other, empty = (new_wallet(session) for _ in range(3))
    clock.go_on(hours=1)
    mine.bought(9, 1)
    mine.do(acts.capture, mine.hold(4).hold, credits=3, actor="customer:1")
    mine.spend(3, SPENT_FOR)
    mine.gift(5, clock.now + timedelta(days=1))
    mine.gift(4)
    mine.hold(2, HELD_FOR, lasts=timedelta(days=9))
    for _ in range(4):
        other.gift(9)
    write(session, partial(close_wallet, wallet_id=empty.id))
    clock.go_on(days=2)
    assert clock.now == END


def rows(engine: Engine) -> list[list[object]]:
    with engine.connect() as connection:
        every = [select(table).order_by(*table.primary_key) for table in TABLES]
        return [list(connection.execute(statement)) for statement in every]


def attack(engine: Engine, *statements: str) -> None:
    """In one transaction. One that begins with "?" may fail, and the others are tried still."""
    failure = None
    with Session(engine) as session, writing(session):
        connection = session.connection()
        for statement in statements:
            try:
                connection.exec_driver_sql(statement.removeprefix("? "))
            except DBAPIError as error:
                if not statement.startswith("? "):
                    raise
                failure = error
    if failure:
        raise failure


def refused(engine: Engine, sentence: str, *statements: str) -> None:
    before = rows(engine)
    with pytest.raises(DBAPIError, match=sentence):
        attack(engine, *statements)
    assert rows(engine) == before


def test_what_is_like_an_act_is_taken(filled: Engine) -> None:
    """So the attacks, which change one thing about it, fail because of that."""
    attack(filled, post(), post("held>spent", lot=2, hold=2, line=2), enter(**of_hold(2)))


@pytest.mark.parametrize("name", ATTACKS)
def test_the_ledger_refuses(filled: Engine, name: str) -> None:
    """Caught: leaving out each of the guards; one that lets an entry take effect in the future, or
    name a hold other than its postings do."""
    refused(filled, *ATTACKS[name])


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_no_row_is_changed_or_deleted(filled: Engine, table: Table) -> None:
    """By anybody, in any column."""
    for column in table.columns:
        if str(column) not in CHANGES_BY_HAND:
            change = f"UPDATE {table} SET {column.name} = {column.name}"
            refused(filled, "follows|keeps|insert-only", change)
    refused(filled, "never deleted", f"DELETE FROM {table}")


def test_only_old_request_keys_are_deleted(filled: Engine, session: Session, clock: Clock) -> None:
    clock.go_on(days=29)
    refused(filled, "never deleted", "DELETE FROM request_key")
    clock.go_on(days=2)
    assert write(session, partial(forget_old_keys, most=3)) == 3


@only_sqlite
@pytest.mark.parametrize("name", ON_SQLITE)
def test_sqlite_refuses(filled: Engine, name: str) -> None:
    """Caught: counters below zero refused by CHECKs only."""
    refused(filled, *ON_SQLITE[name])


@only_sqlite
@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("name", REPLACING)
def test_nothing_is_replaced(sqlite_file: Path, name: str) -> None:
    """By a client that sets none of what Scrip sets for a connection.

    Caught: tables with a rowid, and a wallet's id under its other name.
    """
    with closing(sqlite3.connect(sqlite_file)) as foreign:
        before = list(foreign.iterdump())
        with pytest.raises(
            sqlite3.Error, match="replaced|keeps|follows|starts|insert|no (such )?column"
        ):
            foreign.execute(REPLACING[name])
        foreign.rollback()
        assert list(foreign.iterdump()) == before


@only_postgres
@pytest.mark.parametrize("table", TABLES, ids=str)
def test_no_table_is_truncated(filled: Engine, table: Table) -> None:
    refused(filled, "never deleted", f"TRUNCATE {table} CASCADE")


@only_postgres
@pytest.mark.parametrize("name", BESIDES)
def test_a_statement_cannot_do_more_than_insert_a_posting(filled: Engine, name: str) -> None:
    """PostgreSQL carries it at the end of the statement.

    Caught: a lot that does not keep which posting it had, and an entry whose balances are compared
    only before it is inserted.
    """
    p, o = (f"({each} RETURNING 1)" for each in (post("spent>free", credits=3), BESIDES[name]))
    in_order = "SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM o)"
    refused(filled, "follows", f"WITH p AS {p}, o AS {o} {in_order}")


@only_postgres
def test_guards_read_the_ledger_and_no_temporary_table(filled: Engine) -> None:
    """Caught: tables that are named without their schema."""
    fakes = ("wallet", "posting")
    refused(
        filled,
        "lot follows",
        *(f"CREATE TEMPORARY TABLE {fake} AS SELECT * FROM {fake}" for fake in fakes),
        "UPDATE posting SET seq = 99",
        "UPDATE wallet SET seq = 98",
        "UPDATE lot SET free = free + 3, spent = spent - 3, posted_seq = 99",
    )
