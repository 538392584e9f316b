"""What an act looks up in the book besides its wallet, under the wallet's lock."""

from typing import Any

from sqlalchemy import Column, ColumnElement, Table, bindparam, func, literal_column, select

from domain.database import AnySession
from domain.ledger.errors import (
    AlreadyDone,
    AlreadyGranted,
    EntryNotFound,
    PurposeHeld,
    PurposeSpent,
    Refusal,
)
from domain.ledger.models import entry, hold, lot, posting
from domain.ledger.reading import IN_WALLET, LOT_COLUMNS, add_lots, load_lots
from domain.ledger.rules import MOST_ID, Bucket, Purpose
from domain.ledger.terms import check_source, is_number
from domain.ledger.wallet import Lot, Taken, Wallet

# From where each kind of entry takes what it spends; other postings of it pay debts.
SPENT_FROM: dict[str, Bucket] = {"spend": "free", "capture": "held", "time_out": "held"}
FROZEN_FROM: dict[str, Bucket] = {"freeze": "free"}


def _of_purpose(table: Table, column: Column[int], *conditions: ColumnElement[bool]) -> Any:  # noqa: ANN401
    return (
        select(func.max(column))
        .where(IN_WALLET[table])
        .where(table.c.purpose_kind == bindparam("purpose_kind"))
        .where(table.c.purpose_id == bindparam("purpose_id"))
        .where(*conditions)
        .scalar_subquery()
    )


# The entry that spent on a purpose, the one that closed a captured hold of it, its open hold.
USES = select(
    _of_purpose(entry, entry.c.seq, entry.c.kind == literal_column("'spend'")),
    _of_purpose(hold, hold.c.closed_seq, hold.c.captured > 0),
    _of_purpose(hold, hold.c.number, hold.c.closed_seq.is_(None)),
)


def refuse_known_source(session: AnySession, wallet_id: int, source: str) -> Refusal | None:
    statement = select(lot.c.number).where(IN_WALLET[lot], lot.c.source == source)
    there = session.scalar(statement, {"wallet_id": wallet_id})
    return AlreadyGranted(there) if there else None


def refuse_done(session: AnySession, wallet_id: int, source: str | None) -> Refusal | None:
    """Why what comes from this source does not happen: it did."""
    if source is None:
        return None
    check_source(source)
    statement = select(entry.c.seq).where(IN_WALLET[entry], entry.c.source == source)
    there = session.scalar(statement, {"wallet_id": wallet_id})
    return AlreadyDone(there) if there else None


def refuse_purpose(session: AnySession, wallet_id: int, purpose: Purpose) -> Refusal | None:
    """Why nothing can be held or spent for it: it was paid, or is held for."""
    this = {"wallet_id": wallet_id, "purpose_kind": purpose.kind, "purpose_id": purpose.id}
    spent, captured, held = session.execute(USES, this).one()
    if paid := spent or captured:
        return PurposeSpent(paid)
    return PurposeHeld(held) if held else None


def load_purchase(session: AnySession, found: Wallet, purchase_id: int) -> list[Lot]:
    """The lots that came with a purchase, and those that their credits were carried to."""
    statement = (
        select(*LOT_COLUMNS)
        .where(IN_WALLET[lot], lot.c.purchase_id == purchase_id)
        .order_by(lot.c.number)
    )
    rows = session.execute(statement, {"wallet_id": found.id}).all()
    add_lots(found, rows)
    return [found.lots[row.number] for row in rows]


def load_taken(
    session: AnySession, found: Wallet, seq: int, taken_from: dict[str, Bucket]
) -> Taken:
    """What entry `seq` took, if it is of these kinds; its lots are loaded too."""
    if not is_number(seq, MOST_ID):
        raise EntryNotFound
    this = select(entry.c.kind, entry.c.at).where(IN_WALLET[entry], entry.c.seq == seq)
    row = session.execute(this, {"wallet_id": found.id}).one_or_none()
    if row is None or row.kind not in taken_from:
        raise EntryNotFound
    slices = (
        select(posting.c.lot_number, posting.c.credits)
        .where(IN_WALLET[posting], posting.c.seq == seq)
        .where(posting.c.from_bucket == taken_from[row.kind])
        .where(posting.c.to_bucket.in_(("spent", "frozen")))
        .order_by(posting.c.line)
    )
    back = select(func.sum(entry.c.credits)).where(IN_WALLET[entry], entry.c.reverses == seq)
    of_wallet = {"wallet_id": found.id}
    taken = [(number, credits) for number, credits in session.execute(slices, of_wallet)]
    load_lots(session, found, (number for number, _ in taken))
    # PostgreSQL's sum is a decimal.
    given_back = session.scalar(back, of_wallet)
    return Taken(seq, row.at, taken, None if given_back is None else int(given_back))


def load_freeze(
    session: AnySession, found: Wallet, seq: int | None, lots: list[Lot]
) -> Taken | None:
    """What entry `seq` froze of these lots, if one is named."""
    if seq is None:
        return None
    taken = load_taken(session, found, seq, FROZEN_FROM)
    if not {number for number, _ in taken.slices} <= {one.number for one in lots}:
        raise EntryNotFound
    return taken
