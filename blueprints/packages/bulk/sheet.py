"""Edit prices: the prices and credits of a country as a sheet, saved together or not at all."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from flask import Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints.packages import bp
from blueprints.packages.bulk.bulk_words import describe_saved
from blueprints.packages.bulk.saved import answer_saved
from blueprints.packages.bulk.selecting import refuse_too_many
from blueprints.packages.bulk.sheet_rows import FIELDS, PRICE, SheetRow, Totals
from domain import countries
from domain.catalogue.bulk.lines import Edit, LinesRefused, Refused, find_refused, plan_lines
from domain.catalogue.drafts.listing import list_all_drafts, list_by_id
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.pending.planning import write_planned
from domain.catalogue.storefront import live
from domain.database import MOST_ID
from domain.numbers import whole_number
from extensions import db


@bp.get("/prices")
def prices() -> Response:
    country = read_country()
    found = list_all_drafts(db.session, [country])[country]
    staying = [placed for placed in found if placed.position]
    refuse_too_many(len(staying))
    on_sale = live_values(country)
    rows = [SheetRow.of(placed, on_sale.get(placed.id)) for placed in staying]
    leaving = [placed.values.name for placed in found if not placed.position]
    return show(country, rows, leaving=leaving)


@bp.post("/prices")
def save_prices() -> ResponseReturnValue:
    """Save all: one batch, or nothing where a cell needs a look."""
    country = read_country()
    rows = read_rows(country)
    if "use_theirs" in request.form:
        return use_theirs(country, rows, request.form["use_theirs"])
    lines = [
        Edit(str(row.placed.id), row.placed.id, row.version, row.read())
        for row in rows
        if row.is_changed and not row.is_gone
    ]
    if any(row.problems for row in rows):
        return show(country, rows, 422)
    if mark_gone(rows):
        return show(country, rows, 409)
    plan = partial(plan_lines, lines=lines, action="prices", author=current_user.email, whole=True)
    try:
        saved = write_planned(db.session, plan)
    except LinesRefused as error:
        mark_refused(rows, error.refused)
        return show(country, rows, 409)
    return answer_saved(saved, describe_saved("prices", saved.written), [country])


def use_theirs(country: str, rows: Sequence[SheetRow], cell: str) -> Response:
    """The sheet with what a colleague saved in this cell; nothing is saved, all else stays."""
    for row in rows:
        for name in FIELDS:
            if cell == f"{name}-{row.placed.id}":
                row.use_theirs(name)
    mark_gone(rows)
    mark_conflicts(rows)
    return show(country, rows, focused=cell)


@bp.post("/prices/echo")
def echo_prices() -> str:
    """What stands beside the fields of a row while they are typed."""
    rows = read_rows(read_country())
    if not rows:
        abort(422, _("Select packages first."))
    return render_template("packages/bulk/_sheet_echo.html", row=rows[0], after=rows[0].read())


@bp.post("/prices/totals")
def total_prices() -> str:
    """What the strip says of the changed rows while they are typed."""
    rows = read_rows(read_country())
    mark_conflicts(rows)
    return render_template("packages/bulk/_sheet_totals.html", totals=Totals.of(rows))


def read_country() -> str:
    country = request.args.get("country", "").upper()
    if country not in countries.CODES:
        abort(404)
    return country


def read_rows(country: str) -> list[SheetRow]:
    """The rows that the browser sends, with their drafts as they are now. A removed package that
    the page already marked is left out."""
    sent = request.form
    ids = [id for text in sent.getlist("line") if (id := whole_number(text, MOST_ID))]
    refuse_too_many(len(ids))
    marked, on_sale = set(sent.getlist("gone")), live_values(country)
    rows = []
    for placed in list_by_id(db.session, set(ids)).values():
        row = SheetRow.sent(placed, on_sale.get(placed.id))
        row.is_gone = placed.position is None
        if not (row.is_gone and str(placed.id) in marked):
            rows.append(row)
    return rows


def live_values(country: str) -> Mapping[int, PackageValues]:
    """What buyers see of the country's packages, by id."""
    release = live.live_release(db.session)
    return {card.package_id: card.values for card in live.list_cards(db.session, release, country)}


def mark_refused(rows: Sequence[SheetRow], refused: Iterable[Refused]) -> None:
    by_key = {str(row.placed.id): row for row in rows}
    for each in refused:
        by_key[each.line.key].mark_refused(each)


def mark_gone(rows: Sequence[SheetRow]) -> bool:
    """Says which packages were removed since something was typed for them; whether any was."""
    gone = [row for row in rows if row.is_gone and row.is_changed]
    for row in gone:
        row.problems[PRICE] = str(_("It is to be removed. Saved again, it is left out."))
    return bool(gone)


def mark_conflicts(rows: Sequence[SheetRow]) -> None:
    """Marks what cannot be read, and again what the page said of colleagues where neither side was
    chosen yet."""
    lines = []
    for row in rows:
        values = row.read()
        if row.base and row.is_changed and not row.problems:
            lines.append(Edit(str(row.placed.id), row.placed.id, row.base, values))
    mark_refused(rows, find_refused(db.session, lines, author=current_user.email))


def show(
    country: str,
    rows: Sequence[SheetRow],
    status: int = 200,
    *,
    leaving: Sequence[str] = (),
    focused: str = "",
) -> Response:
    page = render_template(
        "packages/bulk/sheet.html",
        country=country,
        rows=rows,
        leaving=leaving,
        focused=focused,
        totals=Totals.of(rows),
        currencies=sorted({row.placed.values.currency for row in rows}),
        wrong=[(row, name) for row in rows for name in row.problems],
        pending=pending_changes(db.session),
    )
    return make_response(page, status)
