"""Throwing pending changes away: one field, one change, a country's order, or everything."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user

from blueprints import htmx
from blueprints.change_counts import describe_discard
from blueprints.forms import read_version
from blueprints.i18n import translated
from blueprints.publishing import bp
from blueprints.publishing.batches import describe_undo
from blueprints.publishing.descriptions import describe_discard_of, group_changes
from blueprints.publishing.review import ReviewForm, ReviewPage, show
from domain.catalogue.changes.diff import Change, ItemKey, Kind, key_of
from domain.catalogue.drafts import drafts
from domain.catalogue.errors import (
    NothingToDiscard,
    NothingToUndo,
    StaleReview,
    StaleVersion,
    TooOldToUndo,
)
from domain.catalogue.item_types import ITEM_TYPES
from domain.catalogue.pending.authorship import find_authorship
from domain.catalogue.pending.pending import Pending, pending_changes
from domain.catalogue.review.review import build_review
from domain.catalogue.undo import rollback, undo
from domain.database import MOST_ID, writing
from domain.numbers import whole_number
from extensions import db

CHANGED_MEANWHILE = lazy_gettext(
    "Somebody changed this after you opened it, so nothing was discarded."
)


@dataclass(frozen=True)
class Scope:
    """Which pending changes are meant: the one with this key, a country's moves, or all."""

    change: str = ""
    order: str = ""

    @classmethod
    def read(cls) -> "Scope":
        return cls(request.values.get("change", ""), request.values.get("order", ""))

    def select(self, pending: Pending) -> list[Change]:
        if self.change:
            return [change for change in pending.changes if change.key == self.change]
        if self.order:
            moved = [change for change in pending.changes if change.kind == Kind.MOVED]
            return [change for change in moved if change.state.group == self.order]
        return list(pending.changes)


@bp.get("/discard", endpoint="discard")
def open_discard() -> ResponseReturnValue:
    return ask(Scope.read())


@bp.post("/discard")
def discard_changes() -> ResponseReturnValue:
    scope = Scope.read()
    if not (scope.change or scope.order or request.form.get("everything")):
        abort(422, _("Say what to discard. Nothing was changed."))
    try:
        with writing(db.session):
            keys = [change.key for change in scope.select(pending_changes(db.session))]
            batch = rollback.discard(
                db.session, request.form.get("token", ""), keys=keys, author=current_user.email
            )
            batch_id = batch.id
    except StaleReview:
        return ask(scope, str(CHANGED_MEANWHILE))
    except NothingToDiscard as error:
        return ask(scope, translated(error))
    return lead_to_undo(batch_id, describe_discard(len(keys)))


@bp.get("/items/<item>/discard", endpoint="discard_field")
def open_discard_field(item: str) -> ResponseReturnValue:
    return ask_for_field(read_item(item))


@bp.post("/items/<item>/discard")
def discard_one_field(item: str) -> ResponseReturnValue:
    key = read_item(item)
    field, version = request.form.get("field", ""), request.form.get("version", "")
    if field not in ITEM_TYPES[key.type].fields:
        abort(422, _("Say which field to discard. Nothing was changed."))
    try:
        with writing(db.session):
            batch = rollback.discard_field(
                db.session, key, field, version=read_version(version), author=current_user.email
            )
            batch_id = batch.id
    except StaleVersion:
        return ask_for_field(key, str(CHANGED_MEANWHILE))
    except NothingToDiscard as error:
        return ask_for_field(key, translated(error))
    return lead_to_undo(batch_id, describe_discard(1))


def read_item(text: str) -> ItemKey:
    """The item that an address names: "package-7"."""
    type, _hyphen, digits = text.rpartition("-")
    id = whole_number(digits, MOST_ID)
    if type not in ITEM_TYPES or not id:
        abort(404)
    item = ItemKey(type, id)
    if type == drafts.THE_SETTINGS.type and item != drafts.THE_SETTINGS:
        abort(404)
    drafts.get_item(db.session, item)
    return item


@bp.post("/undo/<id:batch_id>", endpoint="undo")
def undo_batch(batch_id: int) -> ResponseReturnValue:
    try:
        with writing(db.session):
            undone = undo.undo(db.session, batch_id, author=current_user.email)
            new_id = undone.batch.id
    except (NothingToDiscard, NothingToUndo, TooOldToUndo) as error:
        page = ReviewPage(build_review(db.session), current_user.email, problem=translated(error))
        return show(page, ReviewForm(formdata=None), 409)
    return lead_to_undo(new_id, describe_undo(undone.left_out))


def ask(scope: Scope, alert: str = "") -> Response:
    """What exactly would be thrown away; 409 when it is asked anew."""
    pending = pending_changes(db.session)
    changes = scope.select(pending)
    text = render_template(
        "publishing/discard.html",
        scope=scope,
        groups=group_changes(changes, describe_discard_of),
        authors=describe_authors(pending),
        count=len(changes),
        pending=pending,
        alert=alert,
    )
    return make_response(text, _status(changes, alert))


def describe_authors(pending: Pending) -> dict[str, tuple[str, ...]]:
    """Who made what would be thrown away, by the key of the change."""
    found = find_authorship(db.session, pending)
    return {key: authorship.authors for key, authorship in found.items()}


def ask_for_field(item: ItemKey, alert: str = "") -> Response:
    draft, item_type = drafts.get_item(db.session, item), ITEM_TYPES[item.type]
    field, pending = request.values.get("field", ""), pending_changes(db.session)
    key, fields = key_of(item, Kind.EDITED), item_type.decided_with(field)
    edits = [change for change in pending.changes if change.key == key]
    found = [
        replace(described, lines=[line for line in described.lines if line.field in fields])
        for described in map(describe_discard_of, edits)
        if not set(fields).isdisjoint(described.change.fields)
    ]
    text = render_template(
        "publishing/discard_field.html",
        item=item,
        version=draft.version,
        field=field,
        described=found[0] if found else None,
        authors=describe_authors(pending).get(key, ()),
        pending=pending,
        alert=alert,
    )
    return make_response(text, _status(found, alert))


def lead_to_undo(batch_id: int, message: str) -> Response:
    return htmx.go_to(url_for("publishing.review", batch=batch_id), message)


def _status(found: Sequence[object], alert: str) -> int:
    if alert:
        return 409
    return 200 if found else 404
