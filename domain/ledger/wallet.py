"""A wallet as an act finds it under its lock, and the entry that the act plans. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from domain.ledger.rules import (
    BALANCES,
    Bucket,
    Cause,
    EntryKind,
    LotKind,
    Posting,
    Purpose,
    TimeOut,
    spend_order,
)


@dataclass(slots=True)
class Lot:
    """A lot and what is in each of its buckets; `number` counts from 1 in each wallet, and `parent`
    is the lot that its credits were carried from."""

    number: int
    kind: LotKind
    granted: int
    expires_at: datetime | None = None
    purchase_id: int | None = None
    parent: int | None = None
    outside: int = 0
    free: int = 0
    held: int = 0
    frozen: int = 0
    spent: int = 0
    expired: int = 0
    revoked: int = 0
    owed: int = 0
    carried: int = 0

    def has_ended(self, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= at


class NewLot(NamedTuple):
    """A lot that comes with an entry. `source` is the caller's, and gives once; `paid_minor` is
    what was paid for all of it."""

    number: int
    kind: LotKind
    granted: int
    source: str | None
    expires_at: datetime | None = None
    purchase_id: int | None = None
    paid_minor: int | None = None
    currency: str | None = None
    parent: int | None = None


@dataclass(slots=True)
class Hold:
    """A hold; `slices` are its postings from lots in the order they were taken: (lot, credits).

    `credits_per_unit` is the price of a unit where units are reported, and `used` how many were.
    """

    number: int
    purpose: Purpose
    expires_at: datetime
    on_time_out: TimeOut
    credits_per_unit: int | None = None
    used: int = 0
    open: int = 0
    captured: int = 0
    closed_seq: int | None = None
    slices: list[tuple[int, int]] = field(default_factory=list)

    @property
    def taken(self) -> int:
        return sum(credits for _, credits in self.slices)


class Taken(NamedTuple):
    """What entry `seq` took from each lot, in its order: (lot, credits); and how many credits later
    entries gave back of it, None when there is no such entry."""

    seq: int
    at: datetime
    slices: list[tuple[int, int]]
    given_back: int | None

    @property
    def credits(self) -> int:
        return sum(credits for _, credits in self.slices)


@dataclass(slots=True)
class Wallet:
    """One wallet, and of its lots and holds those that the act needs.

    Planning changes it as it goes: it says what would be. `clock` is the database's, and `at` when
    an entry written now takes effect: never before the newest one.
    """

    id: int
    status: str
    seq: int
    at: datetime
    head_hash: str
    next_due: datetime | None
    clock: datetime
    last_lot: int
    last_hold: int
    free: int = 0
    held: int = 0
    frozen: int = 0
    owed: int = 0
    lots: dict[int, Lot] = field(default_factory=dict)
    holds: dict[int, Hold] = field(default_factory=dict)

    def agrees(self) -> bool:
        """Whether its free and owed credits are those of its lots, all of which are read."""
        lots = self.lots.values()
        free, owed = sum(lot.free for lot in lots), sum(lot.owed for lot in lots)
        return (self.free, self.owed) == (free, owed)

    def paying(self) -> list[Lot]:
        """The lots with free credits, in the order in which they pay."""
        return in_spend_order(lot for lot in self.lots.values() if lot.free)


def in_spend_order(lots: Iterable[Lot]) -> list[Lot]:
    return sorted(lots, key=lambda lot: spend_order(lot.kind, lot.expires_at, lot.number))


@dataclass(slots=True)
class Plan:
    """An entry as planned, with its postings; `credits` is what the act is about, as a total.

    `at` is when it takes effect. Its hold, if any, is as it is from then on; one of kind "hold"
    opens it. `source` is the caller's: there is one entry for each; and `note_digest` is of the
    caller's note.
    """

    kind: EntryKind
    wallet: Wallet
    at: datetime
    credits: int = 0
    purpose: Purpose | None = None
    reverses: int | None = None
    cause: Cause | None = None
    hold: Hold | None = None
    source: str | None = None
    note_digest: str | None = None
    postings: list[Posting] = field(default_factory=list)
    new_lots: list[NewLot] = field(default_factory=list)

    def post(
        self,
        lot: Lot,
        from_bucket: Bucket,
        to_bucket: Bucket,
        credits: int,
        hold: Hold | None = None,
    ) -> None:
        """Carries credits of the lot, if any, in the wallet as it will be."""
        if not credits:
            return
        number = hold.number if hold else None
        self.postings.append(Posting(lot.number, from_bucket, to_bucket, credits, number))
        for bucket, change in ((from_bucket, -credits), (to_bucket, credits)):
            setattr(lot, bucket, getattr(lot, bucket) + change)
            if bucket in BALANCES:
                setattr(self.wallet, bucket, getattr(self.wallet, bucket) + change)
        if hold:
            hold.open += credits if to_bucket == "held" else -credits
            hold.captured += credits if to_bucket == "spent" else 0

    def add_lot(self, new: NewLot) -> Lot:
        """The lot with all its credits free."""
        self.new_lots.append(new)
        self.wallet.last_lot = new.number
        came = (new.expires_at, new.purchase_id, new.parent)
        lot = Lot(new.number, new.kind, new.granted, *came, outside=new.granted)
        self.wallet.lots[new.number] = lot
        self.post(lot, "outside", "free", new.granted)
        return lot
