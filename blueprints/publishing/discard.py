"""Throwing pending changes away: one field or one change where it is seen, a country's, or all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user

from blueprints import htmx
from blueprints.change_counts import describe_discard
from blueprints.i18n import translated
from blueprints.pages import country_name
from blueprints.price_rule import price_rule
from blueprints.publishing import bp
from blueprints.publishing.batches import describe_undo
from blueprints.publishing.descriptions import describe as describe_change
from blueprints.publishing.descriptions import describe_discard_of, group_changes
from blueprints.publishing.review import (
    ReviewForm,
    fresh_page,
    mark_unseen,
    page_of,
    show,
    unseen_since,
)
from blueprints.safe_redirect import next_path
from domain.catalogue.changes.diff import Change, Kind
from domain.catalogue.errors import (
    AlreadyApplied,
    NothingToDiscard,
    NothingToUndo,
    StaleReview,
    TooOldToUndo,
)
from domain.catalogue.item_types import ITEM_TYPES
from domain.catalogue.pending.authorship import find_authorship
from domain.catalogue.pending.pending import Cursor, Pending, pending_changes
from domain.catalogue.pending.planning import Work, read_cursor, write_planned
from domain.catalogue.review.review import review_own
from domain.catalogue.undo import rollback, undo
from domain.database import AnySession
from extensions import db

CHANGED_MEANWHILE = lazy_gettext("Nothing discarded: it changed while you were looking.")


@dataclass(frozen=True)
class Discarded:
    """What to say of a batch. In the review: what the reader had not seen of what was pending
    before, and how much there was to see afterwards."""

    batch_id: int
    said: str
    unseen: frozenset[str] = frozenset()
    after: Cursor | None = None


@bp.get("/discard", endpoint="discard")
def open_discard() -> ResponseReturnValue:
    return ask()


@bp.post("/discard")
def discard_changes() -> ResponseReturnValue:
    """Everything, or the one change that is named; then leads to `next`, by default the review."""
    key = request.form.get("change", "")
    if not (key or request.form.get("everything")):
        abort(422, _("Say what to discard. Nothing was changed."))
    token = request.form.get("token", "")
    try:
        done = write_planned(db.session, partial(plan_discard, token=token, key=key))
    except (AlreadyApplied, NothingToDiscard, StaleReview):
        return refuse() if key else ask(str(CHANGED_MEANWHILE))
    return htmx.go_to(next_path(url_for("publishing.review")), done.said, undo=done.batch_id)


def plan_discard(session: AnySession, token: str, key: str) -> Work[Discarded]:
    pending = pending_changes(session).changes
    going = [change for change in pending if not key or change.key == key]
    said = describe(going) if key else describe_discard(len(going))
    discard = plan_discard_of(session, token, going)
    return lambda session: Discarded(discard(session), said)


def refuse() -> Response:
    """The review as it is now, for whoever wanted to discard something else."""
    page = page_of(review_own(db.session, current_user.email, rule=price_rule()))
    return show(replace(page, problem=str(CHANGED_MEANWHILE)), ReviewForm(formdata=None), 409)


@bp.get("/review/discard")
def review_after_discard() -> ResponseReturnValue:
    return redirect(url_for("publishing.review"), 303)


@bp.post("/review/discard")
def discard_in_review() -> ResponseReturnValue:
    """One change, one field of one, or all of a country: named in the address, as the form that
    comes along holds what is ticked and typed. Answers with the review as it is then."""
    form, chosen = ReviewForm(), request.form.getlist("change")
    change, field, country = (request.args.get(n, "") for n in ("change", "field", "country"))
    plan = partial(
        plan_discard_in_review,
        token=request.form.get("token", ""),
        change=change,
        field=field,
        country=country,
    )
    try:
        done = write_planned(db.session, plan)
    except (AlreadyApplied, NothingToDiscard, StaleReview):
        page = fresh_page(form, chosen)
        return show(replace(page, problem=str(CHANGED_MEANWHILE)), form, 409)
    way_back = f"undo-{done.batch_id}"
    flash(done.said, way_back)
    # Places that change with what is discarded are the presser's own doing, and no news.
    now = pending_changes(db.session)
    return show(mark_unseen(now, chosen, done.unseen | unseen_since(now, done.after)), form)


def plan_discard_in_review(
    session: AnySession, token: str, *, change: str, field: str, country: str
) -> Work[Discarded]:
    before = pending_changes(session)
    going = [
        each
        for each in before.changes
        if (each.state.group == country if country else each.key == change)
    ]
    said = describe(going, country, field)
    unseen = unseen_since(before, Cursor.read(token))
    discard = plan_discard_of(session, token, going, field)
    return lambda session: Discarded(discard(session), said, unseen, read_cursor(session))


def plan_discard_of(
    session: AnySession, token: str, going: Sequence[Change], field: str = ""
) -> Work[int]:
    """Of these changes as the holder of the token saw them, or of one field of the one edit."""
    author, keys = current_user.email, [change.key for change in going]
    if not going:
        raise NothingToDiscard
    if not field:
        return rollback.plan_discard(session, token, keys=keys, author=author)
    item = going[0].item
    if field not in ITEM_TYPES[item.type].fields:
        abort(422, _("Say what to discard. Nothing was changed."))
    return rollback.plan_discard_field(session, token, item, field, author=author)


def describe(going: Sequence[Change], country: str = "", field: str = "") -> str:
    """What is discarded: "Price of Mini discarded."."""
    if country:
        return f"{country_name(country)}: {describe_discard(len(going))}"
    if not going:
        return ""
    change = describe_change(going[0])
    match change.change.kind:
        case Kind.ADDED:
            text = _("%(name)s discarded.", name=change.name)
        case Kind.REMOVED:
            text = _("Removal of %(name)s discarded.", name=change.name)
        case _edited_or_moved:
            labels = [line.label for line in change.lines if not field or line.field == field]
            text = _(
                "%(fields)s of %(name)s discarded.", fields=", ".join(labels), name=change.name
            )
    return str(text)


@bp.post("/undo/<id:batch_id>", endpoint="undo")
def undo_batch(batch_id: int) -> ResponseReturnValue:
    try:
        undone = undo.undo_batch(db.session, batch_id, author=current_user.email)
    except (NothingToDiscard, NothingToUndo, TooOldToUndo) as error:
        page = page_of(review_own(db.session, current_user.email, rule=price_rule()))
        return show(replace(page, problem=translated(error)), ReviewForm(formdata=None), 409)
    said = describe_undo(undone.left_out)
    return htmx.go_to(next_path(url_for("publishing.review")), said, undo=undone.batch_id)


def ask(alert: str = "") -> Response:
    """What exactly would be thrown away; 409 when it is asked anew."""
    pending = pending_changes(db.session)
    text = render_template(
        "publishing/discard.html",
        groups=group_changes(pending.changes, describe_discard_of),
        authors=describe_authors(pending),
        count=len(pending.changes),
        pending=pending,
        alert=alert,
    )
    return make_response(text, 409 if alert else 200)


def describe_authors(pending: Pending) -> dict[str, list[str]]:
    """Which colleagues made what would be thrown away, by the key of the change."""
    found = find_authorship(db.session, pending)
    reader = current_user.email
    return {key: [a for a in made.authors if a != reader] for key, made in found.items()}
