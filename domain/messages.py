"""Messages in English that can be translated later, when it is known who reads them. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from babel import Locale
from babel.dates import format_date

ENGLISH = Locale("en")


class Written(Protocol):
    """What each reader writes in another way: a price, a per cent, a country."""

    def write(self, locale: Locale) -> str: ...


class Day(NamedTuple):
    """The day of a moment, by the platform's calendar."""

    at: datetime


Part = str | int | datetime | Day | Written


class Message(str):
    """English text that keeps what another language needs: `texts` as they stand in the code (the
    second is for several), and `parts` for their %(names)s. A part may be a message itself.

    The part "author" is the email of an admin, who is named; `to_author` tells that very admin.
    """

    __slots__ = ("parts", "texts", "to_author")
    texts: tuple[str, ...]
    parts: Mapping[str, Part]
    to_author: "Message | None"

    def __new__(
        cls,
        texts: tuple[str, ...],
        parts: Mapping[str, Part],
        to_author: "Message | None" = None,
    ) -> "Message":
        text = texts[0] if parts.get("count", 1) == 1 else texts[-1]
        self = super().__new__(cls, text % {name: _english(part) for name, part in parts.items()})
        self.texts, self.parts, self.to_author = texts, parts, to_author
        return self


def message(text: str, /, **parts: Part) -> Message:
    """`text` with `parts`; a "%" in it is written twice. Whole numbers are written in groups."""
    return Message((text,), parts)


def message_by(text: str, to_author: Message, /, **parts: Part) -> Message:
    """`text` about what %(author)s did; `to_author` says it to that very admin."""
    return Message((text,), parts, to_author)


def plural_message(one: str, several: str, /, *, count: int, **parts: Part) -> Message:
    """`one` or `several`, as it fits `count`."""
    return Message((one, several), {"count": count, **parts})


def _english(part: Part) -> str:
    if isinstance(part, datetime):
        return f"{part:%H:%M} UTC"
    if isinstance(part, Day):
        return format_date(part.at, "d MMM y", locale=ENGLISH)
    if isinstance(part, int):
        return f"{part:,}"
    return part if isinstance(part, str) else part.write(ENGLISH)
