"""The drafts as the packages page shows them: by country in listing order, or by a search."""

from collections.abc import Collection
from dataclasses import dataclass
from math import ceil
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    true,
    tuple_,
)

from domain.catalogue.drafts.ordering import HERE, IN_ORDER
from domain.catalogue.packages.models import CreditPackage, LivePackage
from domain.catalogue.packages.rules import PACKAGE_FIELDS, PackageValues
from domain.catalogue.rules import fold
from domain.database import AnySession

PAGE_ROWS = 100


class Placed(NamedTuple):
    """A draft as the list shows it; without a position it is to be removed."""

    id: int
    version: int
    values: PackageValues
    position: int | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many drafts a country shows, and how many of them stay (and so have positions)."""

    shown: int
    staying: int


def _is_shown() -> ColumnElement[bool]:
    """A removed draft that buyers do not see (any more) is hidden."""
    is_live = exists().where(LivePackage.item_id == CreditPackage.id)
    return or_(CreditPackage.removed_at.is_(None), is_live)


_STAYS = CreditPackage.removed_at.is_(None)
_STAYING = case((_STAYS, 1), else_=0)


def _page(matches: ColumnElement[bool]) -> Select[Any]:
    """The `first` to `last` of the drafts that match in each of `countries`, and their places
    among all."""

    def running(count: ColumnElement[int]) -> ColumnElement[int]:
        return func.sum(count).over(partition_by=CreditPackage.country, order_by=IN_ORDER)

    numbered = (
        select(
            CreditPackage.id,
            matches.label("matches"),
            running(case((matches, 1), else_=0)).label("row"),
            running(_STAYING).label("position"),
        )
        .where(CreditPackage.country.in_(bindparam("countries", expanding=True)), _is_shown())
        .subquery()
    )
    return (
        select(
            CreditPackage.id,
            CreditPackage.version,
            case((_STAYS, numbered.c.position)),
            *(getattr(CreditPackage, name) for name in PACKAGE_FIELDS),
        )
        .join(numbered, numbered.c.id == CreditPackage.id)
        .where(numbered.c.matches, numbered.c.row.between(bindparam("first"), bindparam("last")))
        .order_by(*IN_ORDER)
    )


# Made once: putting them together takes longer than to have them answered.
_PAGE_OF_ALL = _page(true())
_ALL_COUNTS = (
    select(CreditPackage.country, func.count(), func.sum(_STAYING))
    .where(_is_shown())
    .group_by(CreditPackage.country)
)
_COUNT_OF_ONE = _ALL_COUNTS.where(CreditPackage.country == bindparam("country"))
_PAGE_OF = select(func.count()).where(
    CreditPackage.country == bindparam("country"),
    tuple_(*IN_ORDER) <= HERE,
    _is_shown(),
)


def count_by_country(session: AnySession, search: str = "", country: str = "") -> dict[str, Count]:
    """The number of drafts of each country that has any, of those that match `search`; or of
    one `country` alone."""
    counts = _COUNT_OF_ONE if country else _ALL_COUNTS
    if search:
        counts = counts.where(_matching(search))
    rows = session.execute(counts, {"country": country})
    return {country: Count(shown, staying) for country, shown, staying in rows}


def list_drafts(
    session: AnySession, countries: Collection[str], *, page: int = 1, search: str = ""
) -> dict[str, list[Placed]]:
    """One page of each country's drafts in listing order; `search` leaves out the others."""
    rows = session.execute(
        _page(_matching(search)) if search else _PAGE_OF_ALL,
        {
            "countries": list(countries),
            "first": (page - 1) * PAGE_ROWS + 1,
            "last": page * PAGE_ROWS,
        },
    )
    drafts: dict[str, list[Placed]] = {country: [] for country in countries}
    for id, version, position, *fields in rows:
        values = PackageValues(*fields)
        drafts[values.country].append(Placed(id, version, values, position))
    return drafts


def _matching(search: str) -> ColumnElement[bool]:
    return CreditPackage.search_text.contains(fold(search), autoescape=True)


def page_of(session: AnySession, package: CreditPackage) -> int:
    """The page of its country's list on which the draft stands."""
    here = {"country": package.country, "rank": package.rank, "id": package.id}
    return max(1, ceil((session.scalar(_PAGE_OF, here) or 1) / PAGE_ROWS))


def is_on_list(session: AnySession, package: CreditPackage) -> bool:
    """Whether the draft is shown; a removed one is while buyers still see it."""
    shown = select(CreditPackage.id).where(CreditPackage.id == package.id, _is_shown())
    return session.scalar(shown) is not None
