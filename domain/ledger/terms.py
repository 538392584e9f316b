"""Checks of what an act is asked for, before anything is read. Pure.

What cannot be meant is raised, not refused: nothing is kept of it.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeGuard

from domain.invisibles import has_invisible
from domain.ledger.errors import UnfitCredits, UnfitTerms
from domain.ledger.rules import (
    ACTOR_CHARACTERS,
    GIVEN_CAUSES,
    GRANTED_KINDS,
    LONGEST_HOLD,
    LONGEST_LIFE,
    MOST_CREDITS,
    MOST_ID,
    PURPOSE_CHARACTERS,
    PURPOSE_KINDS,
    REASON_CHARACTERS,
    SOURCE_CHARACTERS,
    TIME_OUTS,
    Purpose,
    TimeOut,
)
from domain.ledger.wallet import Hold
from domain.messages import message

CURRENCY = re.compile("[A-Z]{3}")
SHA256 = re.compile("[0-9a-f]{64}")


def check_origin(
    kind: str, source: str, purchase_id: int | None, paid_minor: int | None, currency: str | None
) -> None:
    """Where granted credits come from."""
    check_one_of("kind", kind, GRANTED_KINDS)
    check_source(source)
    if purchase_id is not None:
        check_purchase(purchase_id)
    if paid_minor is None and currency is None:
        return
    if not (is_whole(paid_minor) and 0 <= paid_minor <= MOST_ID):
        raise UnfitTerms(message("Enter what was paid as a whole number of minor units."))
    if not (isinstance(currency, str) and CURRENCY.fullmatch(currency)):
        raise UnfitTerms(message("Enter the currency as 3 capital letters, for example EUR."))


def check_purchase(purchase_id: object) -> None:
    if not is_number(purchase_id, MOST_ID):
        raise UnfitTerms(message("Enter the number of a purchase: a whole number, 1 or more."))


def check_source(source: object) -> None:
    check_text("source", source, SOURCE_CHARACTERS)


def check_said(actor: object, reason: object, note_digest: object) -> None:
    """Who acts, and why, if that is said."""
    check_text("actor", actor, ACTOR_CHARACTERS)
    if reason is not None:
        check_reason(reason)
    if note_digest is None:
        return
    if not (isinstance(note_digest, str) and SHA256.fullmatch(note_digest)):
        raise UnfitTerms(message("Enter the digest of a note as 64 hexadecimal digits."))


def check_reason(reason: object) -> None:
    check_text("reason", reason, REASON_CHARACTERS)


def check_cause(cause: object) -> None:
    check_one_of("cause", cause, GIVEN_CAUSES)


def check_end(expires_at: object, now: datetime) -> None:
    """An end in the past is refused, not raised."""
    if expires_at is None:
        return
    if (
        not isinstance(expires_at, datetime)
        or expires_at.tzinfo is None
        or expires_at > now + LONGEST_LIFE
    ):
        years = LONGEST_LIFE.days // 365
        raise UnfitTerms(
            message("Enter an end with its time zone, %(years)s years ahead at most.", years=years)
        )


def check_text(name: str, value: object, most: int) -> None:
    """Both databases keep such a text as it is, and it is what it looks like."""
    if not (
        isinstance(value, str)
        and value.isprintable()
        and not has_invisible(value)
        and 1 <= len(value) <= most
    ):
        raise UnfitTerms(
            message("Enter 1 to %(most)s printable characters as %(name)s.", name=name, most=most)
        )


def check_one_of(name: str, value: object, known: Sequence[str]) -> None:
    if value not in known:
        raise UnfitTerms(
            message(
                "Choose one of these as %(name)s: %(known)s.", name=name, known=", ".join(known)
            )
        )


def check_terms(lasts: timedelta, on_time_out: TimeOut, credits_per_unit: int | None) -> None:
    check_lasts(lasts)
    check_one_of("on_time_out", on_time_out, TIME_OUTS)
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
    check_text("purpose", purpose.id, PURPOSE_CHARACTERS)


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


def is_number(value: object, most: int) -> bool:
    """Whether it may be the number of something that is counted from 1."""
    return is_whole(value) and 0 < value <= most


def is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
