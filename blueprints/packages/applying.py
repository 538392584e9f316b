"""Apply Changes in the pending bar."""

from functools import partial

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints import htmx
from blueprints.change_counts import describe_applied
from blueprints.i18n import translated
from blueprints.packages import bp
from blueprints.packages.filters import Filter
from blueprints.packages.rows import build_listing
from blueprints.price_rule import price_rule
from domain.catalogue.errors import (
    AlreadyApplied,
    Blocked,
    NeedsReview,
    NothingPending,
    StaleReview,
)
from domain.catalogue.pending.planning import write_planned
from domain.catalogue.releases import history
from domain.catalogue.review.review import plan_apply
from extensions import db


@bp.post("/apply")
def apply() -> ResponseReturnValue:
    """Applies everything at once where nothing asks for a look; else leads to the review."""
    token, author = request.form.get("token", ""), current_user.email
    try:
        applied = write_planned(
            db.session, partial(plan_apply, token=token, author=author, rule=price_rule())
        )
    except (Blocked, NeedsReview):
        return htmx.go_to(url_for("publishing.review", _anchor="check"))
    except (AlreadyApplied, NothingPending, StaleReview) as error:
        return answer(translated(error), 409)
    message = describe_applied(applied.number, applied.unseen)
    country = history.most_changed_group(db.session, applied.number)
    return answer(message, back_to=applied.number - 1, country=country)


def answer(message: str, status: int = 200, *, back_to: int = 0, country: str = "") -> Response:
    """The bar and the list as they are after the press, and a sentence about it."""
    problem = message if status != 200 else None
    if not htmx.is_htmx() and not problem:
        return htmx.go_to(url_for("packages.index"), message, back_to, country)
    history_page = url_for("publishing.history")
    if htmx.current_path() == history_page and not problem:
        return htmx.go_to(history_page, message)  # it leads on from what is live by itself
    on_list = htmx.current_path() in ("", url_for("packages.index"))
    listing = build_listing(db.session, Filter.of_current_page())
    return make_response(
        render_template(
            "packages/_applied.html" if htmx.is_htmx() else "packages/list.html",
            listing=listing,
            pending=listing.pending,
            on_list=on_list,
            message=message,
            problem=problem,
            back_to=back_to,
            country=country,
        ),
        status,
    )
