"""The list of customers, and what part of it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template, request

from blueprints.customers import bp
from blueprints.pages import sorted_countries
from domain import countries
from domain.catalogue.pending.pending import pending_changes
from domain.customers import listing
from domain.customers.listing import Page, Selection, Show
from domain.customers.rules import TAG_CHARACTERS
from domain.database import MOST_ID
from domain.numbers import whole_number
from domain.outbox.rules import fit
from extensions import db

SEARCH_CHARACTERS = 120


@dataclass(frozen=True)
class Listing:
    """All that the list shows. The parts are counted where nothing else narrows the list, as it is
    then that the numbers are those of the list behind them."""

    selection: Selection
    page: Page
    count: int
    total: int
    counts: Mapping[Show, int]
    countries: list[str]
    tags: list[str]

    def query(self, **changes: str) -> dict[str, Any]:
        """The query that asks for this part of the list, or with `changes` for one like it."""
        search, country, tag, show = self.selection
        query = {"q": search, "country": country, "tag": tag, "show": show, **changes}
        return {name: str(value) for name, value in query.items() if value}


@bp.get("/")
def index() -> str:
    return render_template(
        "customers/list.html",
        shown=build_listing(),
        search_characters=SEARCH_CHARACTERS,
        pending=pending_changes(db.session),
    )


def build_listing() -> Listing:
    """As the address asks for it."""
    session, selection = db.session, read_selection(request.args)
    edges = (request.args.get(name, "") for name in ("below", "above"))
    below, above = (whole_number(edge, MOST_ID) for edge in edges)
    page = listing.list_customers(session, selection, below=below, above=above)
    is_searched = selection._replace(show=Show.ALL).is_narrow
    counts = {} if is_searched else listing.count_parts(session)
    total = listing.count_customers(session)
    return Listing(
        selection,
        page,
        _count(selection, total, counts),
        total,
        counts,
        sorted_countries({*listing.list_countries(session), selection.country} - {""}),
        sorted({*listing.list_tags(session), selection.tag} - {""}, key=str.casefold),
    )


def _count(selection: Selection, total: int, counts: Mapping[Show, int]) -> int:
    """How many are selected; most often that is known already."""
    if not selection.is_narrow:
        return total
    known = counts.get(selection.show)
    return listing.count_customers(db.session, selection) if known is None else known


def read_selection(args: Mapping[str, str]) -> Selection:
    """From a query; what makes no sense there is left out."""
    show = args.get("show", "")
    return Selection(
        search=fit(args.get("q", "")).strip()[:SEARCH_CHARACTERS],
        country=countries.find(args.get("country", "")) or "",
        tag=fit(args.get("tag", ""))[:TAG_CHARACTERS],
        show=Show(show) if show in [*Show] else Show.ALL,
    )
