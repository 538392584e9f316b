"""Messages of the domain, lists of names, and times, in the language of the page."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date as format_date_in
from babel.dates import format_datetime
from babel.lists import format_list
from flask_babel import gettext, ngettext

from blueprints import people
from blueprints.locale import language, reader_locale
from blueprints.zones import live_zone, platform_zone, reader_zone
from domain import numbers, times
from domain.messages import Day, Message, Part

DAY = "d MMM y, HH:mm"
SHORT = "d MMM, HH:mm"
SECOND = "d MMM, HH:mm:ss"
EXACTLY = "d MMMM y, HH:mm:ss"
THIS_YEARS_DAY, ANY_DAY = "d MMM", "d MMM y"


def translated(text: str | Exception) -> str:
    """A sentence of the domain, or the one that an error was raised with; other text as it is."""
    text = text.args[0] if isinstance(text, Exception) else text
    if not isinstance(text, Message):
        return str(text)
    if text.to_author and people.is_reader(str(text.parts["author"])):
        text = text.to_author
    parts = {name: _part(name, part) for name, part in text.parts.items()}
    if len(text.texts) == 1:
        return str(gettext(*text.texts) % parts)
    return str(ngettext(*text.texts, text.parts["count"], **parts))


def listed(names: Iterable[str]) -> str:
    """ "Ana and Bob"; "" when there are none."""
    return format_list(list(names), locale=language())


def format_moment(at: datetime) -> str:
    """A time as the reader's clock shows it: "today 17:00", "23 Nov 2026, 17:00"."""
    zone = reader_zone()
    local = at.astimezone(zone)
    if local.date() == datetime.now(zone).date():
        return str(gettext("today %(time)s", time=f"{local:%H:%M}"))
    return _written(local, DAY)


def format_short_moment(at: datetime) -> str:
    """The same without this year: "23 Nov, 17:00"."""
    zone = reader_zone()
    local, now = at.astimezone(zone), datetime.now(zone)
    is_earlier = local.date() < now.date() and local.year == now.year
    return _written(local, SHORT) if is_earlier else format_moment(at)


def format_day(at: datetime) -> str:
    """A day as the reader's calendar shows it: "20 Nov", and the year of one of another year."""
    return _day_in(at, reader_zone())


def format_end(at: datetime) -> str:
    """The day of a moment by the platform's calendar: credits end with its days."""
    return _day_in(at, live_zone())


def format_date(day: date | str) -> str:
    """A day with its year, whatever the clock: "31 Dec 2026"; from ISO 8601 too."""
    return _written(date.fromisoformat(day) if isinstance(day, str) else day, ANY_DAY)


def format_second(at: datetime) -> str:
    """What tells two things of one day apart: "23 Nov, 17:00:05"."""
    return _written(at.astimezone(reader_zone()), SECOND)


def format_exactly(at: datetime) -> str:
    """With the zone: "23 November 2026, 17:00:05, Europe/Istanbul (UTC+3)"."""
    local = at.astimezone(reader_zone())
    return f"{_written(local, EXACTLY)}, {reader_zone_name()} ({times.offset(local)})"


def format_for_everyone(at: datetime | str, zone: str) -> str:
    """By the platform's clock, which is named: "23 Nov 2026, 17:00 (Europe/Istanbul)"; from
    ISO 8601 too."""
    moment, there = datetime.fromisoformat(at) if isinstance(at, str) else at, platform_zone(zone)
    return f"{_written(moment.astimezone(there), DAY)} ({times.name_zone(there)})"


def reader_zone_name() -> str:
    return times.name_zone(reader_zone())


def _day_in(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    is_recent = local.year == datetime.now(zone).year
    return _written(local, THIS_YEARS_DAY if is_recent else ANY_DAY)


def _written(local: date, pattern: str) -> str:
    if language() == "de":
        pattern = pattern.replace("d ", "d. ")
    write = format_datetime if isinstance(local, datetime) else format_date_in
    return write(local, pattern, locale=Locale(language()))


def _part(name: str, part: Part) -> str:
    if name == "author":
        return people.display_name(str(part))
    if isinstance(part, datetime):
        return format_moment(part)
    if isinstance(part, Day):
        return format_end(part.at)
    if isinstance(part, int):
        return numbers.whole(part, reader_locale())
    return translated(part) if isinstance(part, str) else part.write(reader_locale())
