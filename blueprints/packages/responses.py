"""How a write is answered: fragments for htmx, a redirect for a plain form."""

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _

from blueprints import htmx
from blueprints.i18n import translated
from blueprints.packages.filters import Filter
from blueprints.packages.forms import PackageForm
from blueprints.packages.rows import Listing, build_listing, build_row
from blueprints.people import sentence_about
from blueprints.permissions import may
from blueprints.safe_redirect import next_path
from domain.catalogue.drafts import drafts, listing, revisions
from domain.catalogue.errors import PackageRemoved, StaleVersion
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.pending.pending import pending_changes
from extensions import db


def form_in_place(form: PackageForm, stale: str = "") -> str:
    return render_template("packages/_form.html", form=form, inline=True, stale=stale)


def form_page(form: PackageForm, stale: str = "") -> str:
    pending = pending_changes(db.session)
    return render_template(
        "packages/form.html", form=form, pending=pending, stale=stale, back=next_path()
    )


def answer_with_form(form: PackageForm, status: int, stale: str = "") -> tuple[str, int]:
    """The form again, where it was: in place, or on a page of its own."""
    if form.package_id:
        package = drafts.get_package(db.session, form.package_id)
        form.removed_by = revisions.removed_by(db.session, package)
    return (form_in_place if htmx.is_htmx() else form_page)(form, stale), status


def answer_with_stale_form(
    form: PackageForm, package_id: int, error: StaleVersion
) -> tuple[str, int]:
    """What was typed stays beside what is saved now, and Save takes the one or the other."""
    form.show_stale(drafts.get_package(db.session, package_id), error)
    return answer_with_form(form, 409, stale=form.describe_stale(error))


def answer_with_removed_form(form: PackageForm, package_id: int) -> tuple[str, int]:
    """What was typed stays, and one press takes the removal back and saves it."""
    package = drafts.get_package(db.session, package_id)
    stale = sentence_about(
        revisions.removed_by(db.session, package),
        _("Not saved: you removed %(name)s in another window."),
        _("Not saved: %(author)s removed %(name)s while you were editing."),
        name=package.name,
    )
    return answer_with_form(form, 409, stale=stale)


def answer_with_row(
    package: CreditPackage, message: str, opens: PackageForm | None = None
) -> Response:
    """Only this row changed, and nothing that the other rows say."""
    if not htmx.is_htmx():
        return back_to_list(package, message, opens=opens)
    row, pending = build_row(db.session, package.id)
    return make_response(
        render_template(
            "packages/_saved_row.html",
            row=row,
            pending=pending,
            shown=Filter.of_current_page(),
            message=message,
            opens=opens,
        )
    )


def answer_with_list(
    package: CreditPackage,
    message: str,
    closes: PackageForm | None = None,
    opens: PackageForm | None = None,
) -> Response:
    """Rows came or changed places: the whole list anew, with the focus on this package or in the
    form that opens."""
    if not htmx.is_htmx():
        return back_to_list(package, message, opens=opens)
    shown = build_listing(db.session, Filter.of_current_page())
    rows = [row.package.id for section in shown.sections for row in section.rows]
    elsewhere = None if package.id in rows else page_with(package)
    return _list(
        shown, message, f"edit-{package.id}", closes=closes, opens=opens, elsewhere=elsewhere
    )


def answer_with_removal(package: CreditPackage, position: int) -> Response:
    """The list with the row struck through and the focus on Keep; without it, on the next row."""
    message = _("%(name)s will be removed when you apply.", name=package.name)
    if not may("packages.apply"):
        message = _("%(name)s will be removed when a publisher applies.", name=package.name)
    is_hidden = not listing.is_on_list(db.session, package)
    if is_hidden:
        message = _("%(name)s removed. Buyers never saw it.", name=package.name)
    if not htmx.is_htmx():
        return back_to_list(package, message, removed=package.id if is_hidden else None)
    shown = build_listing(db.session, Filter.of_current_page())
    if not is_hidden:
        return _list(shown, message, f"keep-{package.id}")
    rows = [row for section in shown.sections for row in section.rows]
    below = [
        row.package.id
        for row in rows
        if row.package.values.country == package.country and row.position == position
    ]
    focus = f"edit-{below[0]}" if below else "page-title"
    return _list(shown, message, focus, removed=package)


def answer_with_fresh_list(error: StaleVersion | PackageRemoved, package_id: int) -> Response:
    """Someone was faster: the list as it is now, so that the next press is about what is seen."""
    package = drafts.get_package(db.session, package_id)
    is_removed = isinstance(error, PackageRemoved)
    is_hidden = is_removed and not listing.is_on_list(db.session, package)
    shown = build_listing(db.session, Filter.of_current_page())
    alert = translated(error)
    if not is_removed:
        alert = " ".join([alert, _("Nothing was done; look at it again.")])
    page = render_template(
        "packages/_fresh_list.html" if htmx.is_htmx() else "packages/list.html",
        listing=shown,
        pending=shown.pending,
        removed=package if is_hidden else None,
        alert=alert,
    )
    return make_response(page, 409)


def _list(
    shown: Listing,
    message: str,
    focus: str,
    removed: CreditPackage | None = None,
    closes: PackageForm | None = None,
    opens: PackageForm | None = None,
    elsewhere: str | None = None,
) -> Response:
    return make_response(
        render_template(
            "packages/_saved_list.html",
            listing=shown,
            pending=shown.pending,
            message=message,
            focus=focus,
            removed=removed,
            closes=closes,
            opens=opens,
            elsewhere=elsewhere,
        )
    )


def back_to_list(
    package: CreditPackage,
    message: str,
    removed: int | None = None,
    opens: PackageForm | None = None,
) -> Response:
    """Where a plain form leads: back to where it was opened from, by default the list."""
    flash(message)
    if opens:
        address = url_for("packages.edit", package_id=opens.package_id, next=next_path() or None)
        return make_response(redirect(address, 303))
    return make_response(redirect(next_path(page_with(package, removed=removed)), 303))


def page_with(package: CreditPackage, removed: int | None = None) -> str:
    """The address of the package on the list."""
    return url_for(
        "packages.index",
        country=package.country,
        page=listing.page_of(db.session, package),
        _anchor=f"package-{package.id}",
        removed=removed,
    )
