"""What a wallet holds, what happened to it, and who would pay. Reads only.

What is due and not written yet is counted as if it were: an answer never depends on whether a lot's
end or a hold's time-out was settled.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Executable, bindparam, or_, select, union_all

from domain.database import MOST_ID, AnySession, utc_now
from domain.ledger.due import plan_due
from domain.ledger.errors import Refusal, WalletNotFound
from domain.ledger.lines import Balance, Line, LotPart, balance_of, line_of_entry, line_of_plan
from domain.ledger.models import entry, hold, lot, wallet
from domain.ledger.pages import PARTS_BETWEEN, PARTS_OF, select_lines
from domain.ledger.plans import refuse_new_use
from domain.ledger.reading import (
    IN_WALLET,
    LOT_COLUMNS,
    NOTHING,
    PAYS_OR_OWES,
    add_lots,
    read_wallet,
)
from domain.ledger.rules import EntryKind, LotKind, Purpose
from domain.ledger.steps import shares
from domain.ledger.terms import whole_credits
from domain.ledger.wallet import Lot, Wallet, in_spend_order
from domain.ledger.wallets import find_wallet

BALANCE_COLUMNS = (entry.c.free, entry.c.held, entry.c.frozen, entry.c.owed)
# Statements are put together once: that takes longer than to have them answered.
BALANCE = select(
    *(wallet.c.next_due, utc_now()),
    *(wallet.c.free, wallet.c.held, wallet.c.frozen, wallet.c.owed),
).where(wallet.c.id == bindparam("wallet_id"))
OPEN_HOLDS = (
    select(hold.c.number, hold.c.purpose_kind, hold.c.purpose_id, hold.c.open, hold.c.expires_at)
    .where(IN_WALLET[hold], hold.c.open > NOTHING, hold.c.expires_at > utc_now())
    .order_by(hold.c.expires_at, hold.c.number)
)
# Lots with the entry that came with them, when that was, and their source.
GIVEN_AT = (
    select(entry.c.at)
    .where(entry.c.wallet_id == lot.c.wallet_id, entry.c.seq == lot.c.seq)
    .scalar_subquery()
)
LOTS = select(*LOT_COLUMNS, lot.c.seq, GIVEN_AT, lot.c.source).where(IN_WALLET[lot])
KEPT_LOTS = union_all(
    LOTS.where(PAYS_OR_OWES), LOTS.where(or_(lot.c.held > NOTHING, lot.c.frozen > NOTHING))
)
LOTS_BY_NUMBER = LOTS.where(lot.c.number.in_(bindparam("lots", expanding=True)))


class Payer(NamedTuple):
    """How many credits a lot would pay."""

    lot: int
    kind: LotKind
    expires_at: datetime | None
    credits: int


class LotBalance(NamedTuple):
    """What a lot has. Credits that go on in another lot are those of the lot that was given first:
    `given_at`, `source` and `seq`, the number of its entry, are of that one."""

    number: int
    kind: LotKind
    granted: int
    free: int
    held: int
    frozen: int
    owed: int
    expires_at: datetime | None
    seq: int
    given_at: datetime
    source: str | None


class OpenHold(NamedTuple):
    """What is held for a purpose."""

    number: int
    purpose: Purpose
    credits: int
    expires_at: datetime


def balance(session: AnySession, wallet_id: int) -> Balance:
    """What the wallet holds now: its row says it, unless something is due."""
    row = session.execute(BALANCE, {"wallet_id": wallet_id}).one_or_none()
    if row is None:
        raise WalletNotFound
    next_due, now, *balances = row
    if next_due is None or next_due > now:
        return Balance(now, *balances)
    return balance_of(read_settled(session, wallet_id), now)


def find_owed(session: AnySession, customer_id: int) -> int:
    """How many credits the customer owes; without a wallet none."""
    wallet_id = find_wallet(session, customer_id)
    return balance(session, wallet_id).owed if wallet_id else 0


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
    return balance_of(found, moment)


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


def lots(session: AnySession, wallet_id: int) -> list[LotBalance]:
    """Those that have free, held, frozen or owed credits, in the order in which they pay."""
    found = read_wallet(session, wallet_id)
    came = _load_lots(session, found, KEPT_LOTS)
    settle_in_memory(found, found.at)
    while missing := {one.parent for one in found.lots.values()} - {*found.lots, None}:
        came |= _load_lots(session, found, LOTS_BY_NUMBER, lots=list(missing))
    return [
        LotBalance(
            *(one.number, one.kind, one.granted, one.free, one.held, one.frozen, one.owed),
            *(one.expires_at, *came[_given_first(found, one)]),
        )
        for one in in_spend_order(found.lots.values())
        if one.free or one.held or one.frozen or one.owed
    ]


def open_holds(session: AnySession, wallet_id: int) -> list[OpenHold]:
    """Those that have not timed out, the soonest to do so first."""
    rows = session.execute(OPEN_HOLDS, {"wallet_id": wallet_id})
    return [
        OpenHold(number, Purpose(kind, id), credits, expires_at)
        for number, kind, id, credits, expires_at in rows
    ]


def statement(
    session: AnySession,
    wallet_id: int,
    *,
    before: int | None = None,
    until: datetime | None = None,
    kinds: Collection[EntryKind] = (),
    limit: int = 50,
) -> list[Line]:
    """The newest lines, or those `before` a line's seq: page by page, none twice or left out.

    Only those `until` a moment, and of these kinds, if any. What is due comes as the lines that it
    will be.
    """
    before = MOST_ID if before is None else before
    lines = select_lines(tuple(sorted(set(kinds))), is_as_of=until is not None)
    which = {"wallet_id": wallet_id, "before": before, "limit": limit, "until": until}
    rows = session.execute(lines, which).mappings().all()
    if not rows:
        raise WalletNotFound
    newest, next_due, now = (rows[0][name] for name in ("newest", "next_due", "now"))
    due: list[Line] = []
    if before > newest + 1 and next_due is not None and next_due <= min(until or now, now):
        due = _due_lines(session, wallet_id, until)
    wanted = [one for one in due if one.seq < before and (not kinds or one.kind in kinds)]
    written = [row for row in rows if row["seq"] is not None]
    parts = _read_parts(session, wallet_id, [row["seq"] for row in written])
    wanted += [line_of_entry(row, tuple(parts[row["seq"]])) for row in written]
    return wanted[:limit]


def read_settled(session: AnySession, wallet_id: int) -> Wallet:
    """The wallet as it is now, with what is due counted as if it were written."""
    found = read_wallet(session, wallet_id)
    settle_in_memory(found, found.at)
    return found


def settle_in_memory(found: Wallet, until: datetime) -> None:
    for _plan in plan_due(found, until):
        pass


def _due_lines(session: AnySession, wallet_id: int, until: datetime | None) -> list[Line]:
    """The newest first."""
    found = read_wallet(session, wallet_id)
    due = plan_due(found, min(until or found.at, found.at))
    return [line_of_plan(seq, plan) for seq, plan in enumerate(due, start=found.seq + 1)][::-1]


def _read_parts(session: AnySession, wallet_id: int, seqs: list[int]) -> dict[int, list[LotPart]]:
    parts: dict[int, list[LotPart]] = {seq: [] for seq in seqs}
    if not seqs:
        return parts
    first, last = min(seqs), max(seqs)
    which: dict[str, object] = {"wallet_id": wallet_id, "first": first, "last": last}
    asked = PARTS_BETWEEN
    if last - first >= len(seqs):
        asked, which = PARTS_OF, {"wallet_id": wallet_id, "seqs": seqs}
    for seq, *columns in session.execute(asked, which):
        parts[seq].append(LotPart(*columns))
    return parts


def _load_lots(
    session: AnySession, found: Wallet, which: Executable, **terms: object
) -> dict[int, Sequence[Any]]:
    """What came with each: entry, time, source."""
    rows = session.execute(which, {"wallet_id": found.id, **terms}).all()
    add_lots(found, (row[: len(LOT_COLUMNS)] for row in rows))
    return {row[0]: row[len(LOT_COLUMNS) :] for row in rows}


def _given_first(found: Wallet, one: Lot) -> int:
    """The number of the lot from which these credits go on."""
    return one.number if one.parent is None else _given_first(found, found.lots[one.parent])
