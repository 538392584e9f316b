"""Export: the drafts, a country's or a release, as an import reads them back."""

from collections.abc import Iterable, Iterator

from babel.numbers import get_decimal_symbol
from flask import Response, abort, request
from flask_babel import gettext as _

from blueprints.csv_files import Cell, csv_answer
from blueprints.imports import bp
from blueprints.locale import reader_locale
from domain import countries
from domain.catalogue.drafts.listing import Placed, count_by_country, list_all_drafts
from domain.catalogue.imports.cells import write_price
from domain.catalogue.imports.reading import COLUMNS
from domain.catalogue.packages.rules import PACKAGE_TYPE
from domain.catalogue.releases.history import get_release, released_items
from domain.database import MOST_INTEGER
from domain.numbers import whole_number
from extensions import db

SIGNS = {"point": ".", "comma": ","}


@bp.get("/export.csv")
def export() -> Response:
    """`country` and `release` say which packages, `decimal` how prices are written: "point" or
    "comma", by default as in the reader's language."""
    country, release = request.args.get("country", "").upper(), request.args.get("release", "")
    if country and country not in countries.CODES:
        abort(422, _("Choose a country from the list."))
    sign = SIGNS.get(request.args.get("decimal", ""), usual_sign())
    packages = list_release(release, country) if release else list_packages(country)
    rows = _rows(packages, sign, with_versions=not release)
    parts = ("packages", country, f"release-{release}" if release else "")
    name = "-".join(filter(None, parts)).lower()
    return csv_answer(f"{name}.csv", rows, ";" if sign == "," else ",")


def usual_sign() -> str:
    """What stands before decimals in the reader's language."""
    return "," if get_decimal_symbol(reader_locale()) == "," else "."


def list_packages(country: str) -> list[Placed]:
    """The drafts that stay."""
    codes = [country] if country else sorted(count_by_country(db.session))
    drafts = list_all_drafts(db.session, codes)
    return [placed for listed in drafts.values() for placed in listed if placed.position]


def list_release(number: str, country: str) -> list[Placed]:
    """What buyers saw with a release."""
    release = get_release(db.session, whole_number(number, MOST_INTEGER) or 0)
    states = [
        state
        for state in released_items(db.session, release.number).values()
        if state.item.type == PACKAGE_TYPE and country in ("", state.group)
    ]
    in_order = sorted(states, key=lambda state: (state.group, state.position))
    return [Placed(state.item.id, 0, state.values, state.position) for state in in_order]


def _rows(packages: Iterable[Placed], sign: str, *, with_versions: bool) -> Iterator[list[Cell]]:
    yield list(COLUMNS)
    for placed in packages:
        values = placed.values
        yield [
            placed.id,
            placed.version if with_versions else None,
            values.country,
            placed.position,
            values.name,
            values.credits,
            write_price(values.price_minor, values.currency, sign),
            values.currency,
            values.short_info,
        ]
