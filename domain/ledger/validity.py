"""How long credits are good for: whole days of a zone, by the calendar. Pure."""

from calendar import monthrange
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.times import start_of_day


def end_of_validity(start: datetime, zone: ZoneInfo, *, months: int = 0, days: int = 0) -> datetime:
    """The first moment, in UTC, at which credits from `start` are not good any more.

    They are good until the day ends that comes so many calendar months and days after the day of
    `start`, both as clocks in the zone show them. A month after 31 January is the end of February.
    """
    last_day = months_later(start.astimezone(zone).date(), months) + timedelta(days=days)
    return start_of_day(last_day + timedelta(days=1), zone)


def last_usable_day(end: datetime, zone: ZoneInfo) -> date:
    """The day to name on screen and in mails: credits are good for all of it."""
    return (end - timedelta.resolution).astimezone(zone).date()


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last one if it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
