"""Change prices, credits or short infos of many packages, remove or keep them: looked at first,
then saved as one batch."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from flask import Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import htmx
from blueprints.forms import read_version
from blueprints.i18n import translated
from blueprints.packages import bp
from blueprints.packages.bulk.bulk_words import describe_saved, title
from blueprints.packages.bulk.rule_form import (
    ACTIONS,
    CREDITS,
    FORMS,
    KEEP,
    PRICES,
    REMOVE,
    Change,
    RuleForm,
    rule_of,
)
from blueprints.packages.bulk.saved import answer_saved, refused_lines
from blueprints.packages.bulk.selecting import read_selected, refuse_too_many
from blueprints.packages.bulk.shown_lines import ShownLine, find_findings, mark_refused
from domain.catalogue.bulk.lines import Edit, Keep, Line, Remove, Saved, find_refused, plan_lines
from domain.catalogue.drafts.listing import Placed, list_by_id
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.pending.planning import write_planned
from domain.catalogue.rules import InvalidText
from domain.database import MOST_ID
from domain.money import PriceError
from domain.numbers import whole_number
from extensions import db

FIELDS = {PRICES: "price_minor", CREDITS: "credits"}


@dataclass(frozen=True)
class BulkPage:
    """What is to be done to which packages."""

    action: str
    form: RuleForm
    lines: Sequence[ShownLine]
    gone: int = 0

    @property
    def countries(self) -> list[str]:
        return list(dict.fromkeys(line.country for line in self.lines))

    @property
    def currencies(self) -> list[str]:
        return sorted({line.values.currency for line in self.lines})


@bp.route("/bulk", methods=["GET", "POST"])
def bulk() -> ResponseReturnValue:
    """The packages ticked on the list, or all of a country: `?action=prices&scope=DE`."""
    action = read_action(request.values.get("action", ""))
    found = read_selected(db.session, request.values)
    selected = [placed for placed in found if (placed.position is None) == (action == KEEP)]
    if not selected:
        return htmx.go_to(url_for("packages.index"), _("Select packages first."))
    form = FORMS[action](formdata=None)
    return show(BulkPage(action, form, [new_line(action, placed) for placed in selected]))


@bp.post("/bulk/preview")
def preview_bulk() -> ResponseReturnValue:
    """The lines as the rule makes them now; a price typed by hand stays, as does one of a colleague
    that was chosen (`use_theirs`)."""
    page = read_page(keeps_typed=True)
    mark_conflicts(page)
    return show(page, 422 if page.form.errors else 200)


@bp.post("/bulk/save")
def save_bulk() -> ResponseReturnValue:
    """Saves what the page showed: the fields of its lines, not the rule once more."""
    page = read_page(keeps_typed=False)
    if not page.form.errors and request.form.get("rule", "") != rule_of(page.form):
        return show(read_page(keeps_typed=True), 422, is_unseen=True)
    included = [line for line in page.lines if line.is_included]
    if page.form.errors or page.gone or not included:
        return show(page, 422)
    good = [line for line in included if not line.problem]
    plan = partial(
        plan_lines,
        lines=[to_write(page.action, line) for line in good],
        action=page.action,
        author=current_user.email,
    )
    saved = write_planned(db.session, plan)
    unread = [line for line in included if line.problem]
    left = [*refused_lines(saved, good), *unread]
    if not left:
        return answer_saved(saved, describe_saved(page.action, saved.written), page.countries)
    status = 409 if saved.refused else 422
    return show(BulkPage(page.action, page.form, left), status, saved)


def read_action(text: str) -> str:
    if text not in ACTIONS:
        abort(422, _("Say what to do with the packages. Nothing was changed."))
    return text


def read_page(*, keeps_typed: bool) -> BulkPage:
    """What the page sends along: the rule, and for each package what it was opened with."""
    asked = request.form
    action = read_action(asked.get("action", ""))
    form = FORMS[action]()
    is_valid = form.validate()
    ids = [id for text in asked.getlist("line") if (id := whole_number(text, MOST_ID))]
    refuse_too_many(len(ids))
    found = list_by_id(db.session, set(ids))
    lines = [sent_line(action, placed) for placed in found.values()]
    change = form.change if is_valid else None
    for line in lines:
        fill_in(line, change, keeps_typed=keeps_typed)
    return BulkPage(action, form, lines, gone=len(set(ids) - found.keys()))


def new_line(action: str, placed: Placed) -> ShownLine:
    line = ShownLine(str(placed.id), placed.id, placed.version, placed.values, placed.values)
    line.edits = FIELDS.get(action, "")
    line.write()
    line.after = None if action == REMOVE else line.before
    return line


def sent_line(action: str, placed: Placed) -> ShownLine:
    """The line as it was sent; what it is opened with stays its version."""
    line, sent = new_line(action, placed), request.form
    line.is_included = line.key in sent.getlist("include")
    if sent.get("use_theirs") == line.key:
        line.is_theirs = line.is_included = line.has_focus = True
        return line
    line.is_theirs = line.key in sent.getlist("theirs")
    line.version, line.base = (
        read_version(sent.get(f"{name}-{line.key}", "")) for name in ("version", "base")
    )
    if line.edits:
        line.typed, line.shown = (sent.get(f"{n}-{line.key}", "") for n in ("new", "shown"))
    return line


def fill_in(line: ShownLine, change: Change | None, *, keeps_typed: bool) -> None:
    """What becomes of the package: by its own field where somebody typed into it, or where all is
    to be saved as it was shown; else by the rule."""
    if line.after is None:
        return
    try:
        if line.edits and (line.is_typed or not keeps_typed):
            line.after = line.read()
        elif change and not line.is_theirs:
            line.after = change(line.after)
            line.write()
    except (InvalidText, PriceError) as error:
        line.problem = translated(error)


def mark_conflicts(page: BulkPage) -> None:
    """Says again what colleagues saved, where the page said so and neither side was chosen yet."""
    asked = {line.key: line for line in page.lines if line.base and line.is_included}
    lines = [
        to_write(page.action, replace(line, version=line.base))
        for line in asked.values()
        if not line.problem
    ]
    for refused in find_refused(db.session, lines, author=current_user.email):
        mark_refused(asked[refused.line.key], refused)


def to_write(action: str, line: ShownLine) -> Line:
    if action == REMOVE:
        return Remove(line.key, line.package_id, line.version)
    if action == KEEP:
        return Keep(line.key, line.package_id, line.version)
    return Edit(line.key, line.package_id, line.version, line.values)


def show(
    page: BulkPage, status: int = 200, saved: Saved | None = None, *, is_unseen: bool = False
) -> Response:
    find_findings(db.session, page.lines)
    template = "packages/bulk/_changing.html" if htmx.is_htmx() else "packages/bulk/change.html"
    said = describe_saved(page.action, saved.written) if saved and saved.written else ""
    text = render_template(
        template,
        page=page,
        saved=saved,
        said=said,
        title=title(page.action),
        rule=rule_of(page.form),
        is_unseen=is_unseen,
        pending=pending_changes(db.session),
    )
    return make_response(text, status)
