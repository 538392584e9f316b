"""Messages of the domain, lists of names, and times, in the language of the page."""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce

from babel import Locale
from babel.dates import format_datetime
from flask_babel import gettext, ngettext

from blueprints.locale import language, reader_locale
from domain import numbers
from domain.messages import Message

DAY = "dd MMM y, HH:mm"
SECOND = "dd MMM, HH:mm:ss"


def translated(text: str | Exception) -> str:
    """A sentence of the domain, or the one that an error was raised with; other text as it is."""
    text = text.args[0] if isinstance(text, Exception) else text
    if not isinstance(text, Message):
        return str(text)
    parts = {name: _part(part) for name, part in text.parts.items()}
    if len(text.texts) == 1:
        return str(gettext(*text.texts) % parts)
    return str(ngettext(*text.texts, text.parts["count"], **parts))


def listed(names: Iterable[str]) -> str:
    """ "ana@example.com and bob@example.com"; "" when there are none."""
    names = list(names)
    return reduce(lambda a, b: str(gettext("%(one)s and %(other)s", one=a, other=b)), names or [""])


def format_moment(at: datetime) -> str:
    """A time in UTC: "23 Nov 2026, 17:00"."""
    return format_datetime(at, DAY, locale=Locale(language()))


def format_second(at: datetime) -> str:
    """What tells two things of one day apart: "23 Nov, 17:00:05"."""
    return format_datetime(at, SECOND, locale=Locale(language()))


def _part(part: str | int) -> str:
    return numbers.whole(part, reader_locale()) if isinstance(part, int) else translated(part)
