"""The hash of an entry can be computed again from what the database keeps."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Table, select

from domain.database import AnySession, write
from domain.ledger.chain import entry_hash
from domain.ledger.models import entry, hold, lot, posting
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
