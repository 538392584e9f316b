"""Which part of the list of packages is asked for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask_login import current_user

from blueprints import htmx
from blueprints.forms import read_page
from domain import countries, money
from domain.catalogue.changes.diff import Kind
from domain.catalogue.drafts.listing import Selection, Sort
from domain.catalogue.packages.rules import PACKAGE_TYPE
from domain.catalogue.pending.authorship import find_authorship
from domain.catalogue.pending.pending import Pending
from domain.database import AnySession

# What the list can be cut down to, besides a country and a search.
PENDING, NEW, REMOVED, MINE = "pending", "new", "removed", "mine"


@dataclass(frozen=True)
class Filter:
    """Which part of the list is asked for, and what it is sorted by."""

    country: str = ""
    search: str = ""
    page: int = 1
    show: str = ""
    currency: str = ""
    sort: Sort = Sort.LISTING_ORDER

    @classmethod
    def read(cls, args: Mapping[str, str]) -> "Filter":
        """From a query; what makes no sense there is left out."""
        country, page, show = (args.get(name, "") for name in ("country", "page", "show"))
        currency, sort = args.get("currency", "").upper(), args.get("sort", "")
        is_country = country.upper() in countries.CODES
        return cls(
            country=country.upper() if is_country else "",
            search=args.get("q", "").replace("\0", "").strip()[:80],
            page=read_page(page) if is_country else 1,
            show=show if show in (PENDING, NEW, REMOVED, MINE) else "",
            currency=currency if currency in money.CURRENCIES else "",
            sort=Sort(sort) if sort in list(Sort) else Sort.LISTING_ORDER,
        )

    @classmethod
    def of_current_page(cls) -> "Filter":
        """The filter of the page that an htmx request comes from."""
        return cls.read(htmx.current_query())

    @property
    def is_narrow(self) -> bool:
        """Whether packages of a country are left out."""
        return bool(self.search or self.show or self.currency)

    @property
    def shows_order(self) -> bool:
        """Whether a row's neighbours are those it has in the listing order."""
        return not self.is_narrow and self.sort == Sort.LISTING_ORDER

    def query(self, **changes: str | int) -> dict[str, Any]:
        """The query that asks for this part, or with `changes` for one like it."""
        wanted = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]
        query = {
            "country": wanted.country,
            "q": wanted.search,
            "show": wanted.show,
            "currency": wanted.currency,
            "sort": str(wanted.sort),
            "page": "" if wanted.page == 1 else wanted.page,
        }
        return {name: value for name, value in query.items() if value}


def select_drafts(session: AnySession, filter: Filter, pending: Pending) -> Selection:
    """What the filter asks the database for; pages and countries apart."""
    return Selection(
        search=filter.search,
        currency=filter.currency,
        ids=_shown_ids(session, filter.show, pending),
        only_removed=filter.show == REMOVED,
        sort=filter.sort,
    )


def _shown_ids(session: AnySession, show: str, pending: Pending) -> Collection[int] | None:
    """The packages with pending changes of a kind, or by the reader; None for no such wish."""
    if show not in (PENDING, NEW, MINE):
        return None
    changes = [change for change in pending.changes if change.item.type == PACKAGE_TYPE]
    if show == NEW:
        changes = [change for change in changes if change.kind == Kind.ADDED]
    if show == MINE:
        made = find_authorship(session, pending)
        mine = {key for key, known in made.items() if current_user.email in known.authors}
        changes = [change for change in changes if change.key in mine]
    return [change.item.id for change in changes]
