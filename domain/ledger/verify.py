"""Replays the whole ledger, wallet by wallet, and says what does not agree. Reads only."""

import sqlite3
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import RowMapping, Table, exists, func, select
from sqlalchemy.exc import SQLAlchemyError

from domain.database import MOST_ID, AnySession
from domain.ledger.models import entry, hold, lot, posting, wallet
from domain.ledger.replay import Difference, Replay

WALLETS_AT_ONCE = 200
ROWS_AT_ONCE = 1000


class Verified:
    """The differences as they are found, and what was read for them."""

    def __init__(self, session: AnySession) -> None:
        self._session = session
        self.wallets = self.entries = self.postings = 0

    def differences(self, after: int = -MOST_ID) -> Iterator[Difference]:
        """All there are in wallets whose id is higher than `after`. Each portion of wallets is read
        as of one moment, while Scrip runs."""
        while ids := self._ids_after(after):
            yield from self._find_strays(after + 1, ids[-1])
            yield from self._read(ids)
            after = ids[-1]
        yield from self._find_strays(after + 1, MOST_ID)
        self._session.rollback()

    def _ids_after(self, last: int) -> list[int]:
        ids = select(wallet.c.id).where(wallet.c.id > last).order_by(wallet.c.id)
        return list(self._session.scalars(ids.limit(WALLETS_AT_ONCE)))

    def _read(self, ids: list[int]) -> list[Difference]:
        """A portion that cannot be read is read again wallet by wallet."""
        counts = (self.wallets, self.entries, self.postings)
        try:
            return list(self._verify(ids[0], ids[-1]))
        except Exception as error:
            if not is_of_rows(error):
                raise
            self.wallets, self.entries, self.postings = counts
            why = str(error).partition("\n")[0].rstrip(".")
        finally:
            self._session.rollback()
        if len(ids) > 1:
            return [difference for id in ids for difference in self._read([id])]
        self.wallets += 1
        return [Difference(ids[0], f"its rows cannot be read: {why}.")]

    def _verify(self, first: int, last: int) -> Iterator[Difference]:
        lots, holds = (self._by_wallet(table, first, last) for table in (lot, hold))
        rows = list(self._stream(wallet, wallet.c.id, first, last))
        replays = {
            row["id"]: Replay(row, lots.get(row["id"], {}), holds.get(row["id"], {}))
            for row in rows
        }
        for head, postings in self._book(first, last):
            self.entries += 1
            self.postings += len(postings)
            replay = replays.get(head["wallet_id"])
            for text in replay.add(head, postings) if replay else ():
                yield Difference(head["wallet_id"], text)
        for id, replay in replays.items():
            self.wallets += 1
            for text in replay.finish():
                yield Difference(id, text)

    def _by_wallet(self, table: Table, first: int, last: int) -> dict[int, dict[int, RowMapping]]:
        found: dict[int, dict[int, RowMapping]] = {}
        for row in self._stream(table, table.c.wallet_id, first, last):
            found.setdefault(row["wallet_id"], {})[row["number"]] = row
        return found

    def _book(self, first: int, last: int) -> Iterator[tuple[RowMapping, list[Any]]]:
        """Each entry with its postings, in order."""
        grouped = groupby(
            self._stream(posting, posting.c.wallet_id, first, last),
            key=lambda row: (row["wallet_id"], row["seq"]),
        )
        key, lines = next(grouped, (None, iter(())))
        for head in self._stream(entry, entry.c.wallet_id, first, last):
            its = (head["wallet_id"], head["seq"])
            while key is not None and key < its:
                key, lines = next(grouped, (None, iter(())))
            yield head, list(lines) if key == its else []

    def _stream(self, table: Table, id: Any, first: int, last: int) -> Iterator[RowMapping]:  # noqa: ANN401
        statement = (
            select(table)
            .where(id.between(first, last))
            .order_by(*table.primary_key.columns)
            .execution_options(yield_per=ROWS_AT_ONCE)
        )
        return iter(self._session.execute(statement).mappings())

    def _find_strays(self, first: int, last: int) -> Iterator[Difference]:
        """Rows that belong to nothing; keys of the database forbid them."""
        for table in (lot, hold, posting):
            there = exists().where(
                entry.c.wallet_id == table.c.wallet_id, entry.c.seq == table.c.seq
            )
            ids = table.c.wallet_id.between(first, last)
            yield from self._count(table, ids & ~there, "without an entry")
        there = exists().where(wallet.c.id == entry.c.wallet_id)
        ids = entry.c.wallet_id.between(first, last)
        yield from self._count(entry, ids & ~there, "without a wallet")

    def _count(self, table: Table, which: Any, what: str) -> Iterator[Difference]:  # noqa: ANN401
        statement = select(table.c.wallet_id, func.count()).where(which)
        for wallet_id, count in self._session.execute(statement.group_by(table.c.wallet_id)):
            yield Difference(wallet_id, f"rows of {table.name} {what}: {count}.")


def is_of_rows(error: Exception) -> bool:
    """Whether it lies in what the rows hold, not in the database: sqlite3 has no code of the
    database for a text that it cannot decode."""
    if not isinstance(error, SQLAlchemyError):
        return True
    cause = getattr(error, "orig", None)
    return isinstance(cause, sqlite3.Error) and not hasattr(cause, "sqlite_errorcode")
