"""The package cards of one country, and the choice of another country or language."""

from collections.abc import Collection
from functools import partial

from flask import (
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from blueprints import caching
from blueprints.buying import buy_address
from blueprints.locale import (
    address_country,
    address_language,
    is_addressed,
    reader_country,
    remember_choice,
)
from blueprints.pages import sorted_countries
from blueprints.storefront import bp
from blueprints.storefront.meta import describe
from domain import countries
from domain.catalogue.storefront import live
from domain.company.company import find_company
from extensions import db


@bp.get("/")
def home() -> ResponseReturnValue:
    return redirect(url_for("storefront.packages"))


@bp.get("/packages")
def packages() -> Response:
    release = live.live_release(db.session)
    selling = live.count_by_country(db.session, release)
    country = wanted_country(selling) or release.settings.default_country
    country_offers = live.offers_for_country(db.session, release, country)
    page = render_template(
        "storefront/packages.html",
        settings=release.settings,
        country_offers=country_offers,
        choices=sorted_countries({country, *selling}),
        meta=describe(release, country_offers),
        buy=partial(buy_address, release, country),
        company=find_company(db.session),
    )
    policy = caching.while_live() if is_addressed() else caching.PRIVATE
    return caching.kept(Response(page), policy)


@bp.get("/packages/choose")
def choose() -> ResponseReturnValue:
    """Remembers the visitor's choice of a country, a language or both in this browser. What is no
    choice leads to the page as well, as if nothing had been chosen."""
    country, lang = address_country(), address_language()
    answer = make_response(
        redirect(url_for("storefront.packages", country=country, lang=lang), 303)
    )
    for name, value in (("country", country), ("lang", lang)):
        if value:
            remember_choice(answer, name, value)
    return answer


def wanted_country(selling: Collection[str]) -> str | None:
    """The country asked for by the address, else the one chosen before, else a guess."""
    chosen = countries.find(request.cookies.get("country", ""))
    return address_country() or chosen or reader_country(selling)
