"""What several acts do to the wallet that they plan an entry for. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from domain.ledger.rules import GRACE, Cause
from domain.ledger.wallet import Hold, Lot, NewLot, Plan, Taken, Wallet


def hold_more(plan: Plan, hold: Hold, credits: int) -> None:
    for lot, part in shares(plan.wallet.paying(), credits):
        plan.post(lot, "free", "held", part, hold)
        hold.slices.append((lot.number, part))


def capture(plan: Plan, hold: Hold, credits: int) -> None:
    for number, part in part_of(hold.slices, skip=hold.captured, credits=credits):
        plan.post(plan.wallet.lots[number], "held", "spent", part, hold)


def give_back_held(plan: Plan, hold: Hold, cause: Cause) -> None:
    """Closes the hold: what is open is free again, the last held first."""
    for number, part in part_of(hold.slices[::-1], skip=0, credits=hold.open):
        lot = plan.wallet.lots[number]
        plan.post(lot, "held", "free", part, hold)
        take_time_into_account(plan, lot, part, cause)
    pay_debts(plan)


def giving_back(spent: Taken, credits: int | None) -> list[tuple[int, int]]:
    """The slices, the last paid first, of as many of its credits as are not given back yet."""
    before = spent.given_back or 0
    credits = spent.credits - before if credits is None else credits
    return list(part_of(spent.slices[::-1], skip=before, credits=credits))


def lacks_credits_to_give_back(wallet: Wallet, spent: Taken, credits: int | None) -> bool:
    """Whether a lot's payment went away meanwhile: then any other lot may have paid for it."""
    wanted = Counter[int]()
    for number, part in giving_back(spent, credits):
        wanted[number] += part
    lots = wallet.lots
    return any(part > lots[number].spent + lots[number].owed for number, part in wanted.items())


def give_back_spent(plan: Plan, lot: Lot, credits: int, cause: Cause) -> int:
    """How many of the credits the lot had spent or owed; spent ones are free again."""
    free = min(credits, lot.spent)
    paid = min(credits - free, lot.owed)
    plan.post(lot, "spent", "free", free)
    plan.post(lot, "owed", "revoked", paid)
    take_time_into_account(plan, lot, free, cause)
    return free + paid


def take_time_into_account(plan: Plan, lot: Lot, credits: int, cause: Cause) -> None:
    """What came back after its lot's end lapses if the customer is the cause, else lives a while.

    Holds that time out one after the other would keep it alive for ever, so they do that once.
    Never decided by when it was settled.
    """
    if not lot.has_ended(plan.at):
        return
    if cause == "customer" or (cause == "time_out" and lot.parent is not None):
        plan.post(lot, "free", "expired", credits)
    else:
        carry(plan, lot, credits, plan.at + GRACE)


def carry(plan: Plan, lot: Lot, credits: int, expires_at: datetime) -> None:
    """Free credits go on in a lot of their own with another end."""
    if not credits:
        return
    plan.post(lot, "free", "carried", credits)
    number = plan.wallet.last_lot + 1
    plan.add_lot(
        NewLot(number, lot.kind, credits, None, expires_at, lot.purchase_id, parent=lot.number)
    )


def still_frozen(wallet: Wallet, slices: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The slices, as far as their credits are frozen still."""
    return [(number, min(part, wallet.lots[number].frozen)) for number, part in slices]


def thaw(plan: Plan, slices: Iterable[tuple[int, int]], since: datetime) -> None:
    """Frozen credits are free again. A lot that ends lives longer by the time they were frozen."""
    for number, part in slices:
        lot = plan.wallet.lots[number]
        plan.post(lot, "frozen", "free", part)
        if lot.expires_at is not None:
            carry(plan, lot, part, lot.expires_at + (plan.at - since))


def pay_debts(plan: Plan) -> None:
    """Free credits take the place of spent ones whose payment went away."""
    wallet = plan.wallet
    credits = min(wallet.free, wallet.owed)
    for lot, part in shares(wallet.paying(), credits):
        plan.post(lot, "free", "spent", part)
    for lot, part in shares(indebted(wallet), credits, "owed"):
        plan.post(lot, "owed", "revoked", part)


def indebted(wallet: Wallet) -> list[Lot]:
    return [lot for _, lot in sorted(wallet.lots.items()) if lot.owed]


def shares(lots: Iterable[Lot], credits: int, bucket: str = "free") -> Iterator[tuple[Lot, int]]:
    """How much of the credits each lot pays from this bucket, in the order of the lots."""
    for lot in lots:
        part = min(credits, getattr(lot, bucket))
        credits -= part
        if part:
            yield lot, part


def part_of(
    slices: Iterable[tuple[int, int]], *, skip: int, credits: int
) -> Iterator[tuple[int, int]]:
    """The slices that hold the `credits` after the first `skip`: (lot, credits)."""
    for number, size in slices:
        passed = min(skip, size)
        part = min(credits, size - passed)
        skip, credits = skip - passed, credits - part
        if part:
            yield number, part


def posted(plan: Plan) -> int:
    return sum(posting.credits for posting in plan.postings)
