"""A wallet's book, read from its first entry on: what it leads to, and what does not fit. Pure.

All that does not fit is said in sentences for the operator; nothing is mended.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from domain.ledger.chain import ENTRY_COLUMNS, entry_hash, first_hash
from domain.ledger.rules import ALLOWED_POSTINGS, BALANCES, BUCKETS

Row = Mapping[Any, Any]
HOLD_WORDS = {
    "expires_at": "ends at {}",
    "used": "has {} units used",
    "open": "has {} credits open",
    "captured": "has {} credits captured",
    "returned": "has {} credits returned",
    "closed_seq": "was closed by entry {}",
}


class Difference(NamedTuple):
    """Something that does not agree, in a wallet."""

    wallet_id: int
    text: str

    def __str__(self) -> str:
        return f"Wallet {self.wallet_id}: {self.text}"


def _by_seq(rows: Mapping[int, Row]) -> dict[int, list[Row]]:
    """The rows that came with each entry."""
    found: dict[int, list[Row]] = {}
    for _, row in sorted(rows.items()):
        found.setdefault(row["seq"], []).append(row)
    return found


@dataclass
class ReplayedHold:
    expires_at: datetime
    used: int = 0
    open: int = 0
    captured: int = 0
    returned: int = 0
    closed_seq: int | None = None


@dataclass
class Replay:
    """One wallet, entry by entry. `lots` and `holds` are their rows by number."""

    wallet: Row
    lots: Mapping[int, Row]
    holds: Mapping[int, Row]
    seq: int = 0
    at: datetime | None = None
    balances: Counter[str] = field(default_factory=Counter)
    buckets: dict[int, Counter[str]] = field(default_factory=dict)
    replayed: dict[int, ReplayedHold] = field(default_factory=dict)
    # How many credits the entry carries on from each lot.
    carried_on: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._lots_of, self._holds_of = _by_seq(self.lots), _by_seq(self.holds)
        self.head_hash = first_hash(self.wallet["customer_id"], self.wallet["opened_at"])

    def add(self, entry: Row, postings: list[Row]) -> Iterator[str]:
        """What is wrong with the next entry and its postings."""
        seq = entry["seq"]
        if seq != self.seq + 1:
            yield f"entry {seq} follows entry {self.seq}; those between are missing."
        if self.at is not None and entry["at"] < self.at:
            yield f"entry {seq} is earlier than the one before it."
        yield from self._check_hash(entry, postings)
        self.seq, self.at, self.head_hash = seq, entry["at"], entry["hash"]
        self._begin(entry)
        for line, posting in enumerate(postings, start=1):
            if posting["line"] != line:
                yield f"entry {seq} lacks line {line}."
            yield from self._carry(entry, posting)
        yield from self._close(entry)

    def _check_hash(self, entry: Row, postings: list[Row]) -> Iterator[str]:
        seq = entry["seq"]
        if entry["prev_hash"] != self.head_hash:
            before = "the entry before it" if seq > 1 else "its wallet's customer and opening"
            yield f"entry {seq} is not chained to {before}."
        if entry["hash_format"] not in ENTRY_COLUMNS:
            yield f"entry {seq} has a hash of a format that this version does not know."
            return
        if entry["note_digest"] and "note_digest" not in ENTRY_COLUMNS[entry["hash_format"]]:
            yield f"entry {seq} has a digest of a note that its hash does not cover."
        came = (self._lots_of.get(seq, ()), self._holds_of.get(seq, ()))
        if entry_hash(entry, postings, *came) != entry["hash"]:
            yield (
                f"entry {seq} does not fit its hash: it, one of its postings, "
                "or the lot or hold that came with it was changed."
            )

    def _begin(self, entry: Row) -> None:
        self.carried_on.clear()
        for lot in self._lots_of.get(entry["seq"], ()):
            self.buckets[lot["number"]] = Counter(outside=lot["granted"])
        number = entry["hold_number"]
        if number is not None:
            self.replayed.setdefault(number, ReplayedHold(entry["hold_expires_at"]))

    def _carry(self, entry: Row, posting: Row) -> Iterator[str]:
        where = f"entry {posting['seq']}, line {posting['line']}"
        source, target, credits = (posting[k] for k in ("from_bucket", "to_bucket", "credits"))
        lot = self.lots.get(posting["lot_number"])
        buckets = self.buckets.get(posting["lot_number"])
        if lot is None or buckets is None:
            yield f"{where} names lot {posting['lot_number']}, which is not there."
            return
        if (source, target) not in ALLOWED_POSTINGS:
            yield f"{where} carries credits from {source} to {target}, which nothing may."
        ends = lot["expires_at"]
        if source == "free" and target in ("spent", "held") and ends and ends <= entry["at"]:
            yield f"{where} uses credits of lot {lot['number']} after its end."
        for bucket, change in ((source, -credits), (target, credits)):
            buckets[bucket] += change
            self.balances[bucket] += change
        if target == "carried":
            self.carried_on[lot["number"]] += credits
        if buckets[source] < 0:
            yield f"{where} takes more than lot {lot['number']} had {source}."
        if posting["hold_number"] is not None:
            yield from self._carry_hold(where, posting)

    def _carry_hold(self, where: str, posting: Row) -> Iterator[str]:
        hold = self.replayed.get(posting["hold_number"])
        if hold is None or hold.closed_seq:
            yield f"{where} is of hold {posting['hold_number']}, which is not open."
            return
        credits = posting["credits"]
        if posting["to_bucket"] == "held":
            hold.open += credits
            return
        hold.open -= credits
        if posting["to_bucket"] == "spent":
            hold.captured += credits
        else:
            hold.returned += credits

    def _close(self, entry: Row) -> Iterator[str]:
        for bucket in BALANCES:
            if entry[bucket] != self.balances[bucket]:
                yield (
                    f"entry {entry['seq']} says {entry[bucket]} credits {bucket}, "
                    f"its postings lead to {self.balances[bucket]}."
                )
        if self.balances["free"] and self.balances["owed"]:
            yield f"entry {entry['seq']} leaves free credits beside owed ones."
        yield from self._close_lots(entry["seq"])
        if entry["hold_number"] is not None:
            hold = self.replayed[entry["hold_number"]]
            hold.expires_at, hold.used = entry["hold_expires_at"], entry["hold_used"]
            hold.closed_seq = hold.closed_seq or (None if hold.open else entry["seq"])

    def _close_lots(self, seq: int) -> Iterator[str]:
        """A lot comes whole, and takes what is carried on from another."""
        taken = Counter[int]()
        for lot in self._lots_of.get(seq, ()):
            if lot["parent"] is not None:
                taken[lot["parent"]] += lot["granted"]
            if outside := self.buckets[lot["number"]]["outside"]:
                yield f"entry {seq} leaves {outside} credits of lot {lot['number']} outside."
        for number in sorted(self.carried_on.keys() | taken.keys()):
            if self.carried_on[number] != taken[number]:
                yield (
                    f"entry {seq} carries {self.carried_on[number]} credits of lot {number} on, "
                    f"and brings lots that take {taken[number]}."
                )

    def finish(self) -> Iterator[str]:
        """What the wallet, its lots and its holds have that the book does not say."""
        yield from self._compare_wallet()
        yield from self._compare_lots()
        yield from self._compare_holds()

    def _compare_wallet(self) -> Iterator[str]:
        wallet, due = self.wallet, self._next_due()
        if wallet["seq"] != self.seq:
            yield f"its row ends at entry {wallet['seq']}, the book at {self.seq}."
        if wallet["head_hash"] != self.head_hash:
            yield "its row has another hash than the book ends with."
        if wallet["line"]:
            yield f"its row counts postings that no entry closes: {wallet['line']}."
        for bucket in BALANCES:
            if wallet[bucket] != self.balances[bucket]:
                yield (
                    f"its row has {wallet[bucket]} credits {bucket}, "
                    f"the book leads to {self.balances[bucket]}."
                )
        if self.seq and wallet["at"] != self.at:
            yield "its row has another time than its newest entry."
        if wallet["next_due"] != due:
            yield f"its row is due at {wallet['next_due']}, the book leads to {due}."

    def _next_due(self) -> datetime | None:
        ends = [
            self.lots[number]["expires_at"]
            for number, buckets in self.buckets.items()
            if buckets["free"] and self.lots[number]["expires_at"]
        ]
        ends += [hold.expires_at for hold in self.replayed.values() if hold.open]
        return min(ends, default=None)

    def _compare_lots(self) -> Iterator[str]:
        for number, row in self.lots.items():
            says = self.buckets.get(number)
            if says is None:
                yield f"lot {number} is there, and no entry brought it."
                continue
            for bucket in BUCKETS:
                if row[bucket] != says[bucket]:
                    yield (
                        f"lot {number} has {row[bucket]} credits {bucket}, "
                        f"the book leads to {says[bucket]}."
                    )

    def _compare_holds(self) -> Iterator[str]:
        for number, row in self.holds.items():
            says = self.replayed.get(number)
            if says is None:
                yield f"hold {number} is there, and no entry opened it."
                continue
            for name, words in HOLD_WORDS.items():
                has, leads_to = row[name], getattr(says, name)
                if has != leads_to:
                    yield f"hold {number} {words.format(has)}, the book leads to {leads_to}."
