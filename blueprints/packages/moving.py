"""One order, four hands: drag, the More menu, arrow keys, and (while editing) Listing Order."""

from flask import Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from blueprints import htmx
from blueprints.packages import bp
from blueprints.packages.filters import Filter
from blueprints.packages.responses import back_to_list, page_with
from blueprints.packages.rows import build_listing
from blueprints.pages import country_name
from blueprints.people import display_name
from domain.catalogue.drafts import drafts, listing, revisions
from domain.catalogue.drafts.ordering import LAST, After, Before, Destination, Place, Step
from domain.catalogue.packages.models import CreditPackage
from domain.database import MOST_ID, writing
from domain.numbers import whole_number
from extensions import db

STEPS: dict[str, Destination] = {
    "up": Step.UP,
    "down": Step.DOWN,
    "top": Place(1),
    "bottom": Place(LAST),
}


@bp.post("/<id:package_id>/move")
def move(package_id: int) -> ResponseReturnValue:
    to = read_destination(request.form)
    with writing(db.session):
        package = drafts.move_package(
            db.session,
            package_id,
            to,
            country=request.form.get("country", ""),
            author=current_user.email,
        )
        page = listing.page_of(db.session, package)
    return answer_with_order(package, page)


def describe_previous_move(package: CreditPackage) -> str:
    """The colleague's pending move that this one replaced, as a sentence; "" when there is none."""
    move = revisions.previous_mover(db.session, package)
    if not move:
        return ""
    place = move.new["position"]
    text = _(
        "%(author)s had moved it to place %(place)s.", author=display_name(move.author), place=place
    )
    return f" {text}"


def read_destination(form: MultiDict[str, str]) -> Destination:
    """Where the package is to go: one of `before`, `after`, `position`, `step`."""
    named = [name for name in ("before", "after", "position", "step") if form.get(name, "").strip()]
    if len(named) != 1 or any(len(form.getlist(name)) > 1 for name in (*named, "country")):
        abort(422, _("Say where to: type a position, for example 1, then press Move."))
    name, typed = named[0], form[named[0]].strip()
    if name == "step" and typed in STEPS:
        return STEPS[typed]
    number = whole_number(typed, MOST_ID)
    if not number:
        abort(422, _("A position is a whole number from 1. Nothing was moved."))
    if name == "position":
        return Place(min(number, LAST))
    return Before(number) if name == "before" else After(number)


def describe_place(package: CreditPackage, position: int, total: int) -> str:
    text = _(
        "%(name)s is at place %(place)s of %(total)s in %(country)s.",
        name=package.name,
        place=position,
        total=total,
        country=country_name(package.country),
    )
    return str(text)


def answer_with_order(package: CreditPackage, page: int) -> Response:
    """The country's list in its new order, and a sentence that says where the package is."""
    shown = build_listing(db.session, Filter(country=package.country, page=page), is_page=False)
    section = shown.sections[0]
    places = {row.package.id: row.position for row in section.rows}
    # It is not in its place when somebody removed it meanwhile.
    position = places.get(package.id) or drafts.position_of(db.session, package)
    message = describe_place(package, position, section.count.staying) + describe_previous_move(
        package
    )
    if not htmx.is_htmx():
        return back_to_list(package, message)
    is_other_page = page != Filter.of_current_page().page
    answer = make_response(
        render_template(
            "packages/_moved.html",
            listing=shown,
            shown=shown.filter,
            section=section,
            pending=shown.pending,
            package=package,
            message=message,
            is_other_page=is_other_page,
        )
    )
    if is_other_page:
        htmx.push_url(answer, page_with(package))
    return answer
