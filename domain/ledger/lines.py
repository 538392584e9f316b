"""The lines of a statement, from entries that are written and from those that are due. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from domain.ledger.rules import BALANCES, SCRIP, Bucket, EntryKind, LotKind, Purpose
from domain.ledger.wallet import Plan, Wallet


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


def line_of_entry(row: Mapping[Any, Any], parts: tuple[LotPart, ...]) -> Line:
    kind, id = row["purpose_kind"], row["purpose_id"]
    return Line(
        seq=row["seq"],
        at=row["at"],
        kind=row["kind"],
        credits=row["credits"],
        change=_change(parts),
        balance=Balance(row["at"], *(row[bucket] for bucket in BALANCES)),
        purpose=None if kind is None else Purpose(kind, id),
        hold=row["hold_number"],
        cause=row["cause"],
        reason=row["reason"],
        actor=row["actor"],
        parts=parts,
    )


def line_of_plan(seq: int, plan: Plan) -> Line:
    """Of what is due: the line that it will be. The wallet is as the plan leaves it."""
    lots = plan.wallet.lots
    parts = tuple(
        LotPart(one.lot, lots[one.lot].kind, lots[one.lot].expires_at, *one[1:4])
        for one in plan.postings
    )
    return Line(
        seq=seq,
        at=plan.at,
        kind=plan.kind,
        credits=plan.credits,
        change=_change(parts),
        balance=balance_of(plan.wallet, plan.at),
        purpose=plan.purpose,
        hold=plan.hold.number if plan.hold else None,
        cause=plan.cause,
        reason=None,
        actor=SCRIP,
        parts=parts,
    )


def balance_of(found: Wallet, at: datetime) -> Balance:
    return Balance(at, found.free, found.held, found.frozen, found.owed)


def _change(parts: tuple[LotPart, ...]) -> int:
    return sum(
        part.credits * ((part.to_bucket == "free") - (part.from_bucket == "free")) for part in parts
    )
