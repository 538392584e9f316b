"""The book: wallets are locked and settled here, and entries written. Decides nothing else.

An act reads its wallet only under the lock of the wallet's row, and what was read before is thrown
away. On SQLite the transaction's own write lock is that lock.
"""

from datetime import datetime
from itertools import islice
from typing import NamedTuple

from sqlalchemy import insert, select

from domain.database import AnySession
from domain.ledger.due import plan_due
from domain.ledger.errors import ClockSetBack, LedgerBroken, Refusal
from domain.ledger.models import entry, hold, lot, posting, wallet
from domain.ledger.reading import WALLET_ID, read_wallet
from domain.ledger.rows import entry_rows
from domain.ledger.rules import CLOCK_TOLERANCE, SCRIP, EntryKind, Posting
from domain.ledger.terms import check_said
from domain.ledger.wallet import Plan, Wallet

LOCK = select(wallet.c.id).where(WALLET_ID).with_for_update()
# In the order in which `entry_rows` makes their rows.
INSERTS = (insert(lot), insert(hold), insert(posting), insert(entry))


class Entry(NamedTuple):
    """What an act did: its place in the wallet's book, and the balances since."""

    wallet_id: int
    seq: int
    kind: EntryKind
    at: datetime
    credits: int
    free: int
    held: int
    frozen: int
    owed: int
    hold: int | None
    postings: tuple[Posting, ...]


Outcome = Entry | Refusal


def lock_wallet(session: AnySession, wallet_id: int) -> None:
    """Lets one transaction at a time act on the wallet; what it reads afterwards is true."""
    if session.connection().dialect.name == "postgresql":
        session.execute(LOCK, {"wallet_id": wallet_id})


def lock_and_settle(session: AnySession, wallet_id: int) -> Wallet:
    """The wallet under its lock, with an entry written for all that time has done meanwhile."""
    found = lock_and_read(session, wallet_id)
    settle_due(session, found)
    return found


def lock_and_read(session: AnySession, wallet_id: int) -> Wallet:
    lock_wallet(session, wallet_id)
    found = read_wallet(session, wallet_id)
    if found.at - found.clock > CLOCK_TOLERANCE:
        raise ClockSetBack(found.at - found.clock)
    if not found.agrees():
        raise LedgerBroken
    return found


def settle_due(session: AnySession, found: Wallet, most: int | None = None) -> int:
    """How many entries were written, the earliest due first."""
    plans = islice(plan_due(found, found.at), most)
    return len([record(session, found, plan, SCRIP) for plan in plans])


def record(
    session: AnySession,
    found: Wallet,
    plan: Plan,
    actor: str,
    reason: str | None = None,
) -> Entry:
    """Writes what was planned; the database carries each posting into the counters."""
    written = entry_rows(found, plan, actor, reason)
    for statement, rows in zip(INSERTS, written, strict=True):
        if rows:
            session.execute(statement, rows)
    balances = (found.free, found.held, found.frozen, found.owed)
    head = (found.id, found.seq, plan.kind, plan.at, plan.credits)
    number = plan.hold.number if plan.hold else None
    return Entry(*head, *balances, number, tuple(plan.postings))


def conclude(
    session: AnySession,
    wallet: Wallet,
    plan: Plan | Refusal,
    actor: str,
    reason: str | None = None,
    source: str | None = None,
    note_digest: str | None = None,
) -> Outcome:
    """The entry, written, or the refusal."""
    check_said(actor, reason, note_digest)
    if isinstance(plan, Refusal):
        return plan
    plan.source, plan.note_digest = source, note_digest
    return record(session, wallet, plan, actor, reason)
