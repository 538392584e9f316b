"""What a wallet holds by the rules alone: dictionaries, and credits that go one by one.

It keeps no slices and plans nothing: whoever pays next is looked for again for each credit.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

FOREVER = datetime.max.replace(tzinfo=UTC)
TWO_WEEKS = timedelta(days=14)
BUCKETS = ("free", "held", "frozen", "spent", "expired", "revoked", "owed", "carried")
# The lot of a credit, and the entry that took it: credits of one posting have both in common.
Credit = tuple[int, int]
# What an act comes to: kind, seq, at, credits, the four balances, hold; or the code of a refusal.
Outcome = tuple[Any, ...] | str


class Model:
    def __init__(self, now: datetime) -> None:
        self.at = now
        self.status = "open"
        self.entries: list[tuple[Any, ...]] = []
        self.lots: dict[int, dict[str, Any]] = {}
        self.holds: dict[int, dict[str, Any]] = {}
        self.sources: set[str] = set()
        self.paid: set[str] = set()
        # What each entry spent and froze, and was not given back since.
        self.spent: dict[int, list[Credit]] = {}
        self.freezes: dict[int, tuple[datetime, Counter[int]]] = {}
        self.frozen_of: dict[int, int] = {}  # the purchase, also after the freeze has ended

    # What there is.

    def total(self, bucket: str) -> int:
        return sum(lot[bucket] for lot in self.lots.values())

    def balances(self) -> tuple[int, ...]:
        return tuple(self.total(bucket) for bucket in ("free", "held", "frozen", "owed"))

    def pay_order(self) -> list[int]:
        def order(number: int) -> tuple[Any, ...]:
            lot = self.lots[number]
            return (lot["ends"] or FOREVER, lot["kind"] == "bought", number)

        return sorted(self.lots, key=order)

    def of_purchase(self, purchase: int) -> list[int]:
        return [number for number, lot in self.lots.items() if lot["purchase"] == purchase]

    def open_holds(self) -> list[int]:
        return [number for number, hold in self.holds.items() if hold["open"]]

    @property
    def frozen_by(self) -> list[int]:
        """The entries that froze, whether it was undone or not."""
        return [seq for kind, seq, *_ in self.entries if kind == "freeze"]

    def ends(self) -> list[datetime]:
        """When something ends by itself."""
        holds = [self.holds[number]["ends"] for number in self.open_holds()]
        return holds + [lot["ends"] for lot in self.lots.values() if lot["free"] and lot["ends"]]

    # What can happen to one credit, or to a few of one lot.

    def carry(self, lot: int, source: str, target: str, credits: int = 1) -> None:
        self.lots[lot][source] -= credits
        self.lots[lot][target] += credits

    def add_lot(self, kind: str, credits: int, ends: datetime | None, purchase: int | None) -> None:
        lot = {"kind": kind, "ends": ends, "purchase": purchase, **dict.fromkeys(BUCKETS, 0)}
        lot["was_carried"] = False
        self.lots[len(self.lots) + 1] = lot | {"free": credits}

    def use(self, credits: int, target: str) -> list[int]:
        """Takes free credits as they pay; the lot of each."""
        used = []
        for _ in range(credits):
            used.append(next(lot for lot in self.pay_order() if self.lots[lot]["free"]))
            self.carry(used[-1], "free", target)
        return used

    def pay_debts(self) -> None:
        while self.total("free") and self.total("owed"):
            self.use(1, "spent")
            self.carry(next(n for n in self.lots if self.lots[n]["owed"]), "owed", "revoked")

    def came_back(self, lot: int, credits: int, cause: str) -> None:
        ends = self.lots[lot]["ends"]
        if credits and ends and ends <= self.at:
            if cause == "customer" or (cause == "time_out" and self.lots[lot]["was_carried"]):
                self.carry(lot, "free", "expired", credits)
            else:
                self.live_on(lot, credits, self.at + TWO_WEEKS)

    def live_on(self, lot: int, credits: int, ends: datetime) -> None:
        self.carry(lot, "free", "carried", credits)
        self.add_lot(self.lots[lot]["kind"], credits, ends, self.lots[lot]["purchase"])
        self.lots[len(self.lots)]["was_carried"] = True

    def capture_some(self, hold: dict[str, Any], credits: int) -> None:
        going, hold["open"] = hold["open"][:credits], hold["open"][credits:]
        for lot, _ in going:
            self.carry(lot, "held", "spent")
        hold["captured"] += credits
        self.spent[self.seq] = going

    def let_go(self, hold: dict[str, Any], cause: str) -> None:
        for lot, credits in alike(reversed(hold["open"])):
            self.carry(lot, "held", "free", credits)
            self.came_back(lot, credits, cause)
        hold["open"] = []
        self.pay_debts()

    # Time.

    def settle(self, now: datetime) -> None:
        while due := min(self.due(now), default=None):
            self.at, is_lot, number = due
            if is_lot:
                credits = self.lots[number]["free"]
                self.carry(number, "free", "expired", credits)
                self.note("expire", credits)
            else:
                self.time_out(number)
        self.at = now

    def due(self, now: datetime) -> Iterator[tuple[datetime, bool, int]]:
        for number in self.open_holds():
            if self.holds[number]["ends"] <= now:
                yield self.holds[number]["ends"], False, number
        for number, lot in self.lots.items():
            if lot["free"] and lot["ends"] and lot["ends"] <= now:
                yield lot["ends"], True, number

    def time_out(self, number: int) -> None:
        hold = self.holds[number]
        credits = len(hold["open"])
        if hold["on_time_out"] == "capture_used":
            self.capture_some(hold, hold["used"] * hold["price"] - hold["captured"])
        self.let_go(hold, "time_out")
        self.note("time_out", credits, number)

    # The entry.

    @property
    def seq(self) -> int:
        """Of the entry that comes next."""
        return len(self.entries) + 1

    def note(self, kind: str, credits: int, hold: int | None = None) -> Outcome:
        if hold and not self.holds[hold]["open"]:
            self.holds[hold]["closed"] = self.seq
            if self.holds[hold]["captured"]:
                self.paid.add(self.holds[hold]["purpose"])
        self.entries.append((kind, self.seq, self.at, credits, *self.balances(), hold))
        return self.entries[-1]

    # What people do.

    def refuse_use(self, credits: int, purpose: str | None = None) -> str | None:
        if purpose in [self.holds[number]["purpose"] for number in self.open_holds()]:
            return "purpose_held"
        if purpose in self.paid:
            return "purpose_spent"
        if self.status != "open":
            return f"wallet_{self.status}"
        if self.total("owed"):
            return "in_debt"
        return "not_enough" if credits > self.total("free") else None

    def grant(
        self, credits: int, kind: str, source: str, ends: datetime | None, purchase: int | None
    ) -> Outcome:
        if source in self.sources:
            return "already_granted"
        if self.status == "closed":
            return "wallet_closed"
        if ends and ends <= self.at:
            return "ends_too_soon"
        self.sources.add(source)
        self.add_lot(kind, credits, ends, purchase)
        self.pay_debts()
        return self.note("grant", credits)

    def spend(self, credits: int, purpose: str) -> Outcome:
        if refusal := self.refuse_use(credits, purpose):
            return refusal
        self.spent[self.seq] = [(lot, self.seq) for lot in self.use(credits, "spent")]
        self.paid.add(purpose)
        return self.note("spend", credits)

    def hold(
        self,
        credits: int,
        purpose: str,
        lasts: timedelta,
        on_time_out: str,
        price: int | None,
    ) -> Outcome:
        if refusal := self.refuse_use(credits, purpose):
            return refusal
        number = len(self.holds) + 1
        self.holds[number] = {
            **{"purpose": purpose, "ends": self.at + lasts, "on_time_out": on_time_out},
            **{"price": price, "used": 0, "captured": 0, "closed": None, "taken": credits},
            "open": [(lot, self.seq) for lot in self.use(credits, "held")],
        }
        return self.note("hold", credits, number)

    def extend(
        self, number: int, credits: int, lasts: timedelta | None, used: int | None
    ) -> Outcome:
        hold = self.holds[number]
        if hold["closed"]:
            return "hold_closed"
        if credits and (refusal := self.refuse_use(credits)):
            return refusal
        if refusal := self.refuse_units(hold, used, hold["taken"] + credits):
            return refusal
        hold["ends"] = max(hold["ends"], self.at + (lasts or timedelta()))
        hold["used"], hold["taken"] = used or hold["used"], hold["taken"] + credits
        hold["open"] += [(lot, self.seq) for lot in self.use(credits, "held")]
        return self.note("extend", credits, number)

    def refuse_units(self, hold: dict[str, Any], used: int | None, taken: int) -> str | None:
        if used is None:
            return None
        if used < hold["used"]:
            return "less_than_before"
        return "more_than_held" if used * hold["price"] > taken else None

    def capture(
        self, number: int, credits: int | None, used: int | None, *, final: bool
    ) -> Outcome:
        hold = self.holds[number]
        if hold["closed"]:
            return "hold_closed"
        if refusal := self.refuse_units(hold, used, hold["taken"]):
            return refusal
        if used is not None:
            credits = used * hold["price"] - hold["captured"]
        elif hold["price"]:
            credits = hold["used"] * hold["price"] - hold["captured"]
        credits = len(hold["open"]) if credits is None else credits
        if credits > len(hold["open"]):
            return "more_than_held"
        hold["used"] = used or hold["used"]
        self.capture_some(hold, credits)
        if final:
            self.let_go(hold, "platform")
        return self.note("capture", credits, number)

    def void(self, number: int, cause: str) -> Outcome:
        hold = self.holds[number]
        if hold["closed"]:
            return "hold_closed"
        credits = len(hold["open"])
        self.let_go(hold, cause)
        return self.note("void", credits, number)

    def reverse(self, seq: int, credits: int | None, cause: str) -> Outcome:
        if self.status == "closed":
            return "wallet_closed"
        left = self.spent[seq]
        credits = len(left) if credits is None else credits
        if not 0 < credits <= len(left):
            return "nothing_left"
        back = [left.pop() for _ in range(credits)]
        missing = sum(self.unspend(lot, part, cause) for lot, part in alike(back))
        for lot in reversed(self.pay_order()) if missing else ():
            missing = self.unspend(lot, missing, cause)
        assert not missing
        self.pay_debts()
        return self.note("reverse", credits)

    def unspend(self, lot: int, credits: int, cause: str) -> int:
        """How many credits the lot has neither spent nor owes."""
        free = min(credits, self.lots[lot]["spent"])
        paid = min(credits - free, self.lots[lot]["owed"])
        self.carry(lot, "spent", "free", free)
        self.carry(lot, "owed", "revoked", paid)
        self.came_back(lot, free, cause)
        return credits - int(free + paid)

    def revoke(
        self, credits: int, purchase: int, *, may_owe: bool, freeze: int | None = None
    ) -> Outcome:
        lots = self.of_purchase(purchase)
        if self.status == "closed":
            return "wallet_closed"
        if freeze is not None and freeze not in self.freezes:
            return "nothing_left"
        aside = {lot: self.lots[lot]["frozen"] for lot in lots}
        if freeze is not None:
            its = self.freezes[freeze][1]
            aside = {lot: min(aside[lot], its[lot]) for lot in lots}
        free = sum(self.lots[lot]["free"] for lot in lots)
        if not may_owe and credits > sum(aside.values()) + free:
            return "nothing_left"
        taken = 0
        for lot in lots:
            part = self.take([lot], "frozen", "revoked", min(aside[lot], credits - taken))
            aside[lot] -= part
            taken += part
        for bucket, target in (("free", "revoked"), ("spent", "owed")):
            taken += self.take(lots, bucket, target, credits - taken)
        if freeze is not None:
            self.thaw(aside, self.freezes.pop(freeze)[0])
        self.pay_debts()
        return self.note("revoke", taken)

    def freeze(self, credits: int, purchase: int) -> Outcome:
        if self.status == "closed":
            return "wallet_closed"
        lots = self.of_purchase(purchase)
        before = Counter({lot: self.lots[lot]["frozen"] for lot in lots})
        self.take(lots, "free", "frozen", credits)
        self.freezes[self.seq] = (
            self.at,
            Counter({lot: self.lots[lot]["frozen"] for lot in lots}) - before,
        )
        self.frozen_of[self.seq] = purchase
        return self.note("freeze", self.freezes[self.seq][1].total())

    def unfreeze(self, seq: int) -> Outcome:
        if self.status == "closed":
            return "wallet_closed"
        if seq not in self.freezes:
            return "nothing_left"
        since, frozen = self.freezes.pop(seq)
        thawed = self.thaw(frozen, since)
        self.pay_debts()
        return self.note("unfreeze", thawed)

    def thaw(self, frozen: dict[int, int], since: datetime) -> int:
        thawed = 0
        for lot, most in sorted(frozen.items()):
            credits = self.take([lot], "frozen", "free", most)
            thawed += credits
            if credits and self.lots[lot]["ends"]:
                self.live_on(lot, credits, self.lots[lot]["ends"] + (self.at - since))
        return thawed

    def adjust(self, change: int, ends: datetime | None) -> Outcome:
        if self.status == "closed":
            return "wallet_closed"
        if change < 0:
            if -change > self.total("free"):
                return "not_enough"
            self.use(-change, "revoked")
            return self.note("adjust", -change)
        if ends and ends <= self.at:
            return "ends_too_soon"
        self.add_lot("correction", change, ends, None)
        self.pay_debts()
        return self.note("adjust", change)

    def forgive(self, credits: int) -> Outcome:
        if self.status == "closed":
            return "wallet_closed"
        if credits > self.total("owed"):
            return "nothing_left"
        self.take(list(self.lots), "owed", "spent", credits)
        return self.note("forgive", credits)

    def close(self) -> str | None:
        if any(self.balances()):
            return "not_empty"
        self.status = "closed"
        return None

    def take(self, lots: list[int], source: str, target: str, most: int) -> int:
        """As many credits as there are, the oldest lot's first; how many they were."""
        taken = 0
        for lot in lots:
            while taken < most and self.lots[lot][source]:
                self.carry(lot, source, target)
                taken += 1
        return taken


def alike(credits: Iterator[Credit] | list[Credit]) -> Iterator[tuple[int, int]]:
    """The lot of those that were taken together, and how many they are."""
    for (lot, _), same in groupby(credits):
        yield lot, len(list(same))
