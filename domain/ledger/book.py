"""The book: wallets are locked, read and settled here, and entries written. Decides nothing else.

An act reads its wallet only under the lock of the wallet's row, and what was read before is thrown
away. On SQLite the transaction's own write lock is that lock.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
)

from domain.database import AnySession, utc_now
from domain.ledger.chain import FORMAT, entry_hash
from domain.ledger.due import plan_due
from domain.ledger.errors import ClockSetBack, HoldNotFound, WalletNotFound
from domain.ledger.models import entry, hold, lot, posting, wallet
from domain.ledger.rules import BUCKETS, CLOCK_TOLERANCE, SCRIP, EntryKind, Posting, Purpose
from domain.ledger.wallet import Hold, Lot, Plan, Wallet

# In the order of the fields of Lot, and so on.
LOT_COLUMNS = (
    *(lot.c.number, lot.c.kind, lot.c.granted, lot.c.expires_at, lot.c.purchase_id),
    *(lot.c[bucket] for bucket in BUCKETS),
)
# Written out, not bound: SQLite uses an index on some rows only for the condition it was made with.
NOTHING: ColumnElement[int] = literal_column("0")
PAYS_OR_OWES = or_(lot.c.free > NOTHING, lot.c.owed > NOTHING)
WALLET_ID = wallet.c.id == bindparam("wallet_id")
LOCK = select(wallet.c.id).where(WALLET_ID).with_for_update()
LAST_LOT, LAST_HOLD = (
    select(func.coalesce(func.max(table.c.number), 0))
    .where(table.c.wallet_id == wallet.c.id)
    .correlate(wallet)
    .scalar_subquery()
    for table in (lot, hold)
)
# In the order of the fields of Wallet.
WALLET_COLUMNS = (
    *(wallet.c.id, wallet.c.status, wallet.c.seq, wallet.c.at, wallet.c.head_hash),
    *(wallet.c.next_due, utc_now(), LAST_LOT, LAST_HOLD),
    *(wallet.c.free, wallet.c.held, wallet.c.frozen, wallet.c.owed),
)
READ = (
    select(*WALLET_COLUMNS, *LOT_COLUMNS)
    .outerjoin_from(wallet, lot, and_(lot.c.wallet_id == wallet.c.id, PAYS_OR_OWES))
    .where(WALLET_ID)
)
IN_WALLET = {
    table: table.c.wallet_id == bindparam("wallet_id") for table in (lot, hold, posting, entry)
}
HOLDS = select(
    *(hold.c.number, hold.c.purpose_kind, hold.c.purpose_id, hold.c.expires_at),
    *(hold.c.on_time_out, hold.c.credits_per_unit, hold.c.used, hold.c.open, hold.c.captured),
    hold.c.closed_seq,
).where(IN_WALLET[hold])
DUE_HOLDS = HOLDS.where(hold.c.open > NOTHING, hold.c.expires_at <= bindparam("until"))
ONE_HOLD = HOLDS.where(hold.c.number == bindparam("number"))
SLICES = (
    select(posting.c.hold_number, posting.c.lot_number, posting.c.credits)
    .where(IN_WALLET[posting], posting.c.hold_number.in_(bindparam("holds", expanding=True)))
    .where(posting.c.to_bucket == literal_column("'held'"))
    .order_by(posting.c.seq, posting.c.line)
)
LOTS = select(*LOT_COLUMNS).where(
    IN_WALLET[lot], lot.c.number.in_(bindparam("lots", expanding=True))
)
INSERTS = (insert(lot), insert(hold), insert(posting), insert(entry))
Rows = list[dict[str, Any]]


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
    return found


def settle_due(session: AnySession, found: Wallet, most: int | None = None) -> int:
    """How many entries were written, the earliest due first."""
    plans = islice(plan_due(found, found.at), most)
    return len([record(session, found, plan, SCRIP) for plan in plans])


def read_wallet(session: AnySession, wallet_id: int) -> Wallet:
    """The wallet with the lots that pay or owe, and the holds that are due."""
    rows = session.execute(READ, {"wallet_id": wallet_id}).all()
    if not rows:
        raise WalletNotFound
    found = Wallet(*rows[0][: len(WALLET_COLUMNS)])
    found.at = max(found.at, found.clock)
    add_lots(found, (row[len(WALLET_COLUMNS) :] for row in rows))
    if found.next_due is not None and found.next_due <= found.at:
        load_holds(session, found, DUE_HOLDS, until=found.at)
    return found


def add_lots(found: Wallet, rows: Iterable[Sequence[Any]]) -> None:
    for number, *columns in rows:
        if number is not None and number not in found.lots:
            found.lots[number] = Lot(number, *columns)


def load_lots(session: AnySession, found: Wallet, numbers: Iterable[int]) -> None:
    if missing := set(numbers) - found.lots.keys():
        which = {"wallet_id": found.id, "lots": list(missing)}
        add_lots(found, session.execute(LOTS, which))


def load_hold(session: AnySession, found: Wallet, number: int) -> Hold:
    """The hold with its slices; its lots are loaded too."""
    load_holds(session, found, ONE_HOLD, number=number)
    try:
        return found.holds[number]
    except KeyError:
        raise HoldNotFound from None


def load_holds(session: AnySession, found: Wallet, which: Select[Any], **terms: object) -> None:
    of_wallet = {"wallet_id": found.id}
    loaded = {
        number: Hold(number, Purpose(kind, id), *rest)
        for number, kind, id, *rest in session.execute(which, of_wallet | terms)
    }
    slices = session.execute(SLICES, of_wallet | {"holds": list(loaded)})
    for number, lot_number, credits in slices:
        loaded[number].slices.append((lot_number, credits))
    lots = {lot_number for one in loaded.values() for lot_number, _ in one.slices}
    load_lots(session, found, lots)
    found.holds |= loaded


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


def entry_rows(found: Wallet, plan: Plan, actor: str, reason: str | None) -> tuple[Rows, ...]:
    """Rows of the lots and the hold that come with the next entry, of its postings, and of the
    entry, which closes them; in the order in which they are written."""
    found.seq += 1
    key = {"wallet_id": found.id, "seq": found.seq}
    lots = [key | new._asdict() | {"outside": new.granted} for new in plan.new_lots]
    holds = [key | _hold_row(plan.hold)] if plan.hold and plan.kind == "hold" else []
    postings = [
        key
        | {"line": line, "lot_number": one.lot, "hold_number": one.hold, "credits": one.credits}
        | {"from_bucket": one.from_bucket, "to_bucket": one.to_bucket}
        for line, one in enumerate(plan.postings, start=1)
    ]
    row = key | _entry_row(found, plan, actor, reason)
    row["hash"] = found.head_hash = entry_hash(row, postings, lots, holds)
    return lots, holds, postings, [row]


def _hold_row(hold: Hold) -> dict[str, Any]:
    return {
        "number": hold.number,
        "purpose_kind": hold.purpose.kind,
        "purpose_id": hold.purpose.id,
        "expires_at": hold.expires_at,
        "on_time_out": hold.on_time_out,
        "credits_per_unit": hold.credits_per_unit,
    }


def _entry_row(found: Wallet, plan: Plan, actor: str, reason: str | None) -> dict[str, Any]:
    kind, id = plan.purpose or (None, None)
    return {
        "kind": plan.kind,
        "at": plan.at,
        "actor": actor,
        "credits": plan.credits,
        "purpose_kind": kind,
        "purpose_id": id,
        "reason": reason,
        "reverses": plan.reverses,
        "cause": plan.cause,
        "hold_number": plan.hold and plan.hold.number,
        "hold_expires_at": plan.hold and plan.hold.expires_at,
        "hold_used": plan.hold and plan.hold.used,
        "free": found.free,
        "held": found.held,
        "frozen": found.frozen,
        "owed": found.owed,
        "hash_format": FORMAT,
        "prev_hash": found.head_hash,
    }
