"""The page with the list of packages."""

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import htmx
from blueprints.packages import bp
from blueprints.packages.filters import Filter
from blueprints.packages.responses import page_with
from blueprints.packages.rows import build_listing, build_row
from domain.catalogue.drafts import drafts, listing
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.pending.authorship import find_authorship
from domain.catalogue.pending.pending import Cursor
from domain.catalogue.pending.unseen_changes import UnseenChanges, find_unseen
from domain.database import MOST_ID
from domain.numbers import whole_number
from extensions import db


@bp.get("/")
def index() -> str:
    shown = build_listing(db.session, Filter.read(request.args.to_dict()))
    removed = find_removed(request.args.get("removed", ""))
    return render_template(
        "packages/list.html", listing=shown, pending=shown.pending, removed=removed
    )


@bp.get("/unseen")
def unseen() -> str:
    """The list as it is now: what others did is marked, and the first of it gets the focus."""
    shown_filter, seen = Filter.of_current_page(), Cursor.read(request.args.get("list", ""))
    found = UnseenChanges()
    if seen:
        country = shown_filter.country
        found = find_unseen(db.session, seen, current_user.email, country=country)
    shown = build_listing(db.session, shown_filter, found.changed_by)
    marked = [row for section in shown.sections for row in section.rows if row.changed_by]
    message = [_("The list is up to date.")]
    if found.changed_by and not marked:
        message.append(_("What was changed is not on this page of it."))
    return render_template(
        "packages/_unseen_list.html",
        listing=shown,
        pending=shown.pending,
        message=" ".join(message),
        focus=marked[0].focus if marked else "page-title",
    )


@bp.get("/<id:package_id>/actions")
def actions(package_id: int) -> str:
    """The More menu of a row as a page of its own."""
    return render_actions("packages/actions.html", package_id)


@bp.get("/<id:package_id>/actions/menu")
def actions_menu(package_id: int) -> str:
    return render_actions("packages/_actions.html", package_id)


def render_actions(template: str, package_id: int) -> str:
    package = drafts.get_package(db.session, package_id)
    row, pending = build_row(db.session, package_id)
    back = page_with(package)
    if htmx.is_htmx():
        filter = Filter.of_current_page()
        back = url_for("packages.index", **filter.query(page=filter.page))
    authorship = find_authorship(db.session, pending) if row.changes else {}
    return render_template(template, row=row, pending=pending, authorship=authorship, back=back)


def find_removed(package_id: str) -> CreditPackage | None:
    """The package removed just now, so that the page can offer to keep it."""
    number = whole_number(package_id, MOST_ID)
    package = None if number is None else db.session.get(CreditPackage, number)
    is_gone = package is not None and not listing.is_on_list(db.session, package)
    return package if is_gone else None
