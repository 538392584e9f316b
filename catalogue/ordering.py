"""Where a package stands in its country: sparse ranks behind positions 1 to n.

A move writes one row: it takes a rank between its new neighbours'. Only when that gap is used up
is the whole country given fresh ranks. Packages to be removed keep their rank but do not count.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import BigInteger, Integer, Select, bindparam, case, func, select, tuple_

from catalogue.models import RANK_GAP, CreditPackage
from database import AnySession

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
class Standing:
    """At `position` of the `total` packages that stay in the country."""

    position: int
    total: int


# All statements are made once: putting them together takes longer than to have them answered.
IN_ORDER = (CreditPackage.rank, CreditPackage.id)
HERE = tuple_(bindparam("rank", type_=BigInteger), bindparam("id", type_=BigInteger))
_IN_COUNTRY = CreditPackage.country == bindparam("country")
_STAYS = CreditPackage.removed_at.is_(None)
_COUNT = select(func.count()).where(_IN_COUNTRY, _STAYS)
_STANDING = _COUNT.add_columns(func.sum(case((tuple_(*IN_ORDER) <= HERE, 1), else_=0)))
_OTHERS = select(CreditPackage.id, CreditPackage.rank).where(
    _IN_COUNTRY, CreditPackage.id != bindparam("mover", type_=BigInteger)
)
_NTH = _OTHERS.where(_STAYS).order_by(*IN_ORDER).offset(bindparam("skip", type_=Integer)).limit(1)
_LAST = _OTHERS.order_by(*(column.desc() for column in IN_ORDER)).limit(1)
_NEIGHBOUR = _OTHERS.where(CreditPackage.id == bindparam("id", type_=BigInteger))
_BELOW = _OTHERS.with_only_columns(func.max(CreditPackage.rank)).where(tuple_(*IN_ORDER) < HERE)
_ABOVE = _OTHERS.with_only_columns(func.min(CreditPackage.rank)).where(tuple_(*IN_ORDER) > HERE)
_FIRST = select(CreditPackage.id).where(_IN_COUNTRY).order_by(*IN_ORDER).limit(1)
_IN_FRONT = (
    select(CreditPackage.id)
    .where(_IN_COUNTRY, tuple_(*IN_ORDER) < HERE)
    .order_by(*(column.desc() for column in IN_ORDER))
    .limit(1)
)


def find_standing(session: AnySession, package: CreditPackage) -> Standing:
    values = {"country": package.country, "rank": package.rank, "id": package.id}
    total, position = session.execute(_STANDING, values).one()
    return Standing(position or 0, total)


def count_staying(session: AnySession, country: str) -> int:
    """How many drafts of the country have a position."""
    return session.scalar(_COUNT, {"country": country}) or 0


def rank_for_new(session: AnySession, country: str, position: int = LAST) -> int:
    """The rank that gives a package new to `country` this position there."""
    others = _Others(session, country)
    gap = others.find_gap(position)
    return others.find_rank(gap) if gap else RANK_GAP


def rank_for_move(
    session: AnySession, package: CreditPackage, to: Destination, now: Standing
) -> int | None:
    """The rank that brings `package` from where it stands `now` to `to` in its country.

    None when it is there already, or when the neighbour is not in that country any more.
    """
    others = _Others(session, package.country, package.id)
    if isinstance(to, Before | After):
        gap = others.find_gap_beside(to)
    else:
        wanted = to.position if isinstance(to, Place) else now.position + to.value
        wanted = min(max(wanted, 1), now.total)
        gap = None if wanted == now.position else others.find_gap(wanted)
    if gap is None or gap.low < package.rank < gap.high:
        return None
    return others.find_rank(gap)


def one_in_front(session: AnySession, package: CreditPackage) -> int:
    """The id of the package that `package` stands behind, to be removed or not; 0: it is first."""
    values = {"country": package.country, "rank": package.rank, "id": package.id}
    return session.scalar(_IN_FRONT, values) or 0


def first_of(session: AnySession, country: str) -> int:
    """The id of the first package there, to be removed or not; 0 when there is none."""
    return session.scalar(_FIRST, {"country": country}) or 0


@dataclass(frozen=True, slots=True)
class _Gap:
    """Between the ranks `low` and `high`, one of which is the neighbour's."""

    beside: Before | After
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class _Others:
    """The packages of a country, but for the one that is to come among them."""

    session: AnySession
    country: str
    mover: int = 0

    def find_gap(self, position: int) -> _Gap | None:
        """Where whoever comes gets this position; None when there are no others."""
        there = self._find(_NTH, skip=position - 1) if position < LAST else None
        if there:
            return self._gap(Before(there.id), there.rank)
        last = self._find(_LAST)
        return self._gap(After(last.id), last.rank) if last else None

    def find_gap_beside(self, to: Before | After) -> _Gap | None:
        """None when the neighbour is gone."""
        neighbour = self._find(_NEIGHBOUR, id=to.neighbour)
        return self._gap(to, neighbour.rank) if neighbour else None

    def find_rank(self, gap: _Gap) -> int:
        """A rank in the gap; gives the country fresh ranks when it is used up."""
        if gap.high - gap.low < 2:
            self._respace()
            gap = self.find_gap_beside(gap.beside) or gap
        return (gap.low + gap.high) // 2

    def _gap(self, beside: Before | After, rank: int) -> _Gap:
        """Beside the neighbour with this rank; at the ends there is room enough."""
        is_before = isinstance(beside, Before)
        there = self._find(_BELOW if is_before else _ABOVE, rank=rank, id=beside.neighbour)
        end = there[0] if there else None
        if is_before:
            return _Gap(beside, rank - 2 * RANK_GAP if end is None else end, rank)
        return _Gap(beside, rank, rank + 2 * RANK_GAP if end is None else end)

    def _find(self, statement: Select[Any], **values: int) -> Any:  # noqa: ANN401 - a row
        values = {"mover": self.mover, **values}
        return self.session.execute(statement, {"country": self.country, **values}).first()

    def _respace(self) -> None:
        """Gives all packages of the country fresh ranks in their present order."""
        in_order = select(CreditPackage).where(CreditPackage.country == self.country)
        packages = self.session.scalars(in_order.order_by(*IN_ORDER)).all()
        # Through the objects: a bulk update would leave them with ranks that are not true any more.
        for place, package in enumerate(packages, start=1):
            package.rank = place * RANK_GAP
        self.session.flush()
