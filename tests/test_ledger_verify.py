"""The ledger is read again from its first entry, and what was changed by hand is named."""

import re
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app import create_app
from domain.ledger import acts, corrections, guards
from domain.ledger.errors import LedgerBroken
from domain.ledger.models import entry, wallet
from domain.ledger.verify import Verified
from tests.clock import Clock
from tests.conftest import config_for, only_sqlite
from tests.unguarded import change_by_hand
from tests.wallets import TestWallet, new_wallet

# What was changed, and what is said of it: each names the place.
CHANGES = {
    "UPDATE posting SET credits = 5 WHERE seq = 4 AND line = 2": [
        "entry 4 does not fit its hash",
        "lot 1 has",
    ],
    "UPDATE posting SET lot_number = 1 WHERE seq = 4 AND line = 1": ["entry 4 does not fit"],
    "UPDATE entry SET actor = 'admin:2' WHERE seq = 3": ["entry 3 does not fit its hash"],
    "UPDATE entry SET free = free + 1 WHERE seq = 3": ["entry 3 says", "entry 3 does not fit"],
    "UPDATE entry SET at = '2027-02-01 00:00:00.000000' WHERE seq = 3": ["entry 3 is earlier"],
    "UPDATE entry SET prev_hash = hash WHERE seq = 3": ["entry 3 is not chained"],
    "DELETE FROM posting WHERE seq = 2": ["entry 2 does not fit"],
    "DELETE FROM entry WHERE seq = 3": ["entry 4 follows entry 2", "rows of hold without"],
    "UPDATE lot SET free = free + 1, spent = spent - 1 WHERE number = 1": ["lot 1 has 6 credits"],
    "UPDATE lot SET granted = granted + 1, free = free + 1 WHERE number = 1": [
        "entry 1 does not fit its hash"
    ],
    "UPDATE lot SET paid_minor = 1 WHERE number = 1": ["entry 1 does not fit its hash"],
    "UPDATE lot SET granted = granted + 1, outside = 1 WHERE number = 1": [
        "entry 1 leaves 1 credits of lot 1 outside"
    ],
    "UPDATE posting SET to_bucket = 'carried' WHERE seq = 5 AND line = 1": [
        "entry 5 carries 3 credits of lot 1 on, and brings lots that take 0"
    ],
    "UPDATE lot SET parent = 1, source = NULL WHERE number = 2": [
        "entry 2 carries 0 credits of lot 1 on, and brings lots that take 3"
    ],
    "UPDATE wallet SET free = free + 1": ["its row has 6 credits free, the book leads to 5"],
    "UPDATE wallet SET next_due = at": [
        "its row is due at 2027",
    ],
    "UPDATE hold SET captured = captured + 1": [
        "hold 1 has 6 credits captured, the book leads to 5"
    ],
    "UPDATE wallet SET seq = 4": ["its row ends at entry 4, the book at 5"],
    "UPDATE wallet SET line = 1": ["its row counts postings that no entry closes: 1"],
    "UPDATE wallet SET customer_id = 9999": ["entry 1 is not chained to its wallet's customer"],
    "UPDATE wallet SET opened_at = '2020-01-01 00:00:00.000000'": ["entry 1 is not chained to"],
    "DELETE FROM wallet": ["rows of entry without a wallet: 5"],
}


@pytest.fixture
def filled(session: Session, clock: Clock) -> TestWallet:
    """Entries of several kinds, and a wallet of somebody else beside it."""
    wallet = new_wallet(session)
    wallet.bought(10, 1)
    wallet.gift(3, clock.now + timedelta(days=9))
    number = wallet.hold(6).hold
    wallet.do(acts.capture, number, credits=5, actor="customer:1")
    wallet.spend(3)
    return wallet


def found(session: Session) -> list[str]:
    return [str(difference) for difference in Verified(session).differences()]


@pytest.mark.usefixtures("filled")
def test_a_ledger_that_agrees_has_no_differences(session: Session) -> None:
    new_wallet(session).gift(1)
    verified = Verified(session)
    assert list(verified.differences()) == []
    assert (verified.wallets, verified.entries) == (2, 6)


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_by_hand_is_named(
    change: str, filled: TestWallet, session: Session, engine: Engine
) -> None:
    """Caught: a hash without the hash before, without postings, or without the lot's price; lots
    that are not compared with what is carried on, nor with what is left outside."""
    change_by_hand(engine, change)
    said = found(session)
    assert said
    for sentence in CHANGES[change]:
        assert any(re.search(rf"Wallet {filled.id}: {sentence}", one) for one in said), said


@only_sqlite
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entry SET at = 'yesterday' WHERE wallet_id = {id} AND seq = 2",
        "UPDATE wallet SET at = 'yesterday' WHERE id = {id}",
        "UPDATE entry SET actor = CAST(x'ff' AS TEXT) WHERE wallet_id = {id} AND seq = 2",
    ],
)
def test_a_row_that_cannot_be_read_hides_no_other_wallet(
    change: str, filled: TestWallet, session: Session, engine: Engine
) -> None:
    """Caught: an error that ends it; a portion that is given up whole."""
    other = new_wallet(session)
    other.gift(1)
    change_by_hand(engine, change.format(id=filled.id))
    change_by_hand(engine, "UPDATE wallet SET free = 2 WHERE free = 1")
    verified = Verified(session)
    first, second = map(str, verified.differences())
    assert re.match(rf"Wallet {filled.id}: its rows cannot be read: .*[^.]\.$", first), first
    assert second == f"Wallet {other.id}: its row has 2 credits free, the book leads to 1."
    assert (verified.wallets, verified.entries) == (2, 1)


