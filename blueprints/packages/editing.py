"""Adding, editing, duplicating, removing and keeping a package."""

from collections.abc import Callable

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import htmx
from blueprints.forms import VersionForm, saved_together
from blueprints.packages import bp
from blueprints.packages.filters import Filter
from blueprints.packages.forms import PackageForm
from blueprints.packages.moving import describe_previous_move
from blueprints.packages.responses import (
    answer_with_form,
    answer_with_fresh_list,
    answer_with_list,
    answer_with_removal,
    answer_with_removed_form,
    answer_with_row,
    answer_with_stale_form,
    form_in_place,
    form_page,
)
from blueprints.packages.rows import build_listing, build_row
from blueprints.pages import country_name
from domain.catalogue.drafts import drafts, ordering, revisions
from domain.catalogue.errors import PackageRemoved, StaleVersion
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.storefront import live
from domain.database import writing
from extensions import db


@bp.get("/add")
def add() -> str:
    return form_page(new_form())


@bp.get("/add/form")
def add_form() -> str:
    return form_in_place(new_form())


def new_form() -> PackageForm:
    """For the country that the list shows, else the one that the admin used last."""
    shown = Filter.read(request.args.to_dict()).country
    return PackageForm.for_country(shown or revisions.last_country(db.session, current_user.email))


@bp.get("/<id:package_id>/duplicate")
def duplicate(package_id: int) -> str:
    return form_page(copy_form(package_id))


@bp.get("/<id:package_id>/duplicate/form")
def duplicate_form(package_id: int) -> str:
    return form_in_place(copy_form(package_id))


def copy_form(package_id: int) -> PackageForm:
    return PackageForm.copy_of(drafts.get_package(db.session, package_id))


@bp.post("/add")
def save_new() -> ResponseReturnValue:
    form = PackageForm()
    form.take_answer()
    if not form.validate_on_submit():
        if form.copied_id:
            form.subject = drafts.get_package(db.session, form.copied_id).name
        return answer_with_form(form, 422)
    with writing(db.session):
        package = drafts.add_package(
            db.session,
            form.values,
            position=form.place or ordering.LAST,
            author=current_user.email,
        )
    message = _(
        "%(name)s added to %(country)s.",
        name=package.name,
        country=country_name(package.country),
    )
    return answer_with_list(package, message, closes=form)


@bp.get("/<id:package_id>/edit")
def edit(package_id: int) -> ResponseReturnValue:
    return open_edit(package_id, form_page)


@bp.get("/<id:package_id>/edit/form")
def edit_form(package_id: int) -> ResponseReturnValue:
    return open_edit(package_id, form_in_place)


def open_edit(package_id: int, show: Callable[[PackageForm], str]) -> ResponseReturnValue:
    try:
        package = drafts.get_staying(db.session, package_id)
    except PackageRemoved as error:
        return answer_with_fresh_list(error, package_id)
    return show(PackageForm.of(package, drafts.position_of(db.session, package)))


@bp.post("/<id:package_id>/edit")
def save_edit(package_id: int) -> ResponseReturnValue:
    form = PackageForm(package_id)
    package = drafts.get_package(db.session, package_id)
    form.subject, country = package.name, package.country
    form.take_theirs()
    form.take_answer()
    if not form.validate_on_submit():
        return answer_with_form(form, 422)
    is_kept = request.form.get("keep") == "1"
    goes_on = request.form.get("then") == "next"
    # Looked up before: saved, it may be elsewhere, or left out by the list's filter.
    next_id = find_next(package) if goes_on else None
    try:
        package, others = write_edit(form, package_id, keep=is_kept)
    except PackageRemoved:
        return answer_with_removed_form(form, package_id)
    except StaleVersion as error:
        return answer_with_stale_form(form, package_id, error)
    message = saved_together(others) if others else describe_save(package, is_kept=is_kept)
    following = form_of(next_id) if next_id else None
    if goes_on and not following:
        message += " " + _("It is the last one here.")
    if form.place is not None:
        message += describe_previous_move(package)
    elif package.country == country and not others and not is_kept:
        return answer_with_row(package, message, following)
    return answer_with_list(package, message, closes=form, opens=following)


def describe_save(package: CreditPackage, *, is_kept: bool) -> str:
    if is_kept:
        return str(_("%(name)s kept and saved.", name=package.name))
    return str(_("%(name)s saved.", name=package.name))


def find_next(package: CreditPackage) -> int | None:
    """The id of the package below this one on the list; None where there is none."""
    filter = Filter.of_current_page() if htmx.is_htmx() else Filter(country=package.country)
    shown = build_listing(db.session, filter, is_page=False)
    rows = [row for section in shown.sections for row in section.rows if row.position]
    ids = [row.package.id for row in rows]
    return ids[ids.index(package.id) + 1] if package.id in ids[:-1] else None


def form_of(package_id: int) -> PackageForm | None:
    """The form that edits the package; None where somebody removed it."""
    package = drafts.get_package(db.session, package_id)
    if package.removed_at:
        return None
    return PackageForm.of(package, drafts.position_of(db.session, package))


def write_edit(
    form: PackageForm, package_id: int, *, keep: bool
) -> tuple[CreditPackage, tuple[str, ...]]:
    """The saved package, and the others whose changes are in it too."""
    with writing(db.session):
        package = drafts.edit_package(
            db.session,
            package_id,
            form.values,
            version=form.opened_version,
            position=form.place,
            author=current_user.email,
            keep=keep,
        )
        others = revisions.others_since(
            db.session, drafts.package_key(package_id), form.opened_version, current_user.email
        )
    return package, others


@bp.get("/<id:package_id>/row")
def row(package_id: int) -> str:
    """What Cancel puts back in place of the form."""
    shown, _pending = build_row(db.session, package_id)
    return render_template("packages/_cancelled_row.html", row=shown)


@bp.post("/<id:package_id>/remove")
def remove(package_id: int) -> ResponseReturnValue:
    form = VersionForm()
    position = ordering.find_placement(db.session, package_id).position
    try:
        with writing(db.session):
            package = drafts.remove_package(
                db.session, package_id, version=form.opened_version, author=current_user.email
            )
    except (PackageRemoved, StaleVersion) as error:
        return answer_with_fresh_list(error, package_id)
    return answer_with_removal(package, position)


@bp.post("/<id:package_id>/keep")
def keep(package_id: int) -> ResponseReturnValue:
    form = VersionForm()
    try:
        with writing(db.session):
            package = drafts.keep_package(
                db.session, package_id, version=form.opened_version, author=current_user.email
            )
    except StaleVersion as error:
        return answer_with_fresh_list(error, package_id)
    is_live = live.is_on_sale(db.session, package.id)
    if is_live:
        message = _("%(name)s stays.", name=package.name)
    else:
        message = _("%(name)s is a new draft: buyers do not see it.", name=package.name)
    return answer_with_list(package, message)
