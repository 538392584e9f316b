"""How many credits an admin may give by hand: at once, and in one day of the platform's zone."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from domain.customers.errors import OverDailyLimit, OverLimit, StaleLimits, UnfitLimits
from domain.customers.models import GivenCredits, GivingLimits
from domain.database import AnySession, lock, read_clock
from domain.ledger.rules import MOST_CREDITS
from domain.times import start_of_day


class Limits(NamedTuple):
    at_once: int
    a_day: int

    @property
    def version(self) -> str:
        """Tells a form that was opened with other limits."""
        return f"{self.at_once}-{self.a_day}"


USUAL = Limits(at_once=1000, a_day=5000)


def read_limits(session: AnySession) -> Limits:
    columns = (GivingLimits.most_at_once, GivingLimits.most_a_day)
    row = session.execute(select(*columns)).one_or_none()
    return USUAL if row is None else Limits(*row)


def change_limits(session: AnySession, limits: Limits, version: str) -> bool:
    """Whether they are others than before. Raises UnfitLimits; StaleLimits when they are not those
    of this version any more."""
    check_limits(limits)
    lock(session, "giving limits")
    before = read_limits(session)
    if before.version != version:
        raise StaleLimits
    row = GivingLimits(id=1, most_at_once=limits.at_once, most_a_day=limits.a_day)
    session.merge(row)
    session.flush()
    return limits != before


def check_limits(limits: Limits) -> None:
    if not 0 <= limits.at_once <= limits.a_day <= MOST_CREDITS:
        raise UnfitLimits


def claim_credits(session: AnySession, admin_id: int, credits: int, zone: ZoneInfo) -> None:
    """Makes sure that the admin may give so many more: nobody gives in their name until the
    transaction ends. For use after the wallet's lock. Raises OverLimit, OverDailyLimit."""
    lock(session, f"credits given by admin {admin_id}")
    limits = read_limits(session)
    if credits > limits.at_once:
        raise OverLimit(limits.at_once)
    left = max(0, limits.a_day - given_today(session, admin_id, zone))
    if credits > left:
        raise OverDailyLimit(left, limits.a_day)


def given_today(session: AnySession, admin_id: int, zone: ZoneInfo) -> int:
    """How many credits the admin has given since midnight in the zone."""
    midnight = start_of_day(read_clock(session).astimezone(zone).date(), zone)
    since = (GivenCredits.admin_id == admin_id, GivenCredits.given_at >= midnight)
    # PostgreSQL's sum is a decimal.
    return int(session.scalar(select(func.sum(GivenCredits.credits)).where(*since)) or 0)
