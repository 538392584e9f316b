"""The markets as a list, and the form of each."""

from dataclasses import dataclass

from flask import Response, abort, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import htmx
from blueprints.change_counts import after_saving
from blueprints.forms import saved_together
from blueprints.markets import bp
from blueprints.markets.forms import MarketForm
from blueprints.pages import country_name, sorted_countries
from blueprints.safe_redirect import next_path
from domain import countries
from domain.catalogue.changes.diff import ItemKey
from domain.catalogue.drafts import drafts, listing, revisions
from domain.catalogue.drafts.drafts import list_markets, market_key
from domain.catalogue.errors import StaleVersion
from domain.catalogue.item_types import MARKET
from domain.catalogue.markets.models import Market
from domain.catalogue.markets.rules import INITIAL_MARKET, MarketValues
from domain.catalogue.pending.pending import Pending, pending_changes
from domain.database import writing
from domain.languages import LANGUAGES
from extensions import db


@dataclass(frozen=True)
class Row:
    """A country and what is said about it; `languages` are those that its note is written in."""

    country: str
    values: MarketValues
    is_changed: bool

    @property
    def languages(self) -> list[str]:
        return [name for code, name in LANGUAGES.items() if getattr(self.values, f"note_{code}")]


@bp.get("", endpoint="index")
def list_all() -> str:
    pending = pending_changes(db.session)
    return render_template("markets/list.html", rows=list_rows(pending), pending=pending)


def list_rows(pending: Pending) -> list[Row]:
    """Every country that has packages, or a market already."""
    markets = {market.country: market for market in list_markets(db.session)}
    selling = listing.count_by_country(db.session)
    return [
        _row(code, markets.get(code), pending) for code in sorted_countries({*markets, *selling})
    ]


def _row(country: str, market: Market | None, pending: Pending) -> Row:
    if market is None:
        return Row(country, INITIAL_MARKET, is_changed=False)
    return Row(country, market.values, ItemKey(MARKET.name, market.id) in pending.by_item)


@bp.get("/<country>")
def edit(country: str) -> ResponseReturnValue:
    code = known_country(country)
    return show(code, open_form(code))


@bp.post("/<country>")
def save(country: str) -> ResponseReturnValue:
    code, form = known_country(country), MarketForm()
    form.take_theirs()
    if not form.validate_on_submit():
        return show(code, form, 422)
    try:
        with writing(db.session):
            version, author = form.opened_version, current_user.email
            market = drafts.edit_market(
                db.session, code, form.values, version=version, author=author
            )
            item = ItemKey(MARKET.name, market.id)
            others = revisions.others_since(db.session, item, version, author)
    except StaleVersion as error:
        now = drafts.find_market(db.session, code)
        form.show_stale(*(now.values, now.version) if now else (INITIAL_MARKET, 1), error)
        return show(code, form, 409, stale=form.describe_stale(error))
    name = country_name(code)
    saved = saved_together(others) if others else _("%(name)s saved.", name=name)
    message = " ".join([saved, after_saving()])
    return htmx.go_to(next_path(url_for("markets.index")), message)


def known_country(text: str) -> str:
    """The code of a country, as addresses write it; anything else is no page."""
    return text if text in countries.CODES else abort(404)


def open_form(country: str) -> MarketForm:
    market = drafts.find_market(db.session, country)
    return (
        MarketForm.of(market.values, market.version) if market else MarketForm.of(INITIAL_MARKET, 1)
    )


def show(country: str, form: MarketForm, status: int = 200, *, stale: str = "") -> Response:
    page = render_template(
        "markets/form.html",
        country=country,
        market_id=key.id if (key := market_key(db.session, country)) else 0,
        form=form,
        stale=stale,
        back=next_path(url_for("markets.index")),
        pending=pending_changes(db.session),
    )
    return make_response(page, status)
