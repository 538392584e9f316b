"""Where a package stands in its country: sparse ranks behind positions 1 to n.

A move writes one row: it takes a rank between its new neighbours'. Only when that gap is used up
is the whole country given fresh ranks. Packages to be removed keep their rank but do not count.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, select, tuple_, update
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
    return (
        select(func.count())
        .where(
            other.country == package.country,
            other.removed_at.is_(None),
            tuple_(other.rank, other.id) <= tuple_(package.rank, package.id),
        )
        .scalar_subquery()
    )


def rank_at(
    session: AnySession, country: str, to: Destination, package: CreditPackage | None = None
) -> int | None:
    """The rank that brings `package` (None: a new one) to `to` in `country`.

    None when it is there already, or when the neighbour is not in that country any more.
    """
    if isinstance(to, Step):
        assert package is not None  # noqa: S101 - only what has a place can step
        here = session.scalar(select(position(package))) or 0
        to = Place(max(1, here + to.value))
    if isinstance(to, Place):
        to, is_there = _beside(session, country, to, package)
        if is_there:
            return None
    if isinstance(to, Place):
        return _last_rank(session, country, package) + RANK_GAP
    gap = _gap(session, country, to, package)
    if gap is None or (package is not None and gap[0] < package.rank < gap[1]):
        return None
    if gap[1] - gap[0] < 2:
        _respace(session, country)
        gap = _gap(session, country, to, package) or gap
    return (gap[0] + gap[1]) // 2


def _others(country: str, package: CreditPackage | None) -> list[ColumnElement[bool]]:
    others = [CreditPackage.country == country]
    if package is not None:
        others.append(CreditPackage.id != package.id)
    return others


def _beside(
    session: AnySession, country: str, to: Place, package: CreditPackage | None
) -> tuple[Before | Place, bool]:
    """`to` as "in front of that package" (itself when last), and whether `package` is there."""
    others = [*_others(country, package), CreditPackage.removed_at.is_(None)]
    place = min(to.position, (session.scalar(select(func.count()).where(*others)) or 0) + 1)
    if package is not None and place == session.scalar(select(position(package))):
        return to, True
    in_order = select(CreditPackage.id).where(*others).order_by(*_ORDER)
    neighbour = session.scalar(in_order.offset(place - 1).limit(1))
    return (to if neighbour is None else Before(neighbour)), False


_ORDER = (CreditPackage.rank, CreditPackage.id)


def _last_rank(session: AnySession, country: str, package: CreditPackage | None) -> int:
    return (
        session.scalar(select(func.max(CreditPackage.rank)).where(*_others(country, package))) or 0
    )


def _gap(
    session: AnySession, country: str, to: Before | After, package: CreditPackage | None
) -> tuple[int, int] | None:
    """The ranks between which `to` lies, open at the ends by one whole gap."""
    others = _others(country, package)
    rank: int | None = session.scalar(
        select(CreditPackage.rank).where(*others, CreditPackage.id == to.neighbour)
    )
    if rank is None:
        return None
    here: Any = tuple_(rank, to.neighbour)
    if isinstance(to, Before):
        below = select(func.max(CreditPackage.rank)).where(*others, tuple_(*_ORDER) < here)
        left = session.scalar(below)
        return (rank - 2 * RANK_GAP if left is None else left), rank
    above = select(func.min(CreditPackage.rank)).where(*others, tuple_(*_ORDER) > here)
    right = session.scalar(above)
    return rank, (rank + 2 * RANK_GAP if right is None else right)


def _respace(session: AnySession, country: str) -> None:
    ids = session.scalars(
        select(CreditPackage.id).where(CreditPackage.country == country).order_by(*_ORDER)
    ).all()
    ranks = [{"id": id, "rank": place * RANK_GAP} for place, id in enumerate(ids, start=1)]
    session.execute(update(CreditPackage), ranks)
