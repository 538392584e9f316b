"""The drafts as the packages page shows them: by country in listing order, or by a search."""

from collections.abc import Collection
from dataclasses import dataclass
from math import ceil

from sqlalchemy import ColumnElement, case, exists, func, literal, or_, select, tuple_

from catalogue.live import live_number
from catalogue.models import CreditPackage, ReleasedPackage
from catalogue.rules import fold
from database import AnySession

PAGE_ROWS = 100


@dataclass(frozen=True, slots=True)
class Placed:
    """A draft and its position; None while it is to be removed."""

    package: CreditPackage
    position: int | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many drafts a country shows, and how many of them stay (and so have positions)."""

    shown: int
    staying: int


def is_shown() -> ColumnElement[bool]:
    """A removed draft that buyers do not see (any more) is hidden."""
    is_live = exists().where(
        ReleasedPackage.package_id == CreditPackage.id,
        ReleasedPackage.release_number == live_number(),
    )
    return or_(CreditPackage.removed_at.is_(None), is_live)


_STAYS = case((CreditPackage.removed_at.is_(None), 1), else_=0)
_IN_ORDER = (CreditPackage.rank, CreditPackage.id)


def count_by_country(session: AnySession, search: str = "") -> dict[str, Count]:
    """The number of drafts of each country that has any, of those that match `search`."""
    rows = session.execute(
        select(CreditPackage.country, func.count(), func.sum(_STAYS))
        .where(is_shown(), *_matching(search))
        .group_by(CreditPackage.country)
    )
    return {country: Count(shown, staying) for country, shown, staying in rows}


def list_drafts(
    session: AnySession, countries: Collection[str], *, page: int = 1, search: str = ""
) -> dict[str, list[Placed]]:
    """One page of each country's drafts in listing order; `search` leaves out the others."""
    running = func.sum(_STAYS).over(partition_by=CreditPackage.country, order_by=_IN_ORDER)
    places = (
        select(CreditPackage.id, running.label("position"))
        .where(CreditPackage.country.in_(countries), is_shown())
        .subquery()
    )
    numbering = func.row_number().over(partition_by=CreditPackage.country, order_by=_IN_ORDER)
    matches = (
        select(CreditPackage.id, places.c.position, numbering.label("row"))
        .join(places, places.c.id == CreditPackage.id)
        .where(*_matching(search))
        .subquery()
    )
    first = (page - 1) * PAGE_ROWS + 1
    rows = session.execute(
        select(CreditPackage, matches.c.position)
        .join(matches, matches.c.id == CreditPackage.id)
        .where(matches.c.row.between(first, first + PAGE_ROWS - 1))
        .order_by(*_IN_ORDER)
    )
    drafts: dict[str, list[Placed]] = {country: [] for country in countries}
    for package, position in rows:
        place = None if package.removed_at else position
        drafts[package.country].append(Placed(package, place))
    return drafts


def _matching(search: str) -> list[ColumnElement[bool]]:
    text = fold(search)
    return [CreditPackage.search_text.contains(text, autoescape=True)] if text else []


def page_of(session: AnySession, package: CreditPackage) -> int:
    """The page of its country's list on which the draft stands."""
    up_to_it = select(func.count()).where(
        CreditPackage.country == package.country,
        tuple_(*_IN_ORDER) <= tuple_(literal(package.rank), literal(package.id)),
        is_shown(),
    )
    return max(1, ceil((session.scalar(up_to_it) or 1) / PAGE_ROWS))


def is_on_list(session: AnySession, package: CreditPackage) -> bool:
    """Whether the draft is shown; a removed one is while buyers still see it."""
    shown = select(CreditPackage.id).where(CreditPackage.id == package.id, is_shown())
    return session.scalar(shown) is not None
