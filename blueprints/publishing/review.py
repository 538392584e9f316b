"""The review: every pending change in words, and Apply for those that are ticked."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from flask_login import current_user
from wtforms import HiddenField, StringField

from blueprints import htmx
from blueprints.change_counts import describe_applied
from blueprints.forms import Form, obeys
from blueprints.i18n import translated
from blueprints.publishing import bp
from blueprints.publishing.descriptions import Group, group_changes
from domain.catalogue import rules
from domain.catalogue.errors import (
    Acknowledgement,
    CatalogueError,
    NeedsReview,
    NothingChosen,
    StaleReview,
)
from domain.catalogue.models import DraftBatch
from domain.catalogue.pending.pending import Cursor, pending_changes
from domain.catalogue.pending.seen import find_unseen_since
from domain.catalogue.price_checks.findings import Finding
from domain.catalogue.releases import history
from domain.catalogue.review import review
from domain.catalogue.review.review import Review, build_review
from domain.catalogue.undo.go_back import keys_back
from domain.database import MOST_ID, MOST_INTEGER, writing
from domain.numbers import whole_number
from extensions import db

CHANGED_MEANWHILE = lazy_gettext(
    "The pending changes are not the ones you saw, so nothing was applied. "
    "What is new is marked and not ticked: look at it, then apply again."
)


class ReviewForm(Form):
    """What goes along with the ticks; `token` names all that was shown."""

    token = HiddenField()
    note = StringField(lazy_gettext("Note"), [obeys(rules.clean_note)])


@dataclass(frozen=True)
class ReviewPage:
    """A review as one admin sees it."""

    review: Review
    reader: str
    unseen: frozenset[str] = frozenset()
    acknowledged: frozenset[str] = frozenset()
    problem: str = ""
    missing: tuple[Acknowledgement, ...] = ()
    batch: DraftBatch | None = None

    @property
    def groups(self) -> list[Group]:
        return group_changes(self.review.pending.changes)

    @property
    def others(self) -> list[tuple[str, int, Acknowledgement]]:
        """Other authors of anything pending, how much of what is ticked is theirs, the tick."""
        counts = self.review.count_others(self.reader)
        changes = self.review.pending.changes
        authors = {a for change in changes for a in self.review.authors(change.key)}
        return [
            (other, counts.get(other, 0), review.acknowledge_author(other, counts.get(other, 0)))
            for other in sorted(authors - {self.reader})
        ]

    @property
    def warnings(self) -> list[tuple[Acknowledgement, Finding]]:
        return list(self.review.warnings.items())


@bp.get("/review", endpoint="review")
def open_review() -> ResponseReturnValue:
    batch = find_batch(request.args.get("batch", ""))
    pending, number = pending_changes(db.session), request.args.get("back", "")
    release = history.find_release(db.session, whole_number(number, MOST_INTEGER) or 0)
    chosen = keys_back(db.session, pending.changes, release.number) if release else None
    page = ReviewPage(build_review(db.session, chosen, pending), current_user.email, batch=batch)
    return show(page, ReviewForm())


@bp.post("/review")
def apply_review() -> ResponseReturnValue:
    form = ReviewForm()
    chosen = frozenset(request.form.getlist("change"))
    acknowledged = acknowledged_keys()
    if not form.validate_on_submit():
        return show(fresh_page(form, chosen, acknowledged), form, 422)
    try:
        with writing(db.session):
            applied = review.apply_reviewed(
                db.session,
                form.token.data or "",
                author=current_user.email,
                note=rules.clean_note(form.note.data or ""),
                chosen=chosen,
                acknowledged=acknowledged,
            )
            applied_number = applied.number
            country = history.most_changed_group(db.session, applied_number)
            message = describe_applied(applied_number, applied.unseen)
    except CatalogueError as error:
        return show_refused(error, form, chosen)
    return htmx.go_to(url_for("packages.index"), message, applied_number - 1, country)


@bp.get("/review/again")
def review_again() -> ResponseReturnValue:
    return redirect(url_for("publishing.review"), 303)


@bp.post("/review/again")
def look_again() -> ResponseReturnValue:
    """The review as it is now, with what was ticked and typed; nothing is applied."""
    form = ReviewForm()
    if not form.token.data:
        return show(ReviewPage(build_review(db.session), current_user.email), form)
    which = request.form.get("select")
    chosen = select(which) if which else request.form.getlist("change")
    return show(fresh_page(form, chosen, acknowledged_keys()), form)


def select(which: str) -> Collection[str]:
    """The keys of all pending changes, of the reader's own, or of none."""
    review = build_review(db.session)
    if which == "mine":
        return [key for key in review.chosen if review.is_only_by(current_user.email, key)]
    return review.chosen if which == "all" else ()


def show_refused(error: CatalogueError, form: ReviewForm, chosen: Collection[str]) -> Response:
    page = fresh_page(form, chosen, acknowledged_keys())
    problem = str(CHANGED_MEANWHILE) if isinstance(error, StaleReview) else translated(error)
    missing = error.missing if isinstance(error, NeedsReview) else ()
    status = 422 if isinstance(error, (NeedsReview, NothingChosen)) else 409
    return show(replace(page, problem=problem, missing=missing), form, status)


def fresh_page(
    form: ReviewForm, chosen: Collection[str], acknowledged: frozenset[str]
) -> ReviewPage:
    """The review as it is now: what is new since is marked, and not ticked."""
    pending, seen = pending_changes(db.session), Cursor.read(form.token.data or "")
    if seen and seen.revision_id <= pending.cursor.revision_id:
        unseen = find_unseen_since(db.session, pending, seen).keys
    else:
        unseen = frozenset(change.key for change in pending.changes)
    review = build_review(db.session, set(chosen) - unseen, pending)
    return ReviewPage(review, current_user.email, unseen=unseen, acknowledged=acknowledged)


def acknowledged_keys() -> frozenset[str]:
    return frozenset(request.form.getlist("acknowledge"))


def show(page: ReviewPage, form: ReviewForm, status: int = 200) -> Response:
    form.token.data = page.review.pending.token
    text = render_template(
        "publishing/review.html", shown=page, form=form, pending=page.review.pending
    )
    return make_response(text, status)


def find_batch(batch_id: str) -> DraftBatch | None:
    """What was discarded or restored just now, so that the page can offer to undo it."""
    number = whole_number(batch_id, MOST_ID)
    return None if number is None else db.session.get(DraftBatch, number)
