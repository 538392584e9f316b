"""The platforms that hand their users over. What is saved here works at once: it is no draft."""

from flask import Response, abort, current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import htmx
from blueprints.forms import read_version
from blueprints.i18n import translated
from blueprints.reauth import ConfirmedForm
from blueprints.recording import record
from blueprints.settings import bp
from blueprints.settings.platform_forms import KeyForm, PlatformForm
from domain.catalogue.pending.pending import pending_changes
from domain.database import writing
from domain.origins import EXAMPLE
from domain.platforms import keys, platforms
from domain.platforms.errors import PlatformNotFound, StalePlatform, TooManyPlatforms
from domain.platforms.keys import NewKey
from domain.platforms.models import Platform
from domain.platforms.rules import MOST_KEYS, MOST_PLATFORMS
from extensions import db


@bp.get("/platforms", endpoint="platforms")
def show_list() -> ResponseReturnValue:
    return list_all(PlatformForm())


@bp.post("/platforms")
def add_platform() -> ResponseReturnValue:
    form = PlatformForm()
    if not form.validate_on_submit():
        return form.refuse(list_all(form))
    try:
        with writing(db.session):
            platform_id = platforms.add(db.session, form.values)
            record("platform_added", "platform", platform_id)
    except TooManyPlatforms as error:
        return list_all(form, 422, alert=translated(error))
    current_app.logger.info("Admin %s added platform %s", current_user.admin_id, platform_id)
    message = _("%(name)s is added. Make a key for it next.", name=form.values.name)
    return htmx.go_to(url_for("settings.platform", platform_id=platform_id), message)


@bp.get("/platforms/<id:platform_id>")
def platform(platform_id: int) -> ResponseReturnValue:
    found = find(platform_id)
    return show(found, PlatformForm(formdata=None, obj=found))


@bp.post("/platforms/<id:platform_id>")
def change_platform(platform_id: int) -> ResponseReturnValue:
    found, form = find(platform_id), PlatformForm()
    if not form.validate_on_submit():
        return form.refuse(show(found, form))
    try:
        with writing(db.session):
            version = read_version(form.version.data or "")
            fields = platforms.change(db.session, platform_id, version, form.values)
            if fields:
                record("platform_changed", "platform", platform_id, fields=fields)
    except StalePlatform as error:
        fresh = find(platform_id)
        form.version.data = str(fresh.version)
        return show(fresh, form, 409, alert=translated(error))
    current_app.logger.info("Admin %s changed platform %s", current_user.admin_id, platform_id)
    return htmx.go_to(url_for("settings.platform", platform_id=platform_id), _("Saved."))


@bp.get("/platforms/<id:platform_id>/remove", endpoint="removing_platform")
def ask_before_removing(platform_id: int) -> ResponseReturnValue:
    return ask_to_remove(find(platform_id), ConfirmedForm())


@bp.post("/platforms/<id:platform_id>/remove")
def remove_platform(platform_id: int) -> ResponseReturnValue:
    found, form = find(platform_id), ConfirmedForm()
    if not form.validate_on_submit():
        return form.refuse(ask_to_remove(found, form))
    try:
        with writing(db.session):
            name = platforms.remove(db.session, platform_id)
            record("platform_removed", "platform", platform_id)
    except PlatformNotFound as error:
        abort(404, translated(error))
    current_app.logger.info("Admin %s removed platform %s", current_user.admin_id, platform_id)
    message = _("%(name)s is removed. It can hand nobody over any more.", name=name)
    return htmx.go_to(url_for("settings.platforms"), message)


def ask_to_remove(found: Platform, form: ConfirmedForm) -> Response:
    page = render_template(
        "settings/platform_remove.html",
        platform=found,
        form=form,
        pending=pending_changes(db.session),
    )
    return make_response(page)


def find(platform_id: int) -> Platform:
    try:
        return platforms.get(db.session, platform_id)
    except PlatformNotFound as error:
        abort(404, translated(error))


def list_all(form: PlatformForm, status: int = 200, *, alert: str = "") -> Response:
    page = render_template(
        "settings/platforms.html",
        form=form,
        alert=alert,
        platforms=platforms.list_platforms(db.session),
        example=EXAMPLE,
        most_platforms=MOST_PLATFORMS,
        pending=pending_changes(db.session),
    )
    return make_response(page, status)


def show(
    found: Platform,
    form: PlatformForm,
    status: int = 200,
    *,
    alert: str = "",
    new_key: NewKey | None = None,
    key_form: KeyForm | None = None,
) -> Response:
    page = render_template(
        "settings/platform.html",
        platform=found,
        form=form,
        alert=alert,
        example=EXAMPLE,
        new_key=new_key,
        key_form=key_form or KeyForm(formdata=None),
        keys=keys.list_keys(db.session, found.id, current_app.config["SECRET_KEY"]),
        most_keys=MOST_KEYS,
        keys_made=keys.count_made(db.session, found.id),
        audience=request.host_url.rstrip("/"),
        pending=pending_changes(db.session),
    )
    return make_response(page, status)
