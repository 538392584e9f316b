"""What open pages say and ask by themselves every few seconds. None of it keeps a sign-in alive."""

import re
from collections.abc import Iterable

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints.forms import read_version
from blueprints.packages import bp
from blueprints.packages.editor_hints import Hint, Notice, find_hints
from blueprints.packages.filters import Filter
from domain import countries
from domain.catalogue.changes.diff import ItemKey
from domain.catalogue.drafts import drafts, presence, revisions
from domain.catalogue.models import FORM_CHARACTERS
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.pending.pending import Cursor, Pending, pending_changes
from domain.catalogue.pending.unseen_changes import find_unseen
from domain.database import writing
from extensions import db

FORM_NAME = re.compile(rf"[\w-]{{{FORM_CHARACTERS}}}", re.ASCII)
HINT_FINGERPRINT = re.compile(r"\d{1,18}-[0-9a-f]{8}", re.ASCII)


@bp.get("/pending")
def pending() -> ResponseReturnValue:
    """What the page does not show yet: the bar, hints at rows, a notice. 204: it shows all."""
    now, shown = pending_changes(db.session), request.args
    has_bar = "review" not in shown and shown.get("token") != now.token
    hints = list(find_new_hints()) if "list" in shown else []
    notice, announced = find_notice(now), shown.get("announced", "")
    if not (has_bar or hints or notice.fingerprint != announced):
        return "", 204
    return render_template(
        "packages/_poll.html",
        pending=now,
        has_bar=has_bar,
        hints=hints,
        notice=notice,
        announced=announced,
        previewed=countries.find(shown.get("preview", "")),
    )


def find_new_hints() -> Iterable[Hint]:
    """Each that is not on the page as it is now, or is on it no more (without names)."""
    fingerprints = filter(HINT_FINGERPRINT.fullmatch, request.args.getlist("editing"))
    shown = {int(each.partition("-")[0]): each for each in fingerprints}
    gone = {package_id: Hint(package_id) for package_id in shown}
    for package_id, hint in (gone | find_hints(db.session)).items():
        if hint.fingerprint != shown.get(package_id, ""):
            yield hint


def find_notice(now: Pending) -> Notice:
    """About what the page says that it shows: a list, the settings or a review."""
    shown, reader = request.args, current_user.email
    seen, version = Cursor.read(shown.get("list", "")), read_version(shown.get("version", ""))
    if "review" in shown:
        return Notice.on_review(shown.get("token", "" if now.changes else now.token) == now.token)
    if seen:
        country = Filter.of_current_page().country
        return Notice.on_list(find_unseen(db.session, seen, reader, country=country))
    if version:
        return notice_on_form(drafts.THE_SETTINGS, version, url_for("settings.index"))
    country, _hyphen, opened = shown.get("market", "").partition("-")
    market = drafts.market_key(db.session, country) if country in countries.CODES else None
    if market:
        address = url_for("markets.edit", country=country)
        return notice_on_form(market, read_version(opened), address)
    return Notice()


def notice_on_form(item: ItemKey, version: int, address: str) -> Notice:
    others = revisions.others_since(db.session, item, version, current_user.email)
    return Notice.on_form(item, others, address)


@bp.post("/<id:package_id>/presence/<form>")
def note_open(package_id: int, form: str) -> ResponseReturnValue:
    """An edit form is open; tells it who else has one, or (204) that it knows already."""
    package = refuse_unknown(package_id, form)
    is_hidden = request.form.get("hidden") == "true"
    with writing(db.session):
        presence.note_open(
            db.session, form, package_id, author=current_user.email, is_hidden=is_hidden
        )
    hint = find_hints(db.session).get(package_id, Hint(package_id))
    if hint.fingerprint == request.form.get("editing", ""):
        return "", 204
    return render_template("packages/_editors.html", hint=hint, name=package.name)


@bp.post("/<id:package_id>/presence/<form>/end")
def note_closed(package_id: int, form: str) -> ResponseReturnValue:
    refuse_unknown(package_id, form)
    with writing(db.session):
        presence.note_closed(db.session, form, author=current_user.email)
    return "", 204


def refuse_unknown(package_id: int, form: str) -> CreditPackage:
    package = drafts.get_package(db.session, package_id)
    if not FORM_NAME.fullmatch(form):
        abort(404)
    return package
