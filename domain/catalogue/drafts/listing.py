"""The drafts as the packages page shows them: by country in listing order, or a part of them."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from math import ceil
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    not_,
    or_,
    select,
    tuple_,
)

from domain.catalogue.drafts.ordering import HERE, IN_ORDER
from domain.catalogue.packages.models import CreditPackage, LivePackage
from domain.catalogue.packages.rules import PACKAGE_FIELDS, PackageValues
from domain.catalogue.rules import fold
from domain.database import MOST_INTEGER, MOST_PARAMETERS, AnySession, portions

PAGE_ROWS = 100


class Placed(NamedTuple):
    """A draft as the list shows it; without a position it is to be removed."""

    id: int
    version: int
    values: PackageValues
    position: int | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many drafts a country shows, and how many of all stay in it (and so have positions)."""

    shown: int
    staying: int


class Sort(StrEnum):
    """What a country's drafts are sorted by."""

    LISTING_ORDER = ""
    CREDITS = "credits"
    UNIT_PRICE = "unit-price"


@dataclass(frozen=True)
class Selection:
    """Which drafts are wanted: those that hold `search`, of a `currency`, with one of `ids`.

    `only_removed` are the removed ones, those that buyers never saw among them; these are hidden
    otherwise.
    """

    search: str = ""
    currency: str = ""
    ids: Collection[int] | None = None
    only_removed: bool = False
    sort: Sort = Sort.LISTING_ORDER


ALL = Selection()


def _is_shown() -> ColumnElement[bool]:
    """A removed draft that buyers do not see (any more) is hidden."""
    is_live = exists().where(LivePackage.item_id == CreditPackage.id)
    return or_(_STAYS, is_live)


_STAYS = CreditPackage.removed_at.is_(None)
_STAYING = case((_STAYS, 1), else_=0)
_ORDERS = {
    Sort.LISTING_ORDER: IN_ORDER,
    Sort.CREDITS: (CreditPackage.credits, *IN_ORDER),
    Sort.UNIT_PRICE: (
        CreditPackage.currency,
        CreditPackage.price_minor * 1.0 / CreditPackage.credits,
        *IN_ORDER,
    ),
}


def _matches(selection: Selection) -> ColumnElement[bool]:
    conditions = [not_(_STAYS) if selection.only_removed else _is_shown()]
    if selection.search:
        folded = fold(selection.search)
        conditions.append(CreditPackage.search_text.contains(folded, autoescape=True))
    if selection.currency:
        conditions.append(CreditPackage.currency == selection.currency)
    if selection.ids is not None:
        conditions.append(CreditPackage.id.in_(islice(selection.ids, MOST_PARAMETERS)))
    return and_(*conditions)


def _page(selection: Selection) -> Select[Any]:
    """The `first` to `last` of the drafts that match in each of `countries`, and their places
    among all."""
    matches, order = _matches(selection), _ORDERS[selection.sort]

    def running(count: ColumnElement[int], order: Sequence[Any]) -> ColumnElement[int]:
        return func.sum(count).over(partition_by=CreditPackage.country, order_by=order)

    numbered = (
        select(
            CreditPackage.id,
            matches.label("matches"),
            running(case((matches, 1), else_=0), order).label("row"),
            running(_STAYING, IN_ORDER).label("position"),
        )
        .where(
            CreditPackage.country.in_(bindparam("countries", expanding=True)),
            or_(_STAYS, matches),
        )
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
        .order_by(*order)
    )


def _counts(selection: Selection) -> Select[Any]:
    matching = func.sum(case((_matches(replace(selection, currency="")), 1), else_=0))
    return select(
        CreditPackage.country, CreditPackage.currency, matching, func.sum(_STAYING)
    ).group_by(CreditPackage.country, CreditPackage.currency)


# Made once: putting them together takes longer than to have them answered.
_PAGE_OF_ALL = _page(ALL)
_ALL_COUNTS = _counts(ALL)
_PAGE_OF = select(func.count()).where(
    CreditPackage.country == bindparam("country"),
    tuple_(*IN_ORDER) <= HERE,
    _is_shown(),
)


def count_by_country(session: AnySession) -> dict[str, Count]:
    """The number of drafts of each country that shows any."""
    counts, _currencies = count_selected(session)
    return counts


def count_selected(
    session: AnySession, selection: Selection = ALL, country: str = ""
) -> tuple[dict[str, Count], set[str]]:
    """The number of selected drafts of each country that has any, or of one `country` alone; and
    the currencies that could be selected."""
    statement = _ALL_COUNTS if selection == ALL else _counts(selection)
    if country:
        statement = statement.where(CreditPackage.country == country)
    shown: Counter[str] = Counter()
    staying: Counter[str] = Counter()
    currencies = set()
    for code, currency, matching, staying_here in session.execute(statement):
        staying[code] += staying_here
        if matching:
            currencies.add(currency)
            shown[code] += matching if selection.currency in ("", currency) else 0
    return {code: Count(n, staying[code]) for code, n in shown.items() if n}, currencies


def list_drafts(
    session: AnySession,
    countries: Collection[str],
    *,
    page: int = 1,
    selection: Selection = ALL,
) -> dict[str, list[Placed]]:
    """One page of each country's selected drafts."""
    first = (page - 1) * PAGE_ROWS + 1
    return _list(session, countries, selection, first, page * PAGE_ROWS)


def list_all_drafts(
    session: AnySession, countries: Collection[str], selection: Selection = ALL
) -> dict[str, list[Placed]]:
    """All of each country's selected drafts, however many."""
    return _list(session, countries, selection, 1, MOST_INTEGER)


def _list(
    session: AnySession, countries: Collection[str], selection: Selection, first: int, last: int
) -> dict[str, list[Placed]]:
    statement = _PAGE_OF_ALL if selection == ALL else _page(selection)
    here = {"countries": list(countries), "first": first, "last": last}
    drafts: dict[str, list[Placed]] = {country: [] for country in countries}
    for id, version, position, *fields in session.execute(statement, here):
        values = PackageValues(*fields)
        drafts[values.country].append(Placed(id, version, values, position))
    return drafts


def list_by_id(session: AnySession, ids: Collection[int]) -> dict[int, Placed]:
    """The drafts with these ids, shown or not, in the order of the list. Their places are not
    counted: 0, and None for what is to be removed."""
    found: dict[int, Placed] = {}
    fields = (getattr(CreditPackage, name) for name in PACKAGE_FIELDS)
    columns = CreditPackage.country, CreditPackage.rank, CreditPackage.id, CreditPackage.version
    drafts = select(*columns, case((_STAYS, 0)), *fields)
    rows = [
        row
        for some in portions(ids)
        for row in session.execute(drafts.where(CreditPackage.id.in_(some)))
    ]
    for _country, _rank, id, version, place, *values in sorted(map(tuple, rows)):
        found[id] = Placed(id, version, PackageValues(*values), place)
    return found


def page_of(session: AnySession, package: CreditPackage) -> int:
    """The page of its country's list on which the draft stands."""
    here = {"country": package.country, "rank": package.rank, "id": package.id}
    return max(1, ceil((session.scalar(_PAGE_OF, here) or 1) / PAGE_ROWS))


def is_on_list(session: AnySession, package: CreditPackage) -> bool:
    """Whether the draft is shown; a removed one is while buyers still see it."""
    shown = select(CreditPackage.id).where(CreditPackage.id == package.id, _is_shown())
    return session.scalar(shown) is not None
