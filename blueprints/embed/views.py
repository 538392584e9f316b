"""The script of <scrip-packages>, and the bare cards that sites on the list may frame."""

from functools import partial

from flask import Response, render_template

from blueprints import caching, security_headers
from blueprints.buying import buy_address
from blueprints.embed import bp
from blueprints.locale import address_country, is_addressed
from blueprints.pages import STATIC
from domain.catalogue.storefront import live
from domain.embedding.sites import list_sites
from extensions import db

# Its address never changes, so a new one reaches pages within the hour. Both get on with the API.
SCRIPT_POLICY = "public, max-age=3600, stale-while-revalidate=604800"


@bp.get("/embed.js")
def script() -> Response:
    response = Response((STATIC / "js" / "embed.js").read_bytes(), mimetype="text/javascript")
    return caching.kept(response, SCRIPT_POLICY)


@bp.get("/embed/packages")
def packages() -> Response:
    release = live.live_release(db.session)
    country = address_country() or release.settings.default_country
    country_offers = live.offers_for_country(db.session, release, country)
    page = render_template(
        "embed/packages.html",
        settings=release.settings,
        country_offers=country_offers,
        buy=partial(buy_address, release, country),
    )
    response = Response(page)
    security_headers.let_frame(response, [site.origin for site in list_sites(db.session)])
    return caching.kept(response, caching.REVALIDATE if is_addressed() else caching.PRIVATE)
