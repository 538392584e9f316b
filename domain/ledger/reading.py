"""How a wallet is read for an act: with those of its lots and holds that the act needs."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal_column, or_, select

from domain.database import AnySession, utc_now
from domain.ledger.errors import HoldNotFound, WalletNotFound
from domain.ledger.models import entry, hold, lot, posting, wallet
from domain.ledger.rules import BUCKETS, MOST_HOLD, Purpose
from domain.ledger.terms import is_number
from domain.ledger.wallet import Hold, Lot, Wallet

# In the order of the fields of Lot, and so on.
LOT_COLUMNS = (
    *(lot.c.number, lot.c.kind, lot.c.granted, lot.c.expires_at, lot.c.purchase_id),
    lot.c.parent,
    *(lot.c[bucket] for bucket in BUCKETS),
)
# Written out, not bound: SQLite uses an index on some rows only for the condition it was made with.
NOTHING: ColumnElement[int] = literal_column("0")
PAYS_OR_OWES = or_(lot.c.free > NOTHING, lot.c.owed > NOTHING)
WALLET_ID = wallet.c.id == bindparam("wallet_id")
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
# In the order of the fields of Hold, with its purpose in two.
HOLD_COLUMNS = (
    *(hold.c.number, hold.c.purpose_kind, hold.c.purpose_id, hold.c.expires_at),
    *(hold.c.on_time_out, hold.c.credits_per_unit, hold.c.used, hold.c.open, hold.c.captured),
    hold.c.closed_seq,
)
HOLDS = select(*HOLD_COLUMNS).where(IN_WALLET[hold])
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
    if not is_number(number, MOST_HOLD):
        raise HoldNotFound
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
