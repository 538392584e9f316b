"""Releases, and whole catalogues as they were or are drafted. Reads only.

Packages are read by plain columns: as objects of the ORM, thousands take twice as long.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import chain, count

from sqlalchemy import func, select

from domain.catalogue.changes.diff import (
    Change,
    PositionedPackage,
    change_set_token,
    compare,
    compare_settings,
)
from domain.catalogue.drafts.drafts import get_settings
from domain.catalogue.errors import ReleaseNotFound
from domain.catalogue.models import CreditPackage, Release, ReleasedPackage, ReleasedSettings
from domain.catalogue.rules import INITIAL_SETTINGS, PACKAGE_FIELDS, PackageValues, SettingsValues
from domain.catalogue.storefront.live import LiveRelease
from domain.database import AnySession

PAGE_RELEASES = 50
# What the column holds.
HIGHEST_NUMBER = 2**31 - 1


def list_releases(session: AnySession, page: int = 1) -> Sequence[Release]:
    """Releases, newest first."""
    newest_first = select(Release).order_by(Release.number.desc())
    return session.scalars(
        newest_first.limit(PAGE_RELEASES).offset((page - 1) * PAGE_RELEASES)
    ).all()


def count_releases(session: AnySession) -> int:
    return session.scalar(select(func.count()).select_from(Release)) or 0


def get_release(session: AnySession, number: int) -> Release:
    release = session.get(Release, number) if number <= HIGHEST_NUMBER else None
    if release is None:
        raise ReleaseNotFound
    return release


def release_at(session: AnySession, moment: datetime) -> Release | None:
    """What was live at `moment`; None before the first release."""
    begun = select(Release).where(Release.live_from <= moment)
    return session.scalar(begun.order_by(Release.number.desc()).limit(1))


def as_buyers_saw_it(session: AnySession, number: int) -> LiveRelease:
    get_release(session, number)
    return LiveRelease(number, released_settings(session, number))


def compare_releases(session: AnySession, old: int, new: int) -> list[Change]:
    """What changed from release `old` (0: the empty beginning) to release `new`.

    Where several sets of moves explain an order, the one recorded with the release is named.
    """
    before, after = released_packages(session, old), released_packages(session, new)
    moved, is_one = _moved_between(session, *sorted((old, new))), abs(new - old) == 1
    return [
        *compare_settings(released_settings(session, old), released_settings(session, new)),
        *compare(before, after, moved, as_recorded=is_one),
    ]


def _moved_between(session: AnySession, old: int, new: int) -> set[int]:
    """The packages recorded as moved in a release after `old`, up to `new`."""
    between = Release.number > old, Release.number <= new
    return set(chain.from_iterable(session.scalars(select(Release.moved).where(*between))))


def compare_drafts_to(session: AnySession, number: int) -> list[Change]:
    """What restoring release `number` would change in the drafts."""
    return [
        *compare_settings(get_settings(session).values, released_settings(session, number)),
        *compare(drafted_packages(session), released_packages(session, number)),
    ]


def restore_token(session: AnySession, number: int) -> str:
    """Names exactly what restoring release `number` would change."""
    return change_set_token(number, compare_drafts_to(session, number))


def released_packages(
    session: AnySession, number: int, countries: Collection[str] | None = None
) -> dict[int, PositionedPackage]:
    """The packages of a release (none for 0) by id; of these countries, None for all."""
    table = ReleasedPackage.__table__.c
    packages = select(table.package_id, *(table[name] for name in PACKAGE_FIELDS), table.position)
    packages = packages.where(table.release_number == number)
    if countries is not None:
        packages = packages.where(table.country.in_(countries))
    rows = session.execute(packages).all()
    return {id: PositionedPackage(id, PackageValues(*values), place) for id, *values, place in rows}


def released_settings(session: AnySession, number: int) -> SettingsValues:
    settings = session.get(ReleasedSettings, number)
    return settings.values if settings else INITIAL_SETTINGS


def drafted_packages(
    session: AnySession, countries: Collection[str] | None = None
) -> dict[int, PositionedPackage]:
    """The drafts that stay by id; of these countries, None for all."""
    table = CreditPackage.__table__.c
    packages = select(table.id, *(table[name] for name in PACKAGE_FIELDS))
    packages = packages.where(table.removed_at.is_(None)).order_by(
        table.country, table.rank, table.id
    )
    if countries is not None:
        packages = packages.where(table.country.in_(countries))
    places: dict[str, Iterator[int]] = defaultdict(lambda: count(1))
    drafts = [(id, PackageValues(*values)) for id, *values in session.execute(packages).all()]
    return {
        id: PositionedPackage(id, values, next(places[values.country])) for id, values in drafts
    }
