"""Moments, as the clocks of a time zone show them. Pure."""

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo, available_timezones

from domain.numbers import IGNORED_AT_THE_ENDS, western_digits

DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
ZONES = frozenset(available_timezones())
# Those with a place's name; the others are aliases and offsets.
AREAS = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe"),
    *("Indian", "Pacific"),
)
# What people choose from.
TIME_ZONES = frozenset({"UTC"}).union(
    zone for zone in ZONES if zone.startswith(tuple(f"{area}/" for area in AREAS))
)


def known_zone(name: str) -> ZoneInfo | None:
    """The zone of this name in IANA's list."""
    return ZoneInfo(name) if name in ZONES else None


def parse_day(text: str) -> date | None:
    """A day written as browsers send it, 2026-12-31, in the digits of any script."""
    typed = western_digits(text.strip(IGNORED_AT_THE_ENDS))
    try:
        return date.fromisoformat(typed) if DAY.fullmatch(typed) else None
    except ValueError:
        return None


def name_zone(zone: ZoneInfo) -> str:
    return _spelt(zone.key)


def zone_choices() -> list[tuple[str, str]]:
    """Each by its name, and as people read it."""
    return [(name, _spelt(name)) for name in sorted(TIME_ZONES)]


def _spelt(name: str) -> str:
    return name.replace("_", " ")


def moment_at(clock: datetime, zone: ZoneInfo) -> datetime:
    """When clocks in the zone show this time, in UTC. Where they show it twice, in autumn, the
    first time; where they leave it out, in spring, it counts on from before: 02:30 is 03:30."""
    return clock.replace(tzinfo=zone, fold=0).astimezone(UTC)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which the day begins in the zone: its midnight, if it has one."""
    return moment_at(datetime.combine(day, time()), zone)


def offset(local: datetime) -> str:
    """How far a time is from UTC: "UTC+3", "UTC−4:30"."""
    shift = local.utcoffset()
    minutes = round(shift.total_seconds() / 60) if shift else 0
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
