"""Packages that may differ from what is live, as they are drafted and as they are live. Reads only.

Since the last release of everything, a package is as it is live unless it has a revision, or is
one that a later release left out of place. Going by that takes no longer in a larger catalogue.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    Integer,
    Select,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from domain.catalogue.changes.diff import PositionedPackage
from domain.catalogue.models import (
    CreditPackage,
    DraftRevision,
    Release,
    ReleasedPackage,
    ReleasedSettings,
    StorefrontSettings,
    is_out_of_place,
)
from domain.catalogue.rules import (
    INITIAL_SETTINGS,
    PACKAGE_FIELDS,
    SETTINGS_FIELDS,
    PackageValues,
    SettingsValues,
)
from domain.catalogue.storefront.live import LiveRelease, live_number, live_revision
from domain.database import AnySession


class Pair(NamedTuple):
    """A package as it is drafted and as it is live; None where it is not sold."""

    id: int
    draft: PackageValues | None
    live: PositionedPackage | None
    same_rank: bool
    was_moved: bool = False

    @property
    def countries(self) -> set[str]:
        """Where it is sold, before or after."""
        sides = (self.draft, self.live and self.live.values)
        return {values.country for values in sides if values}

    @property
    def keeps_place(self) -> bool:
        """Whether those around it stand where they are live, as far as it goes."""
        is_sold = self.draft is not None and self.live is not None
        return is_sold and self.same_rank and len(self.countries) == 1


@dataclass(frozen=True, slots=True)
class Sides:
    """What is live and what is drafted, as far as the two may differ.

    `revision_id` is that of the newest draft write there is.
    """

    live: LiveRelease
    settings: SettingsValues
    revision_id: int
    pairs: tuple[Pair, ...]


def _columns(table: type[Any], names: Iterable[str]) -> list[Any]:
    # Plain columns: thousands of rows as objects of the ORM take twice as long.
    return [table.__table__.c[name] for name in names]


_DRAFT, _RELEASED = CreditPackage.__table__.c, ReleasedPackage.__table__.c
_PAIR = [
    *(_DRAFT.id, _DRAFT.removed_at, _RELEASED.position, _DRAFT.rank == _RELEASED.rank),
    *_columns(CreditPackage, PACKAGE_FIELDS),
    *_columns(ReleasedPackage, PACKAGE_FIELDS),
]
_LIVE = (
    select(Release.number, Release.revision_id).order_by(Release.number.desc()).limit(1).subquery()
)
_NOT_MOVED = literal(0, Integer)
_REVISED = select(
    DraftRevision.package_id, case((DraftRevision.action == "moved", 1), else_=0).label("moved")
).where(
    DraftRevision.id > func.coalesce(live_revision(), 0),
    DraftRevision.package_id.is_not(None),
)
_OUT_OF_PLACE = select(ReleasedPackage.package_id, _NOT_MOVED).where(
    ReleasedPackage.release_number == live_number(), is_out_of_place()
)
_DIFFERING = (
    select(_DRAFT.id, _NOT_MOVED)
    .outerjoin(
        ReleasedPackage,
        (_RELEASED.package_id == _DRAFT.id) & (_RELEASED.release_number == live_number()),
    )
    .where(
        or_(
            _RELEASED.id.is_(None) & _DRAFT.removed_at.is_(None),
            _RELEASED.id.is_not(None) & _DRAFT.removed_at.is_not(None),
            *(_DRAFT[name] != _RELEASED[name] for name in (*PACKAGE_FIELDS, "rank")),
        )
    )
)


def _sides(*touched: Select[Any]) -> Select[Any]:
    """The settings on both sides, in each row, and all packages that are `touched`."""
    written = union_all(*touched).subquery()
    packages = (
        select(written.c.package_id, func.max(written.c.moved).label("moved"))
        .group_by(written.c.package_id)
        .subquery()
    )
    return (
        select(
            _LIVE.c.number,
            _LIVE.c.revision_id,
            select(func.max(DraftRevision.id)).scalar_subquery(),
            *_columns(StorefrontSettings, SETTINGS_FIELDS),
            *_columns(ReleasedSettings, SETTINGS_FIELDS),
            packages.c.moved,
            *_PAIR,
        )
        .select_from(StorefrontSettings.__table__)
        .outerjoin(_LIVE, true())
        .outerjoin(ReleasedSettings, ReleasedSettings.release_number == _LIVE.c.number)
        .outerjoin(packages, true())
        .outerjoin(CreditPackage, _DRAFT.id == packages.c.package_id)
        .outerjoin(
            ReleasedPackage,
            (_RELEASED.package_id == _DRAFT.id) & (_RELEASED.release_number == _LIVE.c.number),
        )
    )


# All statements are made once: putting them together takes longer than to have them answered.
_REVISED_SIDES = _sides(_REVISED, _OUT_OF_PLACE)
_ALL_SIDES = _sides(_REVISED, _OUT_OF_PLACE, _DIFFERING)
_BY_ID = (
    select(*_PAIR)
    .select_from(CreditPackage)
    .outerjoin(
        ReleasedPackage,
        (_RELEASED.package_id == _DRAFT.id) & (_RELEASED.release_number == bindparam("number")),
    )
    .where(_DRAFT.id.in_(bindparam("ids", expanding=True)))
)
_ORDERS = (
    select(_DRAFT.country, _DRAFT.id)
    .where(_DRAFT.country.in_(bindparam("countries", expanding=True)), _DRAFT.removed_at.is_(None))
    .order_by(_DRAFT.country, _DRAFT.rank, _DRAFT.id)
)


def read_all(session: AnySession) -> Sides:
    """Every package is looked at, whether its writer left a revision or not."""
    return _read_sides(session, _ALL_SIDES)


def read_revised(session: AnySession) -> Sides:
    """The same as far as revisions tell."""
    return _read_sides(session, _REVISED_SIDES)


def _read_sides(session: AnySession, statement: Select[Any]) -> Sides:
    rows = session.execute(statement).all()
    number, revision_id, newest, *rest = rows[0]
    drafted, released = rest[: len(SETTINGS_FIELDS)], rest[len(SETTINGS_FIELDS) :]
    live = LiveRelease(0, INITIAL_SETTINGS)
    if number is not None:
        settings = SettingsValues(*released[: len(SETTINGS_FIELDS)])
        live = LiveRelease(number, settings, revision_id)
    before = 3 + 2 * len(SETTINGS_FIELDS)
    pairs = (_pair(*row[before + 1 :], was_moved=row[before]) for row in rows if row[before + 1])
    return Sides(live, SettingsValues(*drafted), newest or 0, tuple(pairs))


def read_pairs(session: AnySession, live: LiveRelease, ids: Collection[int]) -> list[Pair]:
    """Any packages, by these ids."""
    rows = session.execute(_BY_ID, {"number": live.number, "ids": list(ids)})
    return [_pair(*row) for row in rows]


def read_orders(session: AnySession, countries: Collection[str]) -> dict[str, list[int]]:
    """The drafts that stay in each of these countries, in listing order."""
    orders: dict[str, list[int]] = {country: [] for country in countries}
    if countries:
        for country, id in session.execute(_ORDERS, {"countries": list(countries)}).all():
            orders[country].append(id)
    return orders


def _pair(
    id: int,
    removed_at: object,
    position: int | None,
    same_rank: bool | None,
    *fields: Any,  # noqa: ANN401
    was_moved: int = 0,
) -> Pair:
    drafted, released = fields[: len(PACKAGE_FIELDS)], fields[len(PACKAGE_FIELDS) :]
    draft = None if removed_at else PackageValues(*drafted)
    live = PositionedPackage(id, PackageValues(*released), position) if position else None
    return Pair(id, draft, live, bool(same_rank), bool(was_moved))
