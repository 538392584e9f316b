"""The package cards of one country, and the choice of another."""

from flask import (
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

import countries
from blueprints.pages import country_name
from blueprints.storefront import bp
from catalogue import live
from extensions import db

COUNTRY_SECONDS = 365 * 24 * 3600


@bp.get("/")
def home() -> ResponseReturnValue:
    return redirect(url_for("storefront.packages"))


@bp.get("/packages")
def packages() -> str:
    release = live.live_release(db.session)
    country = wanted_country() or release.settings.default_country
    counts = live.count_by_country(db.session, release)
    return render_template(
        "storefront/packages.html",
        settings=release.settings,
        country=country,
        cards=live.list_cards(db.session, release, country),
        choices=sorted({country, *counts}, key=lambda code: countries.sort_key(country_name(code))),
    )


@bp.get("/packages/choose")
def choose() -> ResponseReturnValue:
    """Remembers the visitor's choice of a country in this browser."""
    country = known_country(request.args.get("country"))
    if country is None:
        abort(404)
    answer = make_response(redirect(url_for("storefront.packages", country=country), 303))
    answer.set_cookie(
        "country",
        country,
        max_age=COUNTRY_SECONDS,
        secure=current_app.extensions["scrip"].production,
        httponly=True,
        samesite="Lax",
    )
    return answer


@bp.get("/healthz")
def healthz() -> Response:
    """Whether the database answers; when it does not, the error page says 503."""
    live.live_release(db.session)
    return Response("ok\n", mimetype="text/plain")


def wanted_country() -> str | None:
    """The country asked for by the address, else the one chosen before."""
    return known_country(request.args.get("country")) or known_country(
        request.cookies.get("country")
    )


def known_country(code: str | None) -> str | None:
    code = (code or "").upper()
    return code if code in countries.CODES else None
