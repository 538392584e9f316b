"""Replays the whole ledger, wallet by wallet, and says what does not agree. Reads only."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import RowMapping, Table, exists, func, select

from domain.database import AnySession
from domain.ledger.models import entry, hold, lot, posting, wallet
from domain.ledger.replay import Difference, Replay

WALLETS_AT_ONCE = 200
ROWS_AT_ONCE = 1000


class Verified:
    """The differences as they are found, and what was read for them."""

    def __init__(self, session: AnySession) -> None:
        self._session = session
        self.wallets = self.entries = self.postings = 0

    def differences(self, after: int = 0) -> Iterator[Difference]:
        """All there are in wallets whose id is higher than `after`. Each portion of wallets is read
        as of one moment, while Scrip runs."""
        yield from self._strays()
        last = after
        while rows := self._wallets_after(last):
            last = rows[-1]["id"]
            yield from self._verify(rows, rows[0]["id"], last)
            self._session.rollback()
        self._session.rollback()

    def _wallets_after(self, last: int) -> list[RowMapping]:
        statement = select(wallet).where(wallet.c.id > last).order_by(wallet.c.id)
        return list(self._session.execute(statement.limit(WALLETS_AT_ONCE)).mappings())

    def _verify(self, rows: list[RowMapping], first: int, last: int) -> Iterator[Difference]:
        lots, holds = (self._by_wallet(table, first, last) for table in (lot, hold))
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
        for row in rows:
            self.wallets += 1
            for text in replays[row["id"]].finish():
                yield Difference(row["id"], text)

    def _by_wallet(self, table: Table, first: int, last: int) -> dict[int, dict[int, RowMapping]]:
        found: dict[int, dict[int, RowMapping]] = {}
        for row in self._stream(table, first, last):
            found.setdefault(row["wallet_id"], {})[row["number"]] = row
        return found

    def _book(self, first: int, last: int) -> Iterator[tuple[RowMapping, list[Any]]]:
        """Each entry with its postings, in order."""
        grouped = groupby(
            self._stream(posting, first, last), key=lambda row: (row["wallet_id"], row["seq"])
        )
        key, lines = next(grouped, (None, iter(())))
        for head in self._stream(entry, first, last):
            its = (head["wallet_id"], head["seq"])
            while key is not None and key < its:
                key, lines = next(grouped, (None, iter(())))
            yield head, list(lines) if key == its else []

    def _stream(self, table: Table, first: int, last: int) -> Iterator[RowMapping]:
        statement = (
            select(table)
            .where(table.c.wallet_id.between(first, last))
            .order_by(*table.primary_key.columns)
            .execution_options(yield_per=ROWS_AT_ONCE)
        )
        return iter(self._session.execute(statement).mappings())

    def _strays(self) -> Iterator[Difference]:
        """Rows that belong to nothing; keys of the database forbid them."""
        for table in (lot, hold, posting):
            there = exists().where(
                entry.c.wallet_id == table.c.wallet_id, entry.c.seq == table.c.seq
            )
            yield from self._count(table, there, "without an entry")
        there = exists().where(wallet.c.id == entry.c.wallet_id)
        yield from self._count(entry, there, "without a wallet")

    def _count(self, table: Table, there: Any, what: str) -> Iterator[Difference]:  # noqa: ANN401
        statement = select(table.c.wallet_id, func.count()).where(~there)
        for wallet_id, count in self._session.execute(statement.group_by(table.c.wallet_id)):
            yield Difference(wallet_id, f"rows of {table.name} {what}: {count}.")
