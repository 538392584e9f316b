"""Checks of what an act is asked for, before anything is read. Pure.

What cannot be meant is raised, not refused: nothing is kept of it.
"""

from datetime import timedelta
from typing import TypeGuard

from domain.ledger.errors import UnfitCredits, UnfitTerms
from domain.ledger.rules import (
    LONGEST_HOLD,
    MOST_CREDITS,
    PURPOSE_CHARACTERS,
    PURPOSE_KINDS,
    Purpose,
    TimeOut,
)
from domain.ledger.wallet import Hold
from domain.messages import message


def check_terms(lasts: timedelta, on_time_out: TimeOut, credits_per_unit: int | None) -> None:
    check_lasts(lasts)
    if credits_per_unit is not None:
        whole_credits(credits_per_unit)
    elif on_time_out == "capture_used":
        raise UnfitTerms(message("Set a price per unit, so that used units can be captured."))


def check_extension(
    credits: int | None, units: int | None, used: int | None, lasts: timedelta | None
) -> None:
    if credits is not None:
        whole_credits(credits)
    for total in (units, used):
        if total is not None:
            whole_units(total)
    if lasts is not None:
        check_lasts(lasts)


def check_lasts(lasts: timedelta) -> None:
    if lasts <= timedelta(0):
        raise UnfitTerms(message("A hold must last longer than 0 seconds."))
    if lasts > LONGEST_HOLD:
        raise UnfitTerms(message("A hold can last %(days)s days at most.", days=LONGEST_HOLD.days))


def check_purpose(purpose: Purpose) -> None:
    if purpose.kind not in PURPOSE_KINDS:
        raise UnfitTerms(message("The purpose must be an appointment, an event or a call."))
    if not (purpose.id.isprintable() and 1 <= len(purpose.id) <= PURPOSE_CHARACTERS):
        most = PURPOSE_CHARACTERS
        raise UnfitTerms(
            message("The ID of the purpose must have 1 to %(most)s characters.", most=most)
        )


def unit_price(held: Hold) -> int:
    if held.credits_per_unit is None:
        raise UnfitTerms(message("This hold has no price per unit."))
    return held.credits_per_unit


def whole_credits(value: object) -> int:
    """`value` if it is a number of credits: whole, above zero, at most MOST_CREDITS."""
    if not is_whole(value) or not 0 < value <= MOST_CREDITS:
        raise UnfitCredits(MOST_CREDITS)
    return value


def whole_change(value: object) -> int:
    """The same of a correction, which is below zero when it goes downwards."""
    return -whole_credits(-value) if is_whole(value) and value < 0 else whole_credits(value)


def whole_units(value: object) -> int:
    """`value` if it is a number of units of something measured: whole, zero or more."""
    if not is_whole(value) or not 0 <= value <= MOST_CREDITS:
        raise UnfitTerms(message("Report units as a whole number, 0 or more."))
    return value


def is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
