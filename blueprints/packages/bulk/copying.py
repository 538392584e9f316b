"""Copy packages into other countries: a selection, or all of a country."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from blueprints import htmx
from blueprints.forms import read_version
from blueprints.i18n import listed, translated
from blueprints.packages import bp
from blueprints.packages.bulk.copy_form import UPDATE, ChosenTarget, CopyForm
from blueprints.packages.bulk.saved import answer_saved, refused_lines
from blueprints.packages.bulk.selecting import read_selected, refuse_too_many
from blueprints.packages.bulk.shown_lines import ShownLine, find_findings
from blueprints.pages import country_name, number, price, sorted_countries
from domain import countries
from domain.catalogue.bulk.copying import Likeness, likeness, plan_copies, read_likes
from domain.catalogue.bulk.lines import Add, Edit, Line, Saved
from domain.catalogue.drafts.listing import Placed, count_by_country, list_by_id
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.pending.planning import write_planned
from domain.catalogue.rules import InvalidText
from domain.database import MOST_ID
from domain.money import PriceError
from domain.numbers import whole_number
from extensions import db


@dataclass(frozen=True)
class CopyPage:
    """What is copied where, and a line for each package in each country."""

    form: CopyForm
    sources: Sequence[Placed]
    targets: Sequence[ChosenTarget]
    lines: Sequence[ShownLine]

    @property
    def rule(self) -> str:
        """Names what prices were worked out by: where to, in which currency, at which rate, how
        rounded."""
        targets = [f"{each.country} {each.currency} {each.rate}" for each in self.targets]
        return "|".join([*targets, str(self.form.ending.data), str(self.form.direction.data)])

    @property
    def title(self) -> str:
        found = {placed.values.country for placed in self.sources}
        if len(self.sources) == 1:
            return str(_("Copy %(name)s to…", name=self.sources[0].values.name))
        if len(found) == 1:
            return str(_("Copy from %(country)s to…", country=country_name(found.pop())))
        return str(_("Copy packages to…"))

    @property
    def offered(self) -> list[str]:
        """The countries that can be added: those with packages first."""
        chosen = {target.country for target in self.targets}
        chosen |= {placed.values.country for placed in self.sources}
        known = sorted_countries(count_by_country(db.session).keys() - chosen)
        return [*known, *sorted_countries(countries.CODES - {*known, *chosen})]


@bp.route("/copy", methods=["GET", "POST"])
def copy() -> ResponseReturnValue:
    """The packages ticked on the list, one (`?package=12`) or all of a country (`?scope=DE`)."""
    selected = [placed for placed in read_selected(db.session, request.values) if placed.position]
    if not selected:
        return htmx.go_to(url_for("packages.index"), _("Select packages first."))
    return show(build_page(CopyForm(), selected))


@bp.post("/copy/preview")
def preview_copy() -> ResponseReturnValue:
    return show(build_page(CopyForm(), read_sources()))


@bp.post("/copy/save")
def save_copy() -> ResponseReturnValue:
    """Saves what the page showed; what came to be otherwise since is shown and left out."""
    page = build_page(CopyForm(), read_sources(), is_saved=True)
    if page.targets and request.form.get("rule", "") != page.rule:
        return show(build_page(CopyForm(), read_sources()), 422, is_unseen=True)
    included = [line for line in page.lines if line.is_included]
    if not included or not page.form.validate():
        return show(page, 422)
    good = [line for line in included if not line.problem]
    plan = partial(plan_copies, lines=[*map(to_write, good)], author=current_user.email)
    saved = write_planned(db.session, plan)
    stale = refused_lines(saved, good)
    left = [*stale, *(line for line in included if line.problem)]
    if not left:
        targets = [target.country for target in page.targets]
        return answer_saved(saved, describe_copied(saved.written, targets), targets)
    is_stale = stale or any(line.is_stale for line in left)
    return show(replace(page, lines=left), 409 if is_stale else 422, saved)


def read_sources() -> list[Placed]:
    """Those that the page was made for, as they are now."""
    ids = [id for text in request.form.getlist("package") if (id := whole_number(text, MOST_ID))]
    refuse_too_many(len(ids))
    return list(list_by_id(db.session, set(ids)).values())


def build_page(form: CopyForm, sources: Sequence[Placed], *, is_saved: bool = False) -> CopyPage:
    form.validate()
    targets = form.targets(sources)
    refuse_too_many(len(sources) * len(targets))
    there = read_likes(db.session, [target.country for target in targets])
    lines = [
        build_line(form, placed, target, there, is_saved=is_saved)
        for target in targets
        for placed in sources
    ]
    return CopyPage(form, sources, targets, lines)


def build_line(
    form: CopyForm,
    source: Placed,
    chosen: ChosenTarget,
    there: dict[Likeness, Placed],
    *,
    is_saved: bool,
) -> ShownLine:
    key, sent = f"{source.id}-{chosen.country}", request.form
    try:
        values, problem = chosen.target.receive(source.values), chosen.problem
    except InvalidText as error:
        values = source.values._replace(country=chosen.country)
        problem = chosen.problem or translated(error)
    like = there.get(likeness(values))
    line = ShownLine(key, like.id if like else 0, like.version if like else 0, None, values)
    line.before, line.problem, line.edits = like.values if like else None, problem, "price_minor"
    line.source_version = source.version
    line.is_included = not like or form.existing.data == UPDATE
    line.note = describe_source(source, line)
    line.write()
    if key in sent.getlist("line"):
        take_sent(line, is_saved=is_saved, rule=sent.get("existing", "") == sent.get("was", ""))
    elif is_saved:
        # Nobody has seen it.
        line.is_included = False
    return line


def describe_source(source: Placed, line: ShownLine) -> str:
    """What the line comes from, where that is not seen beside it."""
    if line.package_id:
        return str(_("is there already"))
    values = source.values
    is_converted = values.currency != line.values.currency
    return price(values.price_minor, values.currency) if is_converted else ""


def take_sent(line: ShownLine, *, is_saved: bool, rule: bool) -> None:
    """What was typed and ticked, and what came to be otherwise since the page was made."""
    sent, key, written = request.form, line.key, line.shown
    line.shown, line.typed = sent.get(f"shown-{key}", ""), sent.get(f"new-{key}", "")
    if rule:
        line.is_included = key in sent.getlist("include")
    if not (is_saved or line.is_typed):
        line.shown = written
        line.write()
        return
    if is_saved:
        find_stale(line)
    if not line.problem:
        try:
            line.after = line.read()
        except PriceError as error:
            line.problem = translated(error)


def find_stale(line: ShownLine) -> None:
    """Says what came to be otherwise since the page was made."""
    sent, key = request.form, line.key
    is_source_new = read_version(sent.get(f"source-{key}", "")) != line.source_version
    stale = describe_stale(line, is_source_new=is_source_new)
    if not stale:
        line.version = read_version(sent.get(f"version-{key}", ""))
        return
    line.problem, line.is_stale = stale, True
    if is_source_new and not line.is_typed:
        line.write()


def describe_stale(line: ShownLine, *, is_source_new: bool) -> str:
    """What is copied, or what it updates, is not what the page showed; "" where it still is."""
    target = whole_number(request.form.get(f"target-{line.key}", ""), MOST_ID) or 0
    if is_source_new:
        return str(_("It was changed since. Look at it again, then save."))
    if target == line.package_id:
        return ""
    if not target:
        return str(_("It was added there since. Save again to update it."))
    if not line.package_id:
        return str(_("It is not there any more. Save again to add it."))
    return str(_("Another package is there now. Look at it again, then save."))


def to_write(line: ShownLine) -> Line:
    values = line.values
    if line.before is None:
        return Add(line.key, values)
    new = line.before._replace(
        price_minor=values.price_minor, currency=values.currency, short_info=values.short_info
    )
    return Edit(line.key, line.package_id, line.version, new)


def describe_copied(count: int, targets: Sequence[str]) -> str:
    text = ngettext(
        "%(count)s package copied to %(countries)s.",
        "%(count)s packages copied to %(countries)s.",
        count,
        count=number(count),
        countries=listed(map(country_name, targets)),
    )
    return str(text)


def show(
    page: CopyPage, status: int = 200, saved: Saved | None = None, *, is_unseen: bool = False
) -> Response:
    find_findings(db.session, page.lines)
    template = "packages/bulk/_copying.html" if htmx.is_htmx() else "packages/bulk/copy.html"
    said = ""
    if saved and saved.written:
        said = describe_copied(saved.written, [target.country for target in page.targets])
    text = render_template(
        template,
        page=page,
        saved=saved,
        said=said,
        is_unseen=is_unseen,
        pending=pending_changes(db.session),
    )
    return make_response(text, status)
