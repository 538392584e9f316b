"""A wallet told in words, for tests of plans: lots before, steps with their postings, lots after.

A lot is "gift 1 May: 5, 2 held": its kind, its end, what is free, what is elsewhere. A posting is
"1: 5 free>spent": of lot 1. It is 1 April; a bought lot is the purchase of its own number.
"""

import re
from datetime import UTC, datetime, timedelta

from domain.ledger.due import plan_due
from domain.ledger.errors import Refusal
from domain.ledger.holds import plan_capture, plan_extend, plan_hold, plan_void
from domain.ledger.plans import (
    plan_forgive,
    plan_freeze,
    plan_grant,
    plan_reverse,
    plan_revoke,
    plan_spend,
    plan_take,
    plan_unfreeze,
)
from domain.ledger.rules import BALANCES, BUCKETS, Purpose
from domain.ledger.wallet import Hold, Lot, NewLot, Plan, Taken, Wallet

TODAY = datetime(2027, 4, 1, tzinfo=UTC)
LOT = re.compile(r"(?P<kind>\w+)( (?P<end>\d+ \w+))?: (?P<credits>.+)")
PURPOSE = Purpose("call", "call-1")


def day(text: str) -> datetime:
    return datetime.strptime(f"{text} 2027", "%d %b %Y").replace(tzinfo=UTC)


def lot(number: int, text: str) -> Lot:
    found = LOT.fullmatch(text)
    assert found, text
    kind, end = found["kind"], found["end"] and day(found["end"])
    new = Lot(number, kind, 0, end, number if kind == "bought" else None)  # type: ignore[arg-type]
    for part in found["credits"].split(", "):
        credits, bucket = [*part.split(), "free"][:2]
        setattr(new, bucket, int(credits))
        new.granted += int(credits)
    return new


def written(lot: Lot) -> str:
    end = f" {lot.expires_at.day} {lot.expires_at:%b}" if lot.expires_at else ""
    parts = [
        f"{credits} {bucket}".removesuffix(" free")
        for bucket in BUCKETS
        if (credits := getattr(lot, bucket))
    ]
    ordered = sorted(parts, key=lambda part: " " in part)
    return f"{lot.kind}{end}: {', '.join(ordered)}"


class Story:
    def __init__(self, lots: str) -> None:
        self.wallet = Wallet(
            *(1, "open", 0, TODAY, "0" * 64, None, TODAY, 0, 0),
        )
        for number, text in enumerate(lots.split("; "), start=1):
            self.wallet.lots[number] = lot(number, text)
            self.wallet.last_lot = number
        for bucket in BALANCES:
            total = sum(getattr(one, bucket) for one in self.wallet.lots.values())
            setattr(self.wallet, bucket, total)
        # What each step took that can be given back, by the number of the step.
        self.taken: dict[int, Taken] = {}

    @property
    def lots(self) -> str:
        return "; ".join(written(one) for _, one in sorted(self.wallet.lots.items()))

    @property
    def held(self) -> Hold:
        """The newest hold, as the database has it."""
        hold = self.wallet.holds[self.wallet.last_hold]
        hold.closed_seq = None if hold.open else hold.closed_seq or self.wallet.seq
        return hold

    def do(self, step: str) -> str:
        """What a step came to: its postings, or the code of its refusal."""
        verb, *words = step.split()
        plan = getattr(self, verb)(*words)
        self.wallet.seq += 1
        plans = plan if isinstance(plan, list) else [plan]
        return ", ".join(filter(None, map(self.shown, plans)))

    def shown(self, plan: Plan | Refusal) -> str:
        if isinstance(plan, Refusal):
            return plan.code
        slices = [
            (one.lot, one.credits) for one in plan.postings if one.to_bucket in ("spent", "frozen")
        ]
        if slices and plan.kind in ("spend", "capture", "freeze"):
            self.taken[self.wallet.seq] = Taken(self.wallet.seq, plan.at, slices, None)
        return ", ".join(
            f"{one.lot}: {one.credits} {one.from_bucket}>{one.to_bucket}" for one in plan.postings
        )

    # The steps, as they are named in the tables.

    def on(self, *date: str) -> list[Plan]:
        """Time goes on to that day."""
        self.wallet.at = day(" ".join(date))
        return list(plan_due(self.wallet, self.wallet.at))

    def grant(self, credits: str) -> Plan | Refusal:
        return plan_grant(
            self.wallet, NewLot(self.wallet.last_lot + 1, "gift", int(credits), "gift:1")
        )

    def spend(self, credits: str) -> Plan | Refusal:
        return plan_spend(self.wallet, int(credits), PURPOSE)

    def take(self, credits: str) -> Plan | Refusal:
        return plan_take(self.wallet, int(credits))

    def hold(self, credits: str, days: str = "90", unit: str = "") -> Plan | Refusal:
        terms = ("capture_used", int(unit)) if unit else ("give_back", None)
        return plan_hold(self.wallet, int(credits), PURPOSE, timedelta(days=int(days)), *terms)

    def extend(self, credits: str, days: str = "0") -> Plan | Refusal:
        return plan_extend(self.wallet, self.held, int(credits), timedelta(days=int(days)), None)

    def report(self, used: str) -> Plan | Refusal:
        return plan_extend(self.wallet, self.held, 0, None, int(used))

    def capture(self, credits: str, used: str = "") -> Plan | Refusal:
        """A part, and the hold stays open."""
        units = int(used) if used else None
        return plan_capture(self.wallet, self.held, int(credits), units, final=False)

    def last(self, credits: str) -> Plan | Refusal:
        """The last part."""
        return plan_capture(self.wallet, self.held, int(credits), None, final=True)

    def void(self, cause: str) -> Plan | Refusal:
        return plan_void(self.wallet, self.held, cause)  # type: ignore[arg-type]

    def reverse(self, credits: str, cause: str, step: str = "") -> Plan | Refusal:
        """Of the newest step that spent, or of that one; they count from 0."""
        spent = self.taken[int(step) if step else max(self.taken)]
        part = None if credits == "all" else int(credits)
        plan = plan_reverse(self.wallet, spent, part, cause)  # type: ignore[arg-type]
        if isinstance(plan, Plan):
            back = (spent.given_back or 0) + plan.credits
            self.taken[spent.seq] = spent._replace(given_back=back)
        return plan

    def revoke(self, credits: str, purchase: str) -> Plan | Refusal:
        lots = self.of(purchase)
        return plan_revoke(self.wallet, lots, int(credits), may_owe=True)

    def refund(self, credits: str, purchase: str) -> Plan | Refusal:
        """The same, of what was not spent."""
        lots = self.of(purchase)
        return plan_revoke(self.wallet, lots, int(credits), may_owe=False)

    def freeze(self, credits: str, purchase: str) -> Plan | Refusal:
        return plan_freeze(self.wallet, self.of(purchase), int(credits))

    def unfreeze(self) -> Plan | Refusal:
        frozen = self.taken[max(self.taken)]
        plan = plan_unfreeze(self.wallet, frozen)
        self.taken[frozen.seq] = frozen._replace(given_back=0)
        return plan

    def forgive(self, credits: str) -> Plan | Refusal:
        return plan_forgive(self.wallet, int(credits))

    def of(self, purchase: str) -> list[Lot]:
        lots = self.wallet.lots.values()
        return [one for one in lots if one.purchase_id == int(purchase)]