def test_rows_of_no_wallet_are_found_between_and_behind_others(
    filled: TestWallet, session: Session, engine: Engine
) -> None:
    """Caught: rows that are looked for only beside wallets that are there."""
    for _ in range(2):
        new_wallet(session).gift(1)
    change_by_hand(engine, "DELETE FROM wallet WHERE id <> (SELECT max(id) - 1 FROM wallet)")
    assert found(session) == [
        f"Wallet {filled.id}: rows of entry without a wallet: 5.",
        f"Wallet {filled.id + 2}: rows of entry without a wallet: 1.",
    ]


def test_an_empty_wallet_that_was_given_to_somebody_else_is_named(
    session: Session, engine: Engine
) -> None:
    """Caught: a chain that begins the same for everybody."""
    empty = new_wallet(session)
    assert found(session) == []
    change_by_hand(engine, "UPDATE wallet SET customer_id = 9999")
    assert f"Wallet {empty.id}: its row has another hash than the book ends with." in found(session)


def test_all_guards_of_the_tables_are_looked_for(session: Session, engine: Engine) -> None:
    """Caught: one that a migration makes and nobody misses; on PostgreSQL, one switched off."""
    dialect = engine.dialect.name
    expected = {*guards.GUARDS, *guards.OF_DIALECT[dialect]}
    of_ledger = tuple(f"{table}_" for table in guards.TABLES)
    there = session.scalars(guards.THERE[dialect])
    assert {name for name in there if name.startswith(of_ledger)} == expected
    assert guards.missing_guards(session) == []
    session.rollback()
    if dialect == "postgresql":
        change_by_hand(engine, "ALTER TABLE lot DISABLE TRIGGER lot_follows_postings")
    else:
        change_by_hand(engine, "SELECT 1")
    missing = guards.missing_guards(session)
    session.rollback()
    assert "lot_follows_postings" in missing
    assert set(missing) == (expected if dialect == "sqlite" else {"lot_follows_postings"})
    if dialect == "postgresql":
        change_by_hand(engine, "ALTER TABLE lot ENABLE TRIGGER lot_follows_postings")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE wallet SET free = free + 90",
        "UPDATE wallet SET owed = owed + 1",
        "UPDATE lot SET free = free + 2, spent = spent - 2 WHERE number = 1",
    ],
)
def test_a_wallet_that_does_not_agree_with_its_lots_does_nothing(
    change: str, filled: TestWallet, session: Session, engine: Engine
) -> None:
    """Its guards are there again. Caught: spends beyond its lots, which the guards take."""
    change_by_hand(engine, change, guarded=True)
    for act in (
        partial(filled.spend, 6),
        partial(filled.hold, 1),
        partial(filled.do, corrections.adjust, 1, reason="late", actor="admin:1"),
        partial(filled.gift, 1),
    ):
        with pytest.raises(LedgerBroken, match="does not agree with its lots"):
            act()
    assert session.scalar(select(func.count()).select_from(entry)) == 5


@pytest.mark.on_both
def test_the_command_names_differences_and_blocks_only_when_asked(
    filled: TestWallet, session: Session, engine: Engine, app: Flask
) -> None:
    """Caught: blocking without --block, and exit status 0."""
    other = new_wallet(session)
    run = app.test_cli_runner().invoke
    done = run(args=["verify-ledger"])
    assert (done.exit_code, done.output) == (0, "Wallets: 2, entries: 5, postings: 8. All agree.\n")
    change = "UPDATE lot SET free = free + 1, spent = spent - 1 WHERE number = 1"
    change_by_hand(engine, change, guarded=True)
    done = run(args=["verify-ledger"])
    assert done.exit_code == 1
    assert f"Wallet {filled.id}: lot 1 has 6 credits free, the book leads to 5." in done.output
    assert done.output.endswith("Wallets that do not agree: 1.\n")
    assert statuses(session) == {filled.id: "open", other.id: "open"}
    for said in (f"wallets {filled.id}", "none"):
        done = run(args=["verify-ledger", "--block"])
        assert (done.exit_code, done.output.splitlines()[-1]) == (1, f"Blocked: {said}.")
        assert statuses(session) == {filled.id: "blocked", other.id: "open"}
    unblock = ["unblock-wallet", str(filled.id)]
    assert run(args=unblock).output == f"Wallet {filled.id} is open again.\n"
    again = run(args=unblock)
    assert (again.exit_code, again.output) == (1, f"Error: Wallet {filled.id} is not blocked.\n")


@only_sqlite
def test_the_command_names_guards_that_are_not_there(engine: Engine, app: Flask) -> None:
    """Caught: exit status 0."""
    change_by_hand(engine, "SELECT 1")
    done = app.test_cli_runner().invoke(args=["verify-ledger", "--block"])
    assert done.exit_code == 1
    assert "The database lacks the guard entry_closes.\n" in done.output
    count = len(guards.GUARDS + guards.OF_DIALECT["sqlite"])
    assert f"Guards that are not there: {count}.\nBlocked: none.\n" in done.output


@pytest.mark.parametrize("command", [["verify-ledger"], ["unblock-wallet", "1"]])
def test_a_database_without_a_ledger_is_one_line(command: list[str], tmp_path: Path) -> None:
    """Caught: an empty file that is made by asking."""
    file = tmp_path / "new.db"
    app = create_app(config_for(file))
    done = app.test_cli_runner().invoke(args=command)
    sentence = f"There is no database {file}. The start of the server makes it."
    assert (done.exit_code, done.output) == (1, f"Error: {sentence}\n")
    assert not file.exists()


def statuses(session: Session) -> dict[int, str]:
    session.rollback()
    rows = session.execute(select(wallet.c.id, wallet.c.status))
    return {row.id: row.status for row in rows}
