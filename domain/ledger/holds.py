"""What acts on a hold do to its wallet: postings, or the reason why not. Pure."""

from datetime import datetime, timedelta

from domain.ledger.errors import (
    HoldClosed,
    LessThanBefore,
    MoreThanHeld,
    Refusal,
    UnfitTerms,
)
from domain.ledger.plans import refuse_new_use
from domain.ledger.rules import Cause, Purpose, TimeOut
from domain.ledger.steps import capture, give_back_held, hold_more
from domain.ledger.terms import unit_price
from domain.ledger.wallet import Hold, Plan, Wallet
from domain.messages import message


def plan_hold(
    wallet: Wallet,
    credits: int,
    purpose: Purpose,
    lasts: timedelta,
    on_time_out: TimeOut,
    credits_per_unit: int | None,
) -> Plan | Refusal:
    if refusal := refuse_new_use(wallet, credits):
        return refusal
    wallet.last_hold += 1
    hold = Hold(*(wallet.last_hold, purpose, wallet.at + lasts, on_time_out, credits_per_unit))
    wallet.holds[hold.number] = hold
    plan = Plan("hold", wallet, wallet.at, credits, purpose, hold=hold)
    hold_more(plan, hold, credits)
    return plan


def plan_extend(
    wallet: Wallet, hold: Hold, credits: int, lasts: timedelta | None, used: int | None
) -> Plan | Refusal:
    """Holds `credits` more, sets a later end, and notes the units used so far, in total."""
    if hold.closed_seq:
        return HoldClosed(hold.number, hold.closed_seq)
    if credits and (refusal := refuse_new_use(wallet, credits)):
        return refusal
    if used is not None and (refusal := refuse_units(hold, used, hold.taken + credits)):
        return refusal
    hold.expires_at = max(hold.expires_at, wallet.at + lasts) if lasts else hold.expires_at
    hold.used = hold.used if used is None else used
    plan = Plan("extend", wallet, wallet.at, credits, hold.purpose, hold=hold)
    hold_more(plan, hold, credits)
    return plan


def plan_capture(
    wallet: Wallet, hold: Hold, credits: int, used: int | None, *, final: bool
) -> Plan | Refusal:
    """Spends credits in the order they were held; with the last part, the rest is free again."""
    if hold.closed_seq:
        return HoldClosed(hold.number, hold.closed_seq)
    if used is not None and (refusal := refuse_units(hold, used, hold.taken)):
        return refusal
    if credits > hold.open:
        return MoreThanHeld(credits, hold.open)
    hold.used = hold.used if used is None else used
    plan = Plan("capture", wallet, wallet.at, credits, hold.purpose, hold=hold)
    capture(plan, hold, credits)
    if final:
        give_back_held(plan, hold, cause="platform")
    return plan


def credits_to_capture(hold: Hold, credits: int | None, used: int | None) -> int:
    """What a capture is about: of something measured, the units used are never taken twice."""
    if credits is not None and hold.credits_per_unit:
        raise UnfitTerms(message("Report the units used in total, not credits."))
    if used is None and not hold.credits_per_unit:
        return hold.open if credits is None else credits
    return max(0, (hold.used if used is None else used) * unit_price(hold) - hold.captured)


def plan_void(wallet: Wallet, hold: Hold, cause: Cause) -> Plan | Refusal:
    if hold.closed_seq:
        return HoldClosed(hold.number, hold.closed_seq)
    plan = Plan("void", wallet, wallet.at, hold.open, hold.purpose, cause=cause, hold=hold)
    give_back_held(plan, hold, cause)
    return plan


def refuse_units(hold: Hold, used: int, taken: int) -> Refusal | None:
    """Why `used` units in total cannot be reported of a hold that took so many credits."""
    if used < hold.used:
        return LessThanBefore(used, hold.used)
    cost = used * (hold.credits_per_unit or 0)
    return MoreThanHeld(cost - hold.captured, taken - hold.captured) if cost > taken else None


def plan_time_out(wallet: Wallet, number: int, at: datetime) -> Plan:
    """Gives back what is held, or captures the units that were reported until then first."""
    hold = wallet.holds[number]
    plan = Plan("time_out", wallet, at, hold.open, hold.purpose, cause="time_out", hold=hold)
    if hold.on_time_out == "capture_used":
        capture(plan, hold, hold.used * (hold.credits_per_unit or 0) - hold.captured)
    give_back_held(plan, hold, cause="time_out")
    return plan
