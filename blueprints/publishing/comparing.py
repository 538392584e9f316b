"""Any two releases compared: which they are, and the lists to choose them from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from blueprints.i18n import format_day, format_moment
from blueprints.publishing import bp
from domain.catalogue.models import Release
from domain.catalogue.releases import history
from domain.database import MOST_INTEGER
from domain.numbers import whole_number
from extensions import db


@dataclass(frozen=True)
class Comparison:
    """Two releases, the older one first (0: before the first release), and what may be chosen
    instead, newest first."""

    old: int
    new: int
    choices: Sequence[Release]

    def when(self, release: Release) -> str:
        """Its day, with the time where several are of that day."""
        day = format_day(release.created_at)
        return day if self._days[day] == 1 else format_moment(release.created_at)

    @cached_property
    def _days(self) -> Counter[str]:
        return Counter(format_day(release.created_at) for release in self.choices)

    @classmethod
    def of_newest(cls, listed: Sequence[Release]) -> "Comparison":
        """The first of these, which are newest first, and the one that it was based on."""
        newest = listed[0]
        return cls(newest.based_on or 0, newest.number, listed)

    @classmethod
    def of(cls, release: Release, other: int) -> "Comparison":
        """`release` and the one with the other number, to choose from the newest and these."""
        old, new = sorted((other, release.number))
        listed = list(history.list_releases(db.session))
        missing = {old, new} - {0, *(each.number for each in listed)}
        listed += [history.get_release(db.session, n) for n in sorted(missing, reverse=True)]
        return cls(old, new, listed)


@bp.get("/history/compare")
def compare() -> ResponseReturnValue:
    """Leads to the newer of two releases, compared with the older one."""
    old, new = sorted((read_number("old"), read_number("new")))
    return redirect(f"{url_for('publishing.release', number=new)}?with={old}", 303)


def read_number(name: str) -> int:
    """The number of a release, or 0 for before the first one."""
    number = whole_number(request.args.get(name, ""), MOST_INTEGER)
    if number is None or (number and not history.find_release(db.session, number)):
        abort(422, _("Choose two releases from the lists."))
    return number
