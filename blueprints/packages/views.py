"""The page with the list of packages."""

from flask import render_template, request

from blueprints.packages import bp
from blueprints.packages.rows import Filter, build_listing
from catalogue import listing
from catalogue.models import CreditPackage
from extensions import db


@bp.get("/")
def index() -> str:
    shown = build_listing(db.session, Filter.read(request.args.to_dict()))
    removed = find_removed(request.args.get("removed", ""))
    return render_template(
        "packages/list.html", listing=shown, pending=shown.pending, removed=removed
    )


def find_removed(package_id: str) -> CreditPackage | None:
    """The package removed just now, so that the page can offer to keep it."""
    if not (package_id.isascii() and package_id.isdigit() and len(package_id) < 19):
        return None
    package = db.session.get(CreditPackage, int(package_id))
    is_gone = package is not None and not listing.is_on_list(db.session, package)
    return package if is_gone else None
