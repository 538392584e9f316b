"""The keys of a platform: made, and shown once; revoked."""

from flask import Response, abort, current_app, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints import htmx
from blueprints.i18n import translated
from blueprints.reauth import ConfirmedForm
from blueprints.recording import record
from blueprints.settings import bp
from blueprints.settings.platform_forms import KeyForm, PlatformForm
from blueprints.settings.platforms import find, show
from domain.catalogue.pending.pending import pending_changes
from domain.database import writing
from domain.platforms import keys
from domain.platforms.errors import KeyNotFound, StaleKeys, TooManyKeys
from extensions import db


@bp.post("/platforms/<id:platform_id>/keys")
def make_key(platform_id: int) -> ResponseReturnValue:
    """The answer shows the secret. Loaded again it makes no second key: `made` is old then."""
    form, key_form = PlatformForm(formdata=None, obj=find(platform_id)), KeyForm()
    if not key_form.validate_on_submit():
        return key_form.refuse(show(find(platform_id), form, key_form=key_form))
    made, author = key_form.keys_made, current_user.email
    secret_key = current_app.config["SECRET_KEY"]
    try:
        with writing(db.session):
            key = keys.make_key(
                db.session, platform_id, made=made, secret_key=secret_key, author=author
            )
            record("key_made", "platform", platform_id)
    except (StaleKeys, TooManyKeys) as error:
        return show(find(platform_id), form, 409, alert=translated(error))
    words = "Admin %s made key %s of platform %s"
    current_app.logger.info(words, current_user.admin_id, key.id, platform_id)
    return show(find(platform_id), form, new_key=key)


@bp.get("/platforms/<id:platform_id>/keys/<key_id>/revoke", endpoint="revoking_key")
def ask_before_revoking(platform_id: int, key_id: str) -> ResponseReturnValue:
    return ask_to_revoke(platform_id, key_id, ConfirmedForm())


@bp.post("/platforms/<id:platform_id>/keys/<key_id>/revoke")
def revoke_key(platform_id: int, key_id: str) -> ResponseReturnValue:
    form = ConfirmedForm()
    if not form.validate_on_submit():
        return form.refuse(ask_to_revoke(platform_id, key_id, form))
    try:
        with writing(db.session):
            keys.revoke_key(db.session, platform_id, key_id)
            record("key_revoked", "platform", platform_id)
    except KeyNotFound as error:
        abort(404, translated(error))
    words = "Admin %s revoked key %s of platform %s"
    current_app.logger.info(words, current_user.admin_id, key_id, platform_id)
    message = _("Key %(key)s is revoked.", key=key_id)
    return htmx.go_to(url_for("settings.platform", platform_id=platform_id), message)


def ask_to_revoke(platform_id: int, key_id: str, form: ConfirmedForm) -> Response:
    platform, secret_key = find(platform_id), current_app.config["SECRET_KEY"]
    alive = keys.list_keys(db.session, platform_id, secret_key)
    if key_id not in {key.id for key in alive}:
        abort(404, translated(KeyNotFound()))
    page = render_template(
        "settings/key_revoke.html",
        platform=platform,
        key_id=key_id,
        form=form,
        is_last=not any(key.works for key in alive if key.id != key_id),
        pending=pending_changes(db.session),
    )
    return make_response(page)
