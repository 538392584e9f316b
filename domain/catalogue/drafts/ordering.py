"""Where a package stands in its country: sparse ranks behind positions 1 to n.

A move writes one row: it takes a rank between its new neighbours'. Only when that gap is used up
is the whole country given fresh ranks. Packages to be removed keep their rank but do not count.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    Update,
    bindparam,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import aliased

from domain.catalogue.changes.ranks import RANK_GAP
from domain.catalogue.errors import PackageNotFound
from domain.catalogue.packages.models import CreditPackage
from domain.database import AnySession

LAST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Before:
    """In front of the package with this id."""

    neighbour: int


@dataclass(frozen=True, slots=True)
class After:
    """Behind the package with this id."""

    neighbour: int


@dataclass(frozen=True, slots=True)
class Place:
    """At this position, from 1; beyond the end is last."""

    position: int


class Step(Enum):
    """Past the package above or below."""

    UP = -1
    DOWN = 1


Destination = Before | After | Place | Step


@dataclass(frozen=True, slots=True)
class Placement:
    """A draft and its place: `position` of the `total` packages that stay in the country, `behind`
    the one with this id (to be removed or not; 0: it is first)."""

    package: CreditPackage
    position: int
    total: int
    behind: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A rank, and the position that it gives."""

    rank: int
    position: int


# All statements are made once: putting them together takes longer than to have them answered.
IN_ORDER = (CreditPackage.rank, CreditPackage.id)
HERE = tuple_(bindparam("rank", type_=BigInteger), bindparam("id", type_=BigInteger))
_IN_COUNTRY = CreditPackage.country == bindparam("country")
_STAYS = CreditPackage.removed_at.is_(None)
_COUNT = select(func.count()).where(_IN_COUNTRY, _STAYS)
_MOVER = bindparam("mover", type_=BigInteger)
_SIBLINGS = select(CreditPackage.id).where(_IN_COUNTRY, CreditPackage.id != _MOVER)
_NTH = _SIBLINGS.where(_STAYS).order_by(*IN_ORDER).offset(bindparam("skip", type_=Integer)).limit(1)
_LAST = _SIBLINGS.order_by(*(column.desc() for column in IN_ORDER)).limit(1)


def _placement() -> Select[tuple[CreditPackage, int, int, int | None]]:
    """The draft itself, how many stay in its country, how many of them up to where it is, and whom
    it is behind."""
    there = aliased(CreditPackage)
    place, here = tuple_(there.rank, there.id), tuple_(*IN_ORDER)
    in_country = there.country == CreditPackage.country
    staying = select(func.count()).where(in_country, there.removed_at.is_(None))
    behind = (
        select(there.id)
        .where(in_country, place < here)
        .order_by(there.rank.desc(), there.id.desc())
        .limit(1)
    )
    return select(
        CreditPackage,
        staying.scalar_subquery(),
        staying.where(place <= here).scalar_subquery(),
        behind.scalar_subquery(),
    ).where(CreditPackage.id == bindparam("id", type_=BigInteger))


_PLACEMENT = _placement()


def _neighbour(id: ColumnElement[int]) -> Select[tuple[int, int, int, int, int, bool]]:
    """The one of the others with this id: its rank, those next below and above, how many that stay
    are in front of it, and whether it stays."""
    there = aliased(CreditPackage)
    place, here = tuple_(*IN_ORDER), tuple_(there.rank, there.id)

    def among(what: ColumnElement[int], *where: ColumnElement[bool]) -> ScalarSelect[int]:
        return _SIBLINGS.with_only_columns(what).where(*where).scalar_subquery()

    return select(
        there.id,
        there.rank,
        among(func.max(CreditPackage.rank), place < here),
        among(func.min(CreditPackage.rank), place > here),
        among(func.count(), _STAYS, place < here),
        there.removed_at.is_(None),
    ).where(there.country == bindparam("country"), there.id == id, there.id != _MOVER)


_BY_ID = _neighbour(bindparam("id", type_=BigInteger))
_BY_POSITION = _neighbour(_NTH.scalar_subquery())
_AT_THE_END = _neighbour(_LAST.scalar_subquery())


