"""What a wallet holds, what happened to it, and who would pay. Reads only.

What is due and not written yet is counted as if it were: an answer never depends on whether a lot's
end or a hold's time-out was settled.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Integer, Row, and_, bindparam, literal, select, tuple_

from domain.database import MOST_ID, AnySession, UtcDateTime, utc_now
from domain.ledger.due import plan_due
from domain.ledger.errors import Refusal, WalletNotFound
from domain.ledger.models import entry, lot, posting, wallet
from domain.ledger.plans import refuse_new_use
from domain.ledger.reading import IN_WALLET, read_wallet
from domain.ledger.rules import Bucket, EntryKind, LotKind, Purpose
from domain.ledger.steps import shares
from domain.ledger.terms import whole_credits
from domain.ledger.wallet import Lot, Wallet

BALANCE_COLUMNS = (entry.c.free, entry.c.held, entry.c.frozen, entry.c.owed)
# Statements are put together once: that takes longer than to have them answered.
BALANCE = select(
    *(wallet.c.next_due, utc_now()),
    *(wallet.c.free, wallet.c.held, wallet.c.frozen, wallet.c.owed),
).where(wallet.c.id == bindparam("wallet_id"))
LINES = (
    select(entry)
    .where(IN_WALLET[entry], entry.c.seq < bindparam("before"))
    .order_by(entry.c.seq.desc())
    .limit(bindparam("limit", type_=Integer))
)
PARTS = (
    select(
        *(posting.c.seq, posting.c.lot_number, lot.c.kind, lot.c.expires_at),
        *(posting.c.from_bucket, posting.c.to_bucket, posting.c.credits),
    )
    .join(lot, and_(lot.c.wallet_id == posting.c.wallet_id, lot.c.number == posting.c.lot_number))
    .where(IN_WALLET[posting], posting.c.seq.between(bindparam("first"), bindparam("last")))
    .order_by(posting.c.seq, posting.c.line)
)


class Balance(NamedTuple):
    """The credits of a wallet at a moment. What is shown as the balance is `free` less `owed`."""

    at: datetime
    free: int = 0
    held: int = 0
    frozen: int = 0
    owed: int = 0


class LotPart(NamedTuple):
    """What a line did to one lot."""

    lot: int
    kind: LotKind
    expires_at: datetime | None
    from_bucket: Bucket
    to_bucket: Bucket
    credits: int


class Line(NamedTuple):
    """An entry as a statement shows it, with the balance since; `change` is that of free credits.

    The changes of all lines up to one add up to its free credits.
    """

    seq: int
    at: datetime
    kind: EntryKind
    credits: int
    change: int
    balance: Balance
    purpose: Purpose | None
    hold: int | None
    cause: str | None
    reason: str | None
    actor: str
    parts: tuple[LotPart, ...]


class Payer(NamedTuple):
    """How many credits a lot would pay."""

    lot: int
    kind: LotKind
    expires_at: datetime | None
    credits: int


class Due(NamedTuple):
    """Since when something is due in a wallet."""

    at: datetime
    wallet_id: int


def balance(session: AnySession, wallet_id: int) -> Balance:
    """What the wallet holds now: its row says it, unless something is due."""
    row = session.execute(BALANCE, {"wallet_id": wallet_id}).one_or_none()
    if row is None:
        raise WalletNotFound
    next_due, now, *balances = row
    if next_due is None or next_due > now:
        return Balance(now, *balances)
    return _balance_of(read_settled(session, wallet_id), now)


def balance_at(session: AnySession, wallet_id: int, moment: datetime) -> Balance:
    """What it held at that moment, or holds now if that is in the future: nobody knows that yet."""
    found = read_wallet(session, wallet_id)
    moment = min(moment, found.at)
    statement = (
        select(entry.c.seq, *BALANCE_COLUMNS)
        .where(IN_WALLET[entry], entry.c.at <= moment)
        .order_by(entry.c.at.desc(), entry.c.seq.desc())
        .limit(1)
    )
    row = session.execute(statement, {"wallet_id": wallet_id}).one_or_none()
    if row is None:
        return Balance(moment)
    if found.seq > row.seq:
        # All that was due before the next entry is written, so nothing can be missing here.
        return Balance(moment, *row[1:])
    settle_in_memory(found, moment)
    return _balance_of(found, moment)


def paying_lots(session: AnySession, wallet_id: int) -> list[Lot]:
    """The lots with free credits, in the order in which they pay."""
    return read_settled(session, wallet_id).paying()


def who_pays(session: AnySession, wallet_id: int, credits: int) -> list[Payer] | Refusal:
    """Which lots would pay for this, if it was spent or held now."""
    whole_credits(credits)
    found = read_settled(session, wallet_id)
    if refusal := refuse_new_use(found, credits):
        return refusal
    return [
        Payer(lot.number, lot.kind, lot.expires_at, part)
        for lot, part in shares(found.paying(), credits)
    ]


def statement(
    session: AnySession, wallet_id: int, *, before: int | None = None, limit: int = 50
) -> list[Line]:
    """The newest lines, or those `before` a line's seq: page by page, none twice or left out."""
    which = {"before": MOST_ID if before is None else before, "limit": limit}
    rows = session.execute(LINES, {"wallet_id": wallet_id, **which}).all()
    parts = _read_parts(session, wallet_id, [row.seq for row in rows])
    return [_line(row, tuple(parts.get(row.seq, ()))) for row in rows]


def due_wallets(session: AnySession, most: int, after: Due | None = None) -> list[Due]:
    """Wallets in which a lot has ended or a hold has timed out, the longest due first."""
    # Asked once: PostgreSQL looks up no index by a clock that goes on while it looks.
    now = select(utc_now()).scalar_subquery()
    key = (wallet.c.next_due, wallet.c.id)
    due = select(*key).where(wallet.c.next_due <= now).order_by(*key).limit(most)
    if after is not None:
        due = due.where(
            tuple_(*key) > tuple_(literal(after.at, UtcDateTime), literal(after.wallet_id))
        )
    return [Due(*row) for row in session.execute(due)]


def read_settled(session: AnySession, wallet_id: int) -> Wallet:
    """The wallet as it is now, with what is due counted as if it were written."""
    found = read_wallet(session, wallet_id)
    settle_in_memory(found, found.at)
    return found


def settle_in_memory(found: Wallet, until: datetime) -> None:
    for _plan in plan_due(found, until):
        pass


def _balance_of(found: Wallet, at: datetime) -> Balance:
    return Balance(at, found.free, found.held, found.frozen, found.owed)


def _read_parts(session: AnySession, wallet_id: int, seqs: list[int]) -> dict[int, list[LotPart]]:
    if not seqs:
        return {}
    which = {"wallet_id": wallet_id, "first": min(seqs), "last": max(seqs)}
    parts: dict[int, list[LotPart]] = {}
    for seq, *columns in session.execute(PARTS, which):
        parts.setdefault(seq, []).append(LotPart(*columns))
    return parts


def _line(row: Row[tuple[object, ...]], parts: tuple[LotPart, ...]) -> Line:
    change = sum(
        part.credits * ((part.to_bucket == "free") - (part.from_bucket == "free")) for part in parts
    )
    purpose = None if row.purpose_kind is None else Purpose(row.purpose_kind, row.purpose_id)
    balance = Balance(row.at, row.free, row.held, row.frozen, row.owed)
    why = (row.cause, row.reason, row.actor)
    return Line(
        row.seq,
        row.at,
        row.kind,
        row.credits,
        change,
        balance,
        purpose,
        row.hold_number,
        *why,
        parts,
    )
