"""Import: a file is checked, what it would change is looked at, then it is saved as drafts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from blueprints import htmx
from blueprints.forms import read_page
from blueprints.i18n import translated
from blueprints.imports import bp
from blueprints.imports.descriptions import describe_line, outcome_names
from blueprints.imports.exporting import SIGNS, usual_sign
from blueprints.pages import number
from domain.catalogue.imports.comparing import Compared, Comparison, Outcome
from domain.catalogue.imports.files import FileNotFound, choose_sign, get_file, keep_file, read_file
from domain.catalogue.imports.reading import COLUMNS, FileRefused, decode, read_table
from domain.catalogue.imports.saving import Imported, StaleImport, UnfitImport, save_file
from domain.catalogue.models import ImportFile
from domain.catalogue.pending.pending import pending_changes
from domain.database import writing
from extensions import db

PAGE_LINES = 100
# More say nothing new.
SHOWN_ERRORS = 200


@dataclass(frozen=True)
class ImportPage:
    """What a file would change: the lines of one kind, a page of them. `ticked` are those whose
    value replaces a colleague's, on all pages."""

    file: ImportFile
    comparison: Comparison
    ticked: Collection[str]
    kind: str = ""
    page: int = 1

    @property
    def chosen(self) -> Sequence[Compared]:
        lines = self.comparison.lines
        if self.kind:
            return [line for line in lines if line.outcome == self.kind]
        return [line for line in lines if line.outcome != Outcome.SAME]

    @property
    def pages(self) -> int:
        return max(1, ceil(len(self.chosen) / PAGE_LINES))

    @property
    def lines(self) -> Sequence[Compared]:
        page = min(self.page, self.pages)
        return self.chosen[(page - 1) * PAGE_LINES : page * PAGE_LINES]

    @property
    def ticked_elsewhere(self) -> Sequence[str]:
        return sorted(set(self.ticked) - {line.tick for line in self.lines})


@bp.get("/import", endpoint="open")
def open_import() -> Response:
    return ask()


@bp.post("/import")
def check() -> ResponseReturnValue:
    """Reads the file, and leads to what it would change."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return ask(_("Choose a file first."), 422)
    try:
        text = decode(upload.read())
        read_table(text, titles())
    except FileRefused as error:
        return ask(translated(error), 422)
    with writing(db.session):
        file_id = keep_file(
            db.session,
            text,
            name=upload.filename,
            decimal_sign=SIGNS.get(request.form.get("decimal", ""), usual_sign()),
            removes="removes" in request.form,
            author=current_user.email,
        )
    return redirect(url_for("imports.look", file_id=file_id), 303)


@bp.get("/import/<id:file_id>")
def look(file_id: int) -> Response:
    """The dry run: nothing is written."""
    return show(file_id)


@bp.post("/import/<id:file_id>")
def turn(file_id: int) -> Response:
    """The same on another page or of another kind, with what is ticked so far."""
    return show(file_id, seen=request.form.get("digest", ""))


@bp.post("/import/<id:file_id>/decimal")
def read_again(file_id: int) -> ResponseReturnValue:
    """The same file with prices written in the other way."""
    sign = SIGNS.get(request.form.get("decimal", ""), usual_sign())
    with writing(db.session):
        choose_sign(db.session, file_id, sign, current_user.email)
    return redirect(url_for("imports.look", file_id=file_id), 303)


@bp.post("/import/<id:file_id>/save")
def save(file_id: int) -> ResponseReturnValue:
    try:
        saved = save_file(
            db.session,
            file_id,
            titles(),
            digest=request.form.get("digest", ""),
            takes_file=ticked(),
            author=current_user.email,
        )
    except FileNotFound as error:
        return ask(translated(error), 404)
    except (StaleImport, UnfitImport) as error:
        return show(file_id, translated(error), 409 if isinstance(error, StaleImport) else 422)
    if saved.failure:
        current_app.logger.error("File %s was saved in part: %s", file_id, saved.failure)
    return htmx.go_to(url_for("packages.index"), say_saved(saved), undo=saved.batch_id)


def ticked() -> set[str]:
    """On this page each by a box of its own; all other ones in one field, as there may be
    thousands."""
    return {*request.form.getlist("takes"), *request.form.get("taken", "").split()}


def say_saved(saved: Imported) -> str:
    said: str = ngettext(
        "%(count)s change saved as a draft.",
        "%(count)s changes saved as drafts.",
        saved.written,
        count=number(saved.written),
    )
    if saved.refused:
        said += " " + ngettext(
            "%(count)s line was left out: a colleague was faster.",
            "%(count)s lines were left out: a colleague was faster.",
            len(saved.refused),
            count=number(len(saved.refused)),
        )
    if saved.failure:
        said += " " + _("The rest could not be saved: import the file again.")
    return said


def titles() -> Mapping[str, str]:
    """The names on screen, in English and in the reader's language, with their columns."""
    english = {
        "package name": "name",
        "credits": "credits",
        "price": "price",
        "listing order": "position",
        "package country": "country",
        "package currency": "currency",
        "short info": "short_info",
    }
    own = {
        _("Package Name"): "name",
        _("Credits"): "credits",
        _("Price"): "price",
        _("Listing Order"): "position",
        _("Package Country"): "country",
        _("Package Currency"): "currency",
        _("Short Info"): "short_info",
    }
    return english | {title.casefold(): column for title, column in own.items()}


def ask(alert: str = "", status: int = 200) -> Response:
    page = render_template(
        "imports/import.html",
        alert=alert,
        columns=COLUMNS,
        sign=SIGNS.get(request.form.get("decimal", ""), usual_sign()),
        pending=pending_changes(db.session),
    )
    return make_response(page, status)


def show(file_id: int, alert: str = "", status: int = 200, seen: str = "") -> Response:
    """`seen`: the digest of the page before."""
    file = get_file(db.session, file_id, current_user.email)
    read = read_file(file, titles())
    comparison = read.compare(db.session)
    if seen and seen != comparison.digest:
        alert, status = translated(StaleImport()), 409
    kind = request.args.get("kind", "")
    page = ImportPage(
        file,
        comparison,
        ticked() & comparison.ticks,
        kind if kind in list(Outcome) else "",
        read_page(request.args.get("page", "")),
    )
    text = render_template(
        "imports/check.html",
        page=page,
        names=outcome_names(),
        described=[describe_line(line) for line in page.lines],
        errors=comparison.errors[:SHOWN_ERRORS],
        better_sign=read.better_sign,
        alert=alert,
        pending=pending_changes(db.session),
    )
    return make_response(text, status)
