"""Spends as an API makes them, and the least that could stand in their place.

Run as a program it spends without a pause, for so many seconds, in so many threads; it begins when
it reads a line, and prints how many spends that were.
"""

import json
import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from threading import Thread
from time import monotonic
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from domain.connections import connect
from domain.database import AnySession, write
from domain.ledger import acts
from domain.ledger.book import Entry
from domain.ledger.requests import Answer, RequestKey, answer_once
from domain.ledger.rules import Purpose

# What a spend writes, in tables without checks, triggers and foreign keys.
KEYS = {"entry": "wallet_id, seq", "posting": "wallet_id, seq, line", "request_key": "key"}
BARE = [
    "CREATE TABLE bare_wallet AS SELECT * FROM wallet",
    "CREATE UNIQUE INDEX pk_bare_wallet ON bare_wallet (id)",
    *(f"CREATE TABLE bare_{name} AS SELECT * FROM {name} LIMIT 0" for name in KEYS),  # noqa: S608
    *(f"CREATE UNIQUE INDEX pk_bare_{name} ON bare_{name} ({key})" for name, key in KEYS.items()),
]


def spend(session: AnySession, wallet_id: int, name: str) -> Entry:
    done = acts.spend(session, wallet_id, 1, Purpose("call", name), actor="customer:1")
    assert isinstance(done, Entry), done
    return done


def spend_by_request(session: AnySession, wallet_id: int, name: str) -> Answer:
    """Under a request key, with an answer that is kept."""

    def work(session: AnySession) -> Answer:
        done = spend(session, wallet_id, name)
        return Answer(200, json.dumps({"seq": done.seq, "free": done.free, "held": done.held}))

    return answer_once(session, wallet_id, RequestKey("platform:1", name, "0" * 64), work)


class Spender:
    """Spends one credit of a wallet each time, in a transaction and a session of its own."""

    def __init__(self, engine: Engine, wallet_id: int) -> None:
        self._engine, self._wallet_id = engine, wallet_id

    def spend(self) -> None:
        self._write(spend)

    def spend_by_request(self) -> None:
        self._write(spend_by_request)

    def _write(self, act: Callable[..., object]) -> None:
        with Session(self._engine) as session:
            write(session, partial(act, wallet_id=self._wallet_id, name=uuid4().hex))


class BareSpender:
    """Commits the same rows by the bare driver: a balance less, an entry and a posting more.

    The rows are those of the newest spend of the wallet.
    """

    def __init__(self, engine: Engine, wallet_id: int) -> None:
        pooled = engine.raw_connection()
        pooled.detach()
        raw: Any = pooled.dbapi_connection
        self._is_sqlite = engine.dialect.name == "sqlite"
        if self._is_sqlite:
            raw.execute("PRAGMA query_only = OFF")
        else:
            raw.read_only = None
        self._raw = raw
        self._wallet_id = wallet_id
        self._seqs = count(1 + self._row("SELECT count(*) FROM bare_entry")[0])
        newest = f"WHERE wallet_id = {int(wallet_id)} ORDER BY"
        self._entry = self._row(f"SELECT * FROM entry {newest} seq DESC LIMIT 1")  # noqa: S608
        self._posting = self._row(f"SELECT * FROM posting {newest} seq DESC LIMIT 1")  # noqa: S608
        self._key = self._row(f"SELECT * FROM request_key {newest} created_at DESC LIMIT 1")  # noqa: S608

    def spend(self) -> None:
        self._begin()
        self._insert_spend(next(self._seqs))
        self._raw.commit()

    def spend_by_request(self) -> None:
        self._begin()
        self._insert_spend(next(self._seqs))
        wallet_id, owner, _, *rest = self._key
        self._insert("bare_request_key", (wallet_id, owner, uuid4().hex, *rest))
        self._raw.commit()

    def read_balance(self) -> None:
        columns = "next_due, free, held, frozen, owed"
        self._row(f"SELECT {columns} FROM wallet WHERE id = {int(self._wallet_id)}")  # noqa: S608

    def read_statement(self) -> None:
        of_wallet = f"FROM entry WHERE wallet_id = {int(self._wallet_id)} ORDER BY seq DESC"
        self._raw.execute(f"SELECT * {of_wallet} LIMIT 50").fetchall()
        self._raw.commit()

    def _begin(self) -> None:
        if self._is_sqlite:
            self._raw.execute("BEGIN IMMEDIATE")

    def _insert_spend(self, number: int) -> None:
        mark = "?" if self._is_sqlite else "%s"
        changes = f"free = free - 1, seq = seq + 1, head_hash = {mark}"
        update = f"UPDATE bare_wallet SET {changes} WHERE id = {mark}"  # noqa: S608
        self._raw.execute(update, (self._entry[-1], self._wallet_id))
        wallet_id, seq, *rest = self._posting
        self._insert("bare_posting", (wallet_id, seq + number, *rest))
        wallet_id, seq, *rest = self._entry
        self._insert("bare_entry", (wallet_id, seq + number, *rest))

    def _insert(self, table: str, row: tuple[Any, ...]) -> None:
        marks = ", ".join(["?" if self._is_sqlite else "%s"] * len(row))
        self._raw.execute(f"INSERT INTO {table} VALUES ({marks})", row)  # noqa: S608

    def _row(self, sql: str) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._raw.execute(sql).fetchone()
        self._raw.commit()
        return row


def make_bare_tables(engine: Engine) -> None:
    with engine.connect().execution_options(writing=True) as connection:
        for statement in BARE:
            connection.execute(text(statement))
        connection.commit()


def main(url: str, who: str, first: str, threads: str, seconds: str) -> None:
    """`who` is "scrip" or "bare"; each thread has a wallet of its own, from id `first` on."""
    engine = connect(url)
    kind = Spender if who == "scrip" else BareSpender
    spenders = [kind(engine, int(first) + number) for number in range(int(threads))]
    for spender in spenders:
        spender.spend()
    sys.stdin.readline()
    done: list[int] = []
    until = monotonic() + float(seconds)
    running = [Thread(target=_spend_until, args=(one, until, done)) for one in spenders]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    print(sum(done))


def _spend_until(spender: Spender | BareSpender, until: float, done: list[int]) -> None:
    spends = 0
    while monotonic() < until:
        spender.spend()
        spends += 1
    done.append(spends)


if __name__ == "__main__":
    main(*sys.argv[1:])
