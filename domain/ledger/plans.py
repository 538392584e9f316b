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
    carry,
    give_back_spent,
    giving_back,
    indebted,
    pay_debts,
    posted,
    shares,
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


def plan_revoke(wallet: Wallet, lots: list[Lot], credits: int, *, may_owe: bool) -> Plan | Refusal:
    """Takes credits of these lots away: frozen ones, then free ones, then what was spent, which is
    owed from then on. Held ones stay for their hold: the plan has fewer credits then."""
    if refusal := refuse_if_closed(wallet):
        return refusal
    at_hand = sum(lot.frozen + lot.free for lot in lots)
    if credits > at_hand and not may_owe:
        return NothingLeft(credits, at_hand)
    plan = Plan("revoke", wallet, wallet.at)
    for lot, part in shares(lots, credits, "frozen"):
        plan.post(lot, "frozen", "revoked", part)
    for lot, part in shares(lots, credits - posted(plan), "free"):
        plan.post(lot, "free", "revoked", part)
    for lot, part in shares(lots, credits - posted(plan), "spent"):
        plan.post(lot, "spent", "owed", part)
    plan.credits = posted(plan)
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
    if refusal := refuse_if_closed(wallet):
        return refusal
    if frozen.given_back is not None:
        return NothingLeft(frozen.credits, 0)
    plan = Plan("unfreeze", wallet, wallet.at, reverses=frozen.seq)
    for number, part in frozen.slices:
        lot = wallet.lots[number]
        thawed = min(part, lot.frozen)
        plan.post(lot, "frozen", "free", thawed)
        plan.credits += thawed
        if lot.expires_at is not None:
            carry(plan, lot, thawed, lot.expires_at + (wallet.at - frozen.at))
    pay_debts(plan)
    return plan


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
