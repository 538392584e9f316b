"""The review: every pending change in words, and Apply for those that are ticked."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from wtforms import HiddenField, StringField

from blueprints import htmx
from blueprints.forms import Form, obeys
from blueprints.i18n import translated
from blueprints.publishing import bp
from blueprints.publishing.descriptions import Group, group_changes
from domain.catalogue import rules
from domain.catalogue.changes.diff import fingerprint
from domain.catalogue.errors import (
    Acknowledgement,
    CatalogueError,
    NeedsReview,
    NothingChosen,
    StaleReview,
)
from domain.catalogue.models import DraftBatch
from domain.catalogue.price_checks.findings import Finding
from domain.catalogue.review import review
from domain.catalogue.review.review import Review, build_review
from domain.database import MOST_ID, writing
from domain.numbers import whole_number
from extensions import db

CHANGED_MEANWHILE = lazy_gettext(
    "The pending changes are not the ones you saw, so nothing was applied. "
    "What is new is marked and not ticked: look at it, then apply again."
)


class ReviewForm(Form):
    """What goes along with the ticks; `seen` holds the fingerprints of all that was shown."""

    token = HiddenField()
    seen = HiddenField()
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
    def seen(self) -> str:
        return " ".join(fingerprint(change) for change in self.review.pending.changes)

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
    return show(ReviewPage(build_review(db.session), current_user.email, batch=batch), ReviewForm())


@bp.post("/review")
def apply_review() -> ResponseReturnValue:
    form = ReviewForm()
    chosen = frozenset(request.form.getlist("change"))
    acknowledged = acknowledged_keys()
    if not form.validate_on_submit():
        page = ReviewPage(
            build_review(db.session, chosen), current_user.email, acknowledged=acknowledged
        )
        return show(page, form, 422)
    try:
        with writing(db.session):
            number = review.apply_reviewed(
                db.session,
                form.token.data or "",
                author=current_user.email,
                note=rules.clean_note(form.note.data or ""),
                chosen=chosen,
                acknowledged=acknowledged,
            ).number
    except CatalogueError as error:
        return show_refused(error, form, chosen)
    message = _("Release %(number)s is live. Buyers see it now.", number=number)
    return htmx.go_to(url_for("packages.index"), message)


@bp.get("/review/again")
def review_again() -> ResponseReturnValue:
    return redirect(url_for("publishing.review"), 303)


@bp.post("/review/again")
def look_again() -> ResponseReturnValue:
    """The review as it is now, with what was ticked and typed; nothing is applied."""
    form = ReviewForm()
    if not form.seen.data:
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
    now = build_review(db.session).pending
    seen = set((form.seen.data or "").split())
    unseen = frozenset(c.key for c in now.changes if fingerprint(c) not in seen) if seen else None
    review = build_review(db.session, set(chosen) - (unseen or set()))
    return ReviewPage(
        review, current_user.email, unseen=unseen or frozenset(), acknowledged=acknowledged
    )


def acknowledged_keys() -> frozenset[str]:
    return frozenset(request.form.getlist("acknowledge"))


def show(page: ReviewPage, form: ReviewForm, status: int = 200) -> Response:
    form.token.data = page.review.pending.token
    form.seen.data = page.seen
    text = render_template(
        "publishing/review.html", shown=page, form=form, pending=page.review.pending
    )
    return make_response(text, status)


def find_batch(batch_id: str) -> DraftBatch | None:
    """What was discarded or restored just now, so that the page can offer to undo it."""
    number = whole_number(batch_id, MOST_ID)
    return None if number is None else db.session.get(DraftBatch, number)
