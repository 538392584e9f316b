"""What each act does to a wallet: postings, or the reason why not. Pure: no SQL, no clock.

A plan takes the wallet as it is under its lock, with what was due already settled.
"""

from domain.ledger.errors import (
    EndsTooSoon,
    InDebt,
    NotEnough,
    NothingLeft,
    Refusal,
    WalletBlocked,
    WalletClosed,
)
from domain.ledger.rules import Cause, EntryKind, Purpose
from domain.ledger.steps import (
    give_back_spent,
    giving_back,
    indebted,
    part_of,
    pay_debts,
    posted,
    shares,
    still_frozen,
    thaw,
)
from domain.ledger.wallet import Lot, NewLot, Plan, Taken, Wallet, in_spend_order


def refuse_if_closed(wallet: Wallet) -> Refusal | None:
    return WalletClosed() if wallet.status == "closed" else None


def refuse_new_use(wallet: Wallet, credits: int) -> Refusal | None:
    """Why these free credits cannot be spent or held."""
    if wallet.status != "open":
        return refuse_if_closed(wallet) or WalletBlocked()
    if wallet.owed:
        return InDebt(wallet.owed)
    if credits > wallet.free:
        return NotEnough(credits, wallet.free, wallet.held)
    return None


def plan_grant(wallet: Wallet, new: NewLot, kind: EntryKind = "grant") -> Plan | Refusal:
    """A new lot with free credits, which first pay what is owed."""
    if refusal := refuse_if_closed(wallet):
        return refusal
    if new.expires_at is not None and new.expires_at <= wallet.at:
        return EndsTooSoon(new.expires_at)
    plan = Plan(kind, wallet, wallet.at, new.granted)
    plan.add_lot(new)
    pay_debts(plan)
    return plan


def plan_spend(wallet: Wallet, credits: int, purpose: Purpose) -> Plan | Refusal:
    if refusal := refuse_new_use(wallet, credits):
        return refusal
    plan = Plan("spend", wallet, wallet.at, credits, purpose)
    for lot, part in shares(wallet.paying(), credits):
        plan.post(lot, "free", "spent", part)
    return plan


def plan_reverse(wallet: Wallet, spent: Taken, credits: int | None, cause: Cause) -> Plan | Refusal:
    """Gives back credits of what an entry spent (all that is left: None), the last paid first.

    A lot whose payment went away may have fewer: what it owes is paid first, and the rest comes
    from the lots that paid for it.
    """
    if refusal := refuse_if_closed(wallet):
        return refusal
    left = spent.credits - (spent.given_back or 0)
    credits = left if credits is None else credits
    if credits > left or not credits:
        return NothingLeft(credits, left)
    plan = Plan("reverse", wallet, wallet.at, credits, reverses=spent.seq, cause=cause)
    missing = 0
    for number, part in giving_back(spent, credits):
        missing += part - give_back_spent(plan, wallet.lots[number], part, cause)
    for lot in in_spend_order(wallet.lots.values())[::-1] if missing else ():
        missing -= give_back_spent(plan, lot, missing, cause)
    pay_debts(plan)
    return plan


def plan_revoke(
    wallet: Wallet, lots: list[Lot], credits: int, frozen: Taken | None = None, *, may_owe: bool
) -> Plan | Refusal:
    """Takes credits of these lots away: frozen ones, then free ones, then what was spent, which is
    owed from then on. Held ones stay for their hold: the plan has fewer credits then.

    With an entry that froze, only what it froze counts as frozen, and the rest of that is freed.
    """
    if refusal := refuse_if_closed(wallet) or refuse_ended(frozen, credits):
        return refusal
    slices = frozen.slices if frozen else [(lot.number, lot.frozen) for lot in lots]
    aside = still_frozen(wallet, slices)
    at_hand = sum(part for _, part in aside) + sum(lot.free for lot in lots)
    if credits > at_hand and not may_owe:
        return NothingLeft(credits, at_hand)
    plan = Plan("revoke", wallet, wallet.at, reverses=frozen and frozen.seq)
    for number, part in part_of(aside, skip=0, credits=credits):
        plan.post(wallet.lots[number], "frozen", "revoked", part)
    for lot, part in shares(lots, credits - posted(plan), "free"):
        plan.post(lot, "free", "revoked", part)
    for lot, part in shares(lots, credits - posted(plan), "spent"):
        plan.post(lot, "spent", "owed", part)
    plan.credits = posted(plan)
    if frozen:
        thaw(plan, part_of(aside, skip=credits, credits=frozen.credits), frozen.at)
    pay_debts(plan)
    return plan


def plan_freeze(wallet: Wallet, lots: list[Lot], credits: int) -> Plan | Refusal:
    """Freezes as many of the credits as are free in these lots; none is an entry too."""
    if refusal := refuse_if_closed(wallet):
        return refusal
    plan = Plan("freeze", wallet, wallet.at)
    for lot, part in shares(lots, credits):
        plan.post(lot, "free", "frozen", part)
    plan.credits = posted(plan)
    return plan


def plan_unfreeze(wallet: Wallet, frozen: Taken) -> Plan | Refusal:
    """Frees what an entry froze and is frozen still. A lot that ends lives longer by the time that
    its credits were frozen."""
    if refusal := refuse_if_closed(wallet) or refuse_ended(frozen, frozen.credits):
        return refusal
    plan = Plan("unfreeze", wallet, wallet.at, reverses=frozen.seq)
    slices = still_frozen(wallet, frozen.slices)
    plan.credits = sum(part for _, part in slices)
    thaw(plan, slices, frozen.at)
    pay_debts(plan)
    return plan


def refuse_ended(frozen: Taken | None, credits: int) -> Refusal | None:
    """Why what an entry froze is not to be had: it was freed or lost before."""
    ended = frozen is not None and frozen.given_back is not None
    return NothingLeft(credits, 0) if ended else None


def plan_take(wallet: Wallet, credits: int) -> Plan | Refusal:
    """A correction downwards, of free credits in the order in which they pay; never below zero."""
    if refusal := refuse_if_closed(wallet):
        return refusal
    if credits > wallet.free:
        return NotEnough(credits, wallet.free, wallet.held)
    plan = Plan("adjust", wallet, wallet.at, credits)
    for lot, part in shares(wallet.paying(), credits):
        plan.post(lot, "free", "revoked", part)
    return plan


def plan_forgive(wallet: Wallet, credits: int) -> Plan | Refusal:
    if refusal := refuse_if_closed(wallet):
        return refusal
    if credits > wallet.owed:
        return NothingLeft(credits, wallet.owed)
    plan = Plan("forgive", wallet, wallet.at, credits)
    for lot, part in shares(indebted(wallet), credits, "owed"):
        plan.post(lot, "owed", "spent", part)
    return plan
