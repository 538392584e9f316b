"""Between which days a list shows what happened, by the reader's calendar."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from flask_babel import gettext as _

from blueprints.i18n import format_date
from blueprints.zones import reader_zone
from domain.times import parse_day, start_of_day

LAST_30 = "30"
DAYS = 30
DAY = timedelta(days=1)
# Days outside are no days on which anything happened, and far from those that no calendar holds.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2200, 1, 1)


class Period(NamedTuple):
    """From the beginning of one day to the end of another; None: without that bound."""

    first: date | None = None
    last: date | None = None
    is_last_30: bool = False

    @property
    def since(self) -> datetime | None:
        return start_of_day(self.first, reader_zone()) if self.first else None

    @property
    def until(self) -> datetime | None:
        return start_of_day(self.last + DAY, reader_zone()) if self.last else None

    def query(self) -> dict[str, str]:
        if self.is_last_30:
            return {"period": LAST_30}
        return {"since": str(self.first or ""), "until": str(self.last or "")}


def read_period(args: Mapping[str, str]) -> Period:
    """From a query: days that were typed, else "30"; what makes no sense there is left out."""
    first, last = (_known_day(args.get(name, "")) for name in ("since", "until"))
    if first or last or args.get("period") != LAST_30:
        return Period(first, last)
    return Period(datetime.now(reader_zone()).date() - (DAYS - 1) * DAY, is_last_30=True)


def describe_period(period: Period) -> str:
    first, last = period.first, period.last
    if period.is_last_30:
        return str(_("Last 30 days"))
    if first and last:
        return f"{format_date(first)} – {format_date(last)}"
    if first:
        return str(_("From %(day)s", day=format_date(first)))
    return str(_("Until %(day)s", day=format_date(last)) if last else _("Any time"))


def _known_day(text: str) -> date | None:
    day = parse_day(text)
    return day if day and FIRST_DAY <= day <= LAST_DAY else None
