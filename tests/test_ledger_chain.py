"""The hash of an entry can be computed again from what the database keeps."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Table, select

from domain.database import AnySession, write
from domain.ledger.chain import (
    ENTRY_COLUMNS,
    FORMAT,
    LOT_COLUMNS,
    POSTING_COLUMNS,
    entry_hash,
)
from domain.ledger.models import entry, hold, lot, posting
from domain.ledger.rules import BALANCES, BUCKETS
from tests.clock import Clock
from tests.wallets import TestWallet


def test_an_end_in_another_zone_is_hashed_in_utc(wallet: TestWallet, clock: Clock) -> None:
    """Caught: times hashed in the zone that they came in, while the database keeps UTC."""
    end = (clock.now + timedelta(days=9)).astimezone(ZoneInfo("Europe/Istanbul"))
    wallet.gift(10, end)
    kept = write(wallet.session, first_entry)
    assert kept[2][0]["expires_at"] == end
    assert kept[0]["hash"] == entry_hash(*kept)


def first_entry(session: AnySession) -> Any:  # noqa: ANN401
    (row,), *parts = (rows(session, table) for table in (entry, posting, lot, hold))
    return (row, parts[0], parts[1], parts[2])


def rows(session: AnySession, table: Table) -> list[dict[str, Any]]:
    found = session.execute(select(table).where(table.c.seq == 1)).mappings()
    return [dict(row) for row in found]


def test_a_hash_covers_the_one_before_and_all_of_its_entry(wallet: TestWallet) -> None:
    """Caught: the hash before left out; the price of a lot left out;
    the digest of a note left out."""
    wallet.bought(10, 1)
    (row, postings, lots, holds) = write(wallet.session, first_entry)
    hashes = {entry_hash(row, postings, lots, holds)}
    for column in ENTRY_COLUMNS[FORMAT]:
        hashes.add(entry_hash(row | {column: "other"}, postings, lots, holds))
    for column in POSTING_COLUMNS:
        hashes.add(entry_hash(row, [postings[0] | {column: "other"}], lots, holds))
    for column in LOT_COLUMNS:
        hashes.add(entry_hash(row, postings, [lots[0] | {column: "other"}], holds))
    covered = {*row} | {*postings[0]} | {*lots[0]}
    assert len(hashes) == 1 + len(ENTRY_COLUMNS[FORMAT] + POSTING_COLUMNS + LOT_COLUMNS)
    assert covered - {*ENTRY_COLUMNS[FORMAT], *POSTING_COLUMNS, *LOT_COLUMNS} == {
        *("recorded_at", "hash", "hash_format", "posted_seq", "posted_line"),
        *(bucket for bucket in BUCKETS if bucket not in BALANCES),
    }