def _respace() -> Update:
    """Fresh ranks for a whole country; its parameter may not be called as the column is."""
    rank = func.row_number().over(order_by=IN_ORDER) * RANK_GAP
    here = CreditPackage.country == bindparam("here")
    fresh = select(CreditPackage.id, rank.label("rank")).where(here).subquery()
    return update(CreditPackage).where(CreditPackage.id == fresh.c.id).values(rank=fresh.c.rank)


_RESPACE = _respace()


def find_placement(session: AnySession, package_id: int) -> Placement:
    """Reads the draft as well, which is not asked for a second time."""
    found = session.execute(_PLACEMENT, {"id": package_id}).first()
    if found is None:
        raise PackageNotFound
    package, total, position, behind = found
    return Placement(package, position, total, behind or 0)


def count_staying(session: AnySession, country: str) -> int:
    """How many drafts of the country have a position."""
    return session.scalar(_COUNT, {"country": country}) or 0


def rank_for_new(session: AnySession, country: str, position: int = LAST) -> int:
    """The rank that gives a package new to `country` this position there."""
    siblings = _Siblings(session, country)
    gap = siblings.find_gap(position)
    return siblings.take_slot(gap).rank if gap else RANK_GAP


def slot_for_move(session: AnySession, now: Placement, to: Destination) -> Slot | None:
    """Where a package comes from where it stands `now` to `to` in its country.

    None when it is there already, or when the neighbour is not in that country any more.
    """
    package = now.package
    siblings = _Siblings(session, package.country, package.id)
    if isinstance(to, Before | After):
        gap = siblings.find_gap_beside(to)
    else:
        wanted = to.position if isinstance(to, Place) else now.position + to.value
        wanted = min(max(wanted, 1), now.total)
        gap = None if wanted == now.position else siblings.find_gap(wanted)
    if gap is None or gap.low < package.rank < gap.high:
        return None
    return siblings.take_slot(gap)


@dataclass(frozen=True, slots=True)
class _Gap:
    """Between the ranks `low` and `high`, one of which is the neighbour's; `position` is that of
    whoever comes there."""

    beside: Before | After
    low: int
    high: int
    position: int


@dataclass(frozen=True, slots=True)
class _Siblings:
    """The packages of a country, but for the one that is to come among them."""

    session: AnySession
    country: str
    mover: int = 0

    def find_gap(self, position: int) -> _Gap | None:
        """Where whoever comes gets this position; None when there are no others."""
        there = self._find(Before, _BY_POSITION, skip=position - 1) if position < LAST else None
        return there or self._find(After, _AT_THE_END)

    def find_gap_beside(self, to: Before | After) -> _Gap | None:
        """None when the neighbour is gone."""
        return self._find(type(to), _BY_ID, id=to.neighbour)

    def take_slot(self, gap: _Gap) -> Slot:
        """In the gap; gives the country fresh ranks when it is used up."""
        if gap.high - gap.low < 2:
            self._respace()
            gap = self.find_gap_beside(gap.beside) or gap
        return Slot((gap.low + gap.high) // 2, gap.position)

    def _find(
        self, side: type[Before | After], neighbour: Select[Any], **values: int
    ) -> _Gap | None:
        """On this side of the neighbour; at the ends there is room enough."""
        values = {"mover": self.mover, **values}
        found = self.session.execute(neighbour, {"country": self.country, **values}).first()
        if found is None:
            return None
        id, rank, below, above, in_front, stays = found
        if side is Before:
            low = rank - 2 * RANK_GAP if below is None else below
            return _Gap(Before(id), low, rank, in_front + 1)
        high = rank + 2 * RANK_GAP if above is None else above
        return _Gap(After(id), rank, high, in_front + stays + 1)

    def _respace(self) -> None:
        """Gives all packages of the country fresh ranks in their present order."""
        without = {"synchronize_session": False}
        self.session.execute(_RESPACE, {"here": self.country}, execution_options=without)
        self.session.expire_all()  # the ranks it knows are not true any more
