"""Messages of the domain, lists of names, and times, in the language of the page."""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce

from babel import Locale
from babel.dates import format_datetime
from flask_babel import gettext, ngettext

from blueprints import people
from blueprints.locale import language, reader_locale
from domain import numbers
from domain.messages import Message, Part

DAY = "dd MMM y, HH:mm"
SECOND = "dd MMM, HH:mm:ss"


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
    names = list(names)
    return reduce(lambda a, b: str(gettext("%(one)s and %(other)s", one=a, other=b)), names or [""])


def format_moment(at: datetime) -> str:
    """A time in UTC: "23 Nov 2026, 17:00"."""
    return format_datetime(at, DAY, locale=Locale(language()))


def format_second(at: datetime) -> str:
    """What tells two things of one day apart: "23 Nov, 17:00:05"."""
    return format_datetime(at, SECOND, locale=Locale(language()))


def _part(name: str, part: Part) -> str:
    if name == "author":
        return people.display_name(str(part))
    if isinstance(part, datetime):
        return format_moment(part)
    return numbers.whole(part, reader_locale()) if isinstance(part, int) else translated(part)
