"""The review: every pending change in words, and Apply for those that are ticked."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from functools import partial

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from flask_login import current_user
from wtforms import HiddenField, StringField

from blueprints import htmx
from blueprints.change_counts import describe_applied
from blueprints.forms import Form, obeys
from blueprints.i18n import translated
from blueprints.permissions import may
from blueprints.price_rule import price_rule
from blueprints.publishing import bp
from blueprints.publishing.review_page import ReviewPage
from domain.catalogue import rules
from domain.catalogue.errors import CatalogueError, NeedsReview, NothingChosen, StaleReview
from domain.catalogue.pending.authorship import find_authorship
from domain.catalogue.pending.pending import Cursor, Pending, pending_changes
from domain.catalogue.pending.planning import write_planned
from domain.catalogue.pending.seen import find_unseen_since
from domain.catalogue.releases import history
from domain.catalogue.review.review import (
    Review,
    acknowledge_author,
    build_review,
    plan_apply,
    review_all,
    review_own,
)
from domain.catalogue.undo.go_back import keys_back
from domain.database import MOST_INTEGER
from domain.numbers import whole_number
from extensions import db

CHANGED_MEANWHILE = lazy_gettext(
    "Nothing applied: what is pending changed while you were looking. "
    "What is new is marked and not selected."
)
LOOK_AT_THEIRS = lazy_gettext(
    "Not applied yet: your colleagues' changes are selected now. Check them, then apply."
)


class ReviewForm(Form):
    """What goes along with the ticks; `token` names all that was shown."""

    token = HiddenField()
    note = StringField(lazy_gettext("Note"), [obeys(rules.clean_note)])


@bp.get("/review", endpoint="review")
def open_review() -> ResponseReturnValue:
    """What the reader made is ticked; after going back to a release, what leads back to it."""
    number = request.args.get("back", "")
    release = history.find_release(db.session, whole_number(number, MOST_INTEGER) or 0)
    if release is None:
        return show(
            page_of(review_own(db.session, current_user.email, rule=price_rule())), ReviewForm()
        )
    pending = pending_changes(db.session)
    keys = keys_back(db.session, pending.changes, release.number)
    return show(page_of(build_review(db.session, keys, pending, rule=price_rule())), ReviewForm())


@bp.post("/review")
def apply_review() -> ResponseReturnValue:
    form = ReviewForm()
    chosen = frozenset(request.form.getlist("change"))
    if not form.validate_on_submit():
        return show(fresh_page(form, chosen), form, 422)
    included = keys_to_include(chosen)
    if included:
        page = fresh_page(form, chosen | included)
        return show(replace(page, problem=str(LOOK_AT_THEIRS)), form, 422)
    plan = partial(
        plan_apply,
        token=form.token.data or "",
        author=current_user.email,
        note=rules.clean_note(form.note.data or ""),
        chosen=chosen,
        acknowledged=acknowledged_keys(),
        rule=price_rule(),
    )
    try:
        applied = write_planned(db.session, plan)
    except CatalogueError as error:
        return show_refused(error, form, chosen)
    message = describe_applied(applied.number, applied.unseen)
    country = history.most_changed_group(db.session, applied.number)
    return htmx.go_to(url_for("packages.index"), message, applied.number - 1, country)


@bp.get("/review/again")
def review_again() -> ResponseReturnValue:
    return redirect(url_for("publishing.review"), 303)


@bp.post("/review/again")
def look_again() -> ResponseReturnValue:
    """The review as it is now, with what was ticked and typed; nothing is applied."""
    form = ReviewForm()
    if not form.token.data:
        return show(page_of(review_own(db.session, current_user.email, rule=price_rule())), form)
    which = request.form.get("select")
    if not which:
        return show(fresh_page(form, request.form.getlist("change")), form)
    page = fresh_page(form, select(which))
    return show(replace(page, acknowledged=page.with_colleagues_of_chosen()), form)


def select(which: str) -> Collection[str]:
    """The keys of all pending changes, of the reader's own, or of none."""
    if which == "mine":
        return review_own(db.session, current_user.email, rule=price_rule()).chosen
    return {c.key for c in pending_changes(db.session).changes} if which == "all" else ()


def keys_to_include(chosen: Collection[str]) -> set[str]:
    """Of what colleagues made who are to be included, though nothing of theirs is ticked: without
    scripts their one tick does not set the others."""
    acknowledged = acknowledged_keys()
    if not acknowledged:
        return set()
    by_author: dict[str, set[str]] = defaultdict(set)
    for key, made in find_authorship(db.session, pending_changes(db.session)).items():
        for author in made.authors:
            by_author[author].add(key)
    by_author.pop(current_user.email, None)
    return {
        key
        for author, keys in by_author.items()
        if acknowledge_author(author, len(keys)).key in acknowledged and not keys & set(chosen)
        for key in keys
    }


def show_refused(error: CatalogueError, form: ReviewForm, chosen: Collection[str]) -> Response:
    page = fresh_page(form, chosen)
    problem = str(CHANGED_MEANWHILE) if isinstance(error, StaleReview) else translated(error)
    missing = error.missing if isinstance(error, NeedsReview) else ()
    status = 422 if isinstance(error, (NeedsReview, NothingChosen)) else 409
    return show(replace(page, problem=problem, missing=missing), form, status)


def fresh_page(form: ReviewForm, chosen: Collection[str]) -> ReviewPage:
    """The review as it is now: what is new since is marked, and not ticked."""
    pending = pending_changes(db.session)
    return mark_unseen(pending, chosen, unseen_since(pending, Cursor.read(form.token.data or "")))


def unseen_since(pending: Pending, seen: Cursor | None) -> frozenset[str]:
    """The keys of what is new or another change since; of all for a cursor that is none."""
    if seen and seen.revision_id <= pending.cursor.revision_id:
        return find_unseen_since(db.session, pending, seen).keys
    return frozenset(change.key for change in pending.changes)


def mark_unseen(pending: Pending, chosen: Collection[str], unseen: frozenset[str]) -> ReviewPage:
    review = build_review(db.session, set(chosen) - unseen, pending, rule=price_rule())
    return replace(page_of(review), unseen=unseen & {change.key for change in pending.changes})


def page_of(review: Review) -> ReviewPage:
    everything = review_all(db.session, review, rule=price_rule())
    # Who may not apply chooses nothing, and reads what there is to say of all.
    if not may("publishing.apply_review"):
        review = everything
    return ReviewPage(review, everything, current_user.email, acknowledged=acknowledged_keys())


def acknowledged_keys() -> frozenset[str]:
    """What was agreed to; the tick for several warnings holds the keys of all."""
    shared = (key for keys in request.form.getlist("warnings") for key in keys.split())
    return frozenset([*request.form.getlist("acknowledge"), *shared])


def show(page: ReviewPage, form: ReviewForm, status: int = 200) -> Response:
    form.token.data = page.review.pending.token
    text = render_template(
        "publishing/review.html", shown=page, form=form, pending=page.review.pending
    )
    return make_response(text, status)
