"""The addresses of the API. What each answers is described in openapi.json."""

import json
from pathlib import Path
from typing import Any

from flask import Response, abort, render_template

from blueprints import caching, locale, problems
from blueprints.api import bp, serializers
from blueprints.api.docs_page import DocsPage
from blueprints.api.query_params import QueryParams, read_params
from domain.catalogue.storefront import live
from domain.catalogue.storefront.live import LiveRelease
from domain.languages import SOURCE
from extensions import db

OPENAPI: dict[str, Any] = json.loads(Path(__file__).with_name("openapi.json").read_text("utf-8"))
DOCS_PAGE = DocsPage(OPENAPI)


@bp.get("/packages")
def packages() -> Response:
    """What is on sale now."""
    params = read_params("country", "lang")
    return packages_of(live.live_release(db.session), params, caching.while_live())


@bp.get("/releases/<id:number>")
def release(number: int) -> Response:
    """What was on sale when a release was live, byte for byte. A restored backup may give its
    number to another release, so caches ask each time."""
    params = read_params("country", "lang")
    release = live.past_release(db.session, number)
    if release is None:
        abort(404, "There is no such release. The newest is named by /api/v1/packages.")
    return packages_of(release, params, caching.REVALIDATE)


@bp.get("/countries")
def countries() -> Response:
    """Where something is on sale now."""
    params = read_params("lang")
    release = live.live_release(db.session)
    locale.use_language(params.language)
    body = serializers.countries(release, live.count_by_country(db.session, release))
    return as_json(body, params, caching.while_live())


@bp.get("/openapi.json")
def openapi() -> Response:
    return caching.kept(Response(to_text(OPENAPI), mimetype="application/json"), caching.REVALIDATE)


@bp.get("/")
def index() -> Response:
    """The same for people."""
    locale.use_language(SOURCE)
    page = render_template(
        "api/index.html",
        docs_page=DOCS_PAGE,
        anchors=problems.ANCHORS,
        messages=problems.MESSAGES,
    )
    return caching.kept(Response(page), caching.REVALIDATE)


def packages_of(release: LiveRelease, params: QueryParams, policy: str) -> Response:
    country = params.country or release.settings.default_country
    locale.use_language(params.language, country)
    cards = live.list_cards(db.session, release, country)
    market = live.find_market(db.session, release, country)
    return as_json(serializers.packages(release, country, cards, market), params, policy)


def as_json(body: dict[str, Any], params: QueryParams, policy: str) -> Response:
    """Kept by caches only when nothing but the address decided what is in it."""
    response = Response(to_text(body), mimetype="application/json")
    response.content_language.add(body["language"])
    return caching.kept(response, policy if params.is_complete else caching.PRIVATE)


def to_text(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")) + "\n"
