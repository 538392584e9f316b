"""Wallets to measure with, as acts leave them: planned as acts plan, and written by rows.

To write a million entries act by act would take hours. What is written verifies all the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Table, insert, text
from sqlalchemy.orm import Session

from domain.connections import connect
from domain.database import writing
from domain.ledger.chain import first_hash
from domain.ledger.errors import Refusal
from domain.ledger.holds import plan_capture, plan_hold
from domain.ledger.mode import keep_mode
from domain.ledger.models import entry, hold, lot, posting, wallet
from domain.ledger.plans import plan_grant, plan_spend
from domain.ledger.rows import Rows, entry_rows
from domain.ledger.rules import BALANCES, BUCKETS, LotKind, Purpose
from domain.ledger.wallet import Hold, Lot, NewLot, Plan, Wallet
from tests.conftest import migrate

TABLES = (wallet, lot, hold, entry, posting)
ROWS_AT_ONCE = 20_000
OPENED = datetime(2025, 1, 1, tzinfo=UTC)
PLENTY = 10**6


class Book:
    """The rows of one wallet, none of them written yet; its entries are a minute apart."""

    def __init__(self, id: int) -> None:
        start = first_hash(id, OPENED)
        self.wallet = Wallet(id, "open", 0, OPENED, start, None, OPENED, 0, 0)
        self.rows: dict[Table, Rows] = {table: [] for table in TABLES}
        self.lots: dict[int, Lot] = {}
        self.closed: dict[int, Hold] = {}

    def grow(self, entries: int) -> None:
        """Credits that last, then gifts of two that are used up: one is spent, one is held and
        captured. So of four entries there are a lot, a hold and five postings."""
        self.grant(PLENTY, "bought")
        while self.wallet.seq < entries:
            match self.wallet.seq % 4:
                case 1:
                    self.grant(2, "gift")
                case 2:
                    self.add(plan_spend(self.wallet, 1, self.purpose()))
                case 3:
                    hour = timedelta(hours=1)
                    self.add(plan_hold(self.wallet, 1, self.purpose(), hour, "give_back", None))
                case 0:
                    self.capture(self.wallet.holds[self.wallet.last_hold])

    def grant(self, credits: int, kind: LotKind) -> None:
        number = self.wallet.last_lot + 1
        self.add(plan_grant(self.wallet, NewLot(number, kind, credits, f"bench:{number}")))
        self.lots[number] = self.wallet.lots[number]

    def capture(self, held: Hold) -> None:
        self.add(plan_capture(self.wallet, held, held.open, None, final=True))
        held.closed_seq = self.wallet.seq
        self.closed[held.number] = self.wallet.holds.pop(held.number)
        self.wallet.lots = {lot.number: lot for lot in self.wallet.paying()}

    def purpose(self) -> Purpose:
        return Purpose("call", f"bench-{self.wallet.seq}")

    def add(self, plan: Plan | Refusal) -> None:
        assert isinstance(plan, Plan), plan
        its = entry_rows(self.wallet, plan, "bench", None)
        for table, rows in zip((lot, hold, posting, entry), its, strict=True):
            self.rows[table] += rows
        self.wallet.at += timedelta(minutes=1)

    def finish(self) -> dict[Table, Rows]:
        """All rows, with what the database's own triggers would have counted."""
        newest = {one["lot_number"]: (one["seq"], one["line"]) for one in self.rows[posting]}
        for row in self.rows[lot]:
            its = self.lots[row["number"]]
            row.update({bucket: getattr(its, bucket) for bucket in BUCKETS})
            row["posted_seq"], row["posted_line"] = newest[row["number"]]
        holds = self.closed | self.wallet.holds
        for row in self.rows[hold]:
            row.update(_counted(holds[row["number"]]))
        for row in self.rows[entry]:
            row["recorded_at"] = row["at"]
        return self.rows | {wallet: [self._row()]}

    def _row(self) -> dict[str, Any]:
        found, newest = self.wallet, self.rows[entry][-1]
        ends = [one.expires_at for one in found.holds.values()]
        head = {"id": found.id, "customer_id": found.id, "opened_at": OPENED, "seq": found.seq}
        balances = {bucket: getattr(found, bucket) for bucket in BALANCES}
        due = {"at": newest["at"], "next_due": min(ends, default=None)}
        return head | balances | due | {"head_hash": found.head_hash}


def _counted(held: Hold) -> dict[str, Any]:
    returned = held.taken - held.open - held.captured
    counted = {name: getattr(held, name) for name in ("used", "open", "captured", "closed_seq")}
    return counted | {"returned": returned}


def fill(engine: Engine, first: int, wallets: int, entries: int) -> None:
    """So many wallets from id `first` on, each with so many entries."""
    with Session(engine) as session, writing(session):
        keep_mode(session, "test")
    with without_guards(engine) as connection:
        for rows in _portions(range(first, first + wallets), entries):
            for table in TABLES:
                if rows[table]:
                    connection.execute(insert(table), rows[table])
            connection.commit()


@contextmanager
def filled(url: str, wallets: int, entries: int) -> Iterator[Engine]:
    """An empty database with so many wallets of one entry, and after them one of `entries`."""
    migrate(url)
    engine = connect(url)
    fill(engine, 1, wallets, 1)
    fill(engine, wallets + 1, 1, entries)
    yield engine
    engine.dispose()


def _portions(ids: range, entries: int) -> Iterator[dict[Table, Rows]]:
    rows: dict[Table, Rows] = {table: [] for table in TABLES}
    for id in ids:
        book = Book(id)
        book.grow(entries)
        for table, its in book.finish().items():
            rows[table] += its
        if len(rows[posting]) >= ROWS_AT_ONCE or id == ids[-1]:
            yield rows
            rows = {table: [] for table in TABLES}


@contextmanager
def without_guards(engine: Engine) -> Iterator[Connection]:
    """As the owner of a database can; its triggers are the same again afterwards."""
    with engine.connect().execution_options(writing=True) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
            yield connection
            connection.execute(text("RESET session_replication_role"))
            connection.commit()
            return
        guards = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        kept = list(connection.execute(guards))
        for name, _ in kept:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        yield connection
        for _, sql in kept:
            connection.exec_driver_sql(sql)
        connection.commit()
