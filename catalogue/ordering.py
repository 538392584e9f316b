"""Where a package stands in its country: sparse ranks behind positions 1 to n.

A move writes one row: it takes a rank between its new neighbours'. Only when that gap is used up
is the whole country given fresh ranks. Packages to be removed keep their rank but do not count.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, literal, select, tuple_
from sqlalchemy.orm import aliased

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


def position(package: CreditPackage | type[CreditPackage]) -> ScalarSelect[int]:
    """The position of `package` (a row, or the table inside a statement) as SQL."""
    other = aliased(CreditPackage)
    here: Any = (package.rank, package.id)
    return (
        select(func.count())
        .where(
            other.country == package.country,
            other.removed_at.is_(None),
            tuple_(other.rank, other.id) <= tuple_(*here),
        )
        .scalar_subquery()
    )


def rank_for_new(session: AnySession, country: str, position: int = LAST) -> int:
    """The rank that gives a package new to `country` this position there."""
    others = [CreditPackage.country == country]
    beside = _beside(session, position, others)
    rank = _rank_beside(session, beside, others) if beside else None
    return RANK_GAP if rank is None else rank


def rank_for_move(session: AnySession, package: CreditPackage, to: Destination) -> int | None:
    """The rank that brings `package` to `to` in its country.

    None when it is there already, or when the neighbour is not in that country any more.
    """
    others = [CreditPackage.country == package.country, CreditPackage.id != package.id]
    beside = to if isinstance(to, Before | After) else _new_neighbour(session, package, to, others)
    gap = _gap(session, beside, others) if beside else None
    if beside is None or gap is None or gap[0] < package.rank < gap[1]:
        return None
    return _rank_beside(session, beside, others)


def one_in_front(session: AnySession, package: CreditPackage) -> int:
    """The id of the package that `package` stands behind, to be removed or not; 0: it is first."""
    in_front = select(CreditPackage.id).where(
        CreditPackage.country == package.country,
        tuple_(*_ORDER) < tuple_(literal(package.rank), literal(package.id)),
    )
    backwards = [column.desc() for column in _ORDER]
    return session.scalar(in_front.order_by(*backwards).limit(1)) or 0


def first_of(session: AnySession, country: str) -> int:
    """The id of the first package there, to be removed or not; 0 when there is none."""
    there = select(CreditPackage.id).where(CreditPackage.country == country)
    return session.scalar(there.order_by(*_ORDER).limit(1)) or 0


Others = list[ColumnElement[bool]]
_ORDER = (CreditPackage.rank, CreditPackage.id)


def _new_neighbour(
    session: AnySession, package: CreditPackage, to: Place | Step, others: Others
) -> Before | After | None:
    """Whom `package` will stand beside; None when its position stays the same."""
    here = session.scalar(select(position(package))) or 1
    others_staying = select(func.count()).where(*others, CreditPackage.removed_at.is_(None))
    last = (session.scalar(others_staying) or 0) + 1
    wanted = to.position if isinstance(to, Place) else here + to.value
    wanted = min(max(wanted, 1), last)
    return None if wanted == here else _beside(session, wanted, others)


def _beside(session: AnySession, place: int, others: Others) -> Before | After | None:
    """`place` as "next to that package"; None when there are no others."""
    staying = select(CreditPackage.id).where(*others, CreditPackage.removed_at.is_(None))
    there = session.scalar(staying.order_by(*_ORDER).offset(place - 1).limit(1))
    if there is not None:
        return Before(there)
    backwards = [column.desc() for column in _ORDER]
    last = session.scalar(select(CreditPackage.id).where(*others).order_by(*backwards).limit(1))
    return None if last is None else After(last)


def _rank_beside(session: AnySession, to: Before | After, others: Others) -> int | None:
    """A rank in the gap at `to`; gives the country fresh ranks when that gap is used up."""
    gap = _gap(session, to, others)
    if gap and gap[1] - gap[0] < 2:
        _respace(session, to.neighbour)
        gap = _gap(session, to, others)
    return (gap[0] + gap[1]) // 2 if gap else None


def _gap(session: AnySession, to: Before | After, others: Others) -> tuple[int, int] | None:
    """The ranks that `to` lies between, open at the ends; None when the neighbour is gone."""
    neighbour = CreditPackage.id == to.neighbour
    rank: int | None = session.scalar(select(CreditPackage.rank).where(*others, neighbour))
    if rank is None:
        return None
    here = tuple_(literal(rank), literal(to.neighbour))
    if isinstance(to, Before):
        below = select(func.max(CreditPackage.rank)).where(*others, tuple_(*_ORDER) < here)
        left = session.scalar(below)
        return (rank - 2 * RANK_GAP if left is None else left), rank
    above = select(func.min(CreditPackage.rank)).where(*others, tuple_(*_ORDER) > here)
    right = session.scalar(above)
    return rank, (rank + 2 * RANK_GAP if right is None else right)


def _respace(session: AnySession, neighbour: int) -> None:
    """Gives all packages of the neighbour's country fresh ranks in their present order."""
    country = session.get_one(CreditPackage, neighbour).country
    in_order = select(CreditPackage).where(CreditPackage.country == country).order_by(*_ORDER)
    # Through the objects: a bulk update would leave them with ranks that are not true any more.
    for place, package in enumerate(session.scalars(in_order).all(), start=1):
        package.rank = place * RANK_GAP
    session.flush()
