"""The list of purchases, and what part of it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template, request

from blueprints.pages import sorted_countries
from blueprints.period import Period, describe_period, read_period
from blueprints.purchases import bp, words
from domain import countries
from domain.catalogue.pending.pending import pending_changes
from domain.customers.customers import get_customer
from domain.customers.errors import CustomerNotFound
from domain.database import MOST_ID
from domain.numbers import whole_number
from domain.outbox.rules import fit
from domain.purchases import listing
from domain.purchases.counting import Counts, count_by_state
from domain.purchases.filters import Selection
from domain.purchases.listing import Package, Page
from domain.purchases.names import name_purchase
from domain.purchases.shown import Shown
from extensions import db

SEARCH_CHARACTERS = 120


@dataclass(frozen=True)
class Listing:
    """All that the list shows. The states are counted within all else that is selected."""

    selection: Selection
    period: Period
    page: Page
    counts: Counts
    countries: list[str]
    packages: Mapping[str, list[Package]]
    customer: str

    @property
    def count(self) -> int:
        show = self.selection.show
        return self.counts.of.get(show, 0) if show else self.counts.total

    def query(self, **changes: str) -> dict[str, Any]:
        """The query that asks for this part of the list, or with `changes` for one like it."""
        chosen = self.selection
        query = {
            **{"q": chosen.search, "show": chosen.show, "market": chosen.country},
            **{"package": chosen.package_id, "customer": chosen.customer_id},
            **self.period.query(),
            **changes,
        }
        return {name: str(value) for name, value in query.items() if value}


@bp.get("/")
def index() -> str:
    return render_template(
        "purchases/list.html",
        shown=build_listing(),
        search_characters=SEARCH_CHARACTERS,
        words=words,
        describe_period=describe_period,
        name_purchase=name_purchase,
        Shown=Shown,
        pending=pending_changes(db.session),
    )


def build_listing() -> Listing:
    """As the address asks for it."""
    session, period = db.session, read_period(request.args)
    selection = read_selection(request.args, period)
    edges = (request.args.get(name, "") for name in ("below", "above"))
    below, above = (whole_number(edge, MOST_ID) for edge in edges)
    page = listing.list_purchases(session, selection, below=below, above=above)
    return Listing(
        *(selection, period, page, count_by_state(session, selection)),
        sorted_countries({*listing.list_countries(session), selection.country} - {""}),
        group_packages(listing.list_packages(session)),
        _name_customer(selection.customer_id),
    )


def read_selection(args: Mapping[str, str], period: Period) -> Selection:
    """From a query; what makes no sense there is left out."""
    show = args.get("show", "")
    package_id, customer_id = (
        whole_number(args.get(name, ""), MOST_ID) or 0 for name in ("package", "customer")
    )
    return Selection(
        search=fit(args.get("q", "")).strip()[:SEARCH_CHARACTERS],
        show=Shown(show) if show in [*Shown] else None,
        since=period.since,
        until=period.until,
        country=countries.find(args.get("market", "")) or "",
        package_id=package_id,
        customer_id=customer_id,
    )


def group_packages(packages: list[Package]) -> dict[str, list[Package]]:
    """By country, in the order in which the reader looks for them."""
    by_country: dict[str, list[Package]] = {}
    for package in sorted(packages, key=lambda one: one.name.casefold()):
        by_country.setdefault(package.country, []).append(package)
    return {country: by_country[country] for country in sorted_countries(by_country)}


def _name_customer(customer_id: int) -> str:
    """What the customer whose purchases are shown is called; "" for all customers'."""
    if not customer_id:
        return ""
    try:
        person = get_customer(db.session, customer_id)
    except CustomerNotFound:
        return words.title(customer_id)
    return words.title(customer_id, person.name, person.email)
