"""Choosing a new password by a link that an owner made."""

from flask import Response, current_app, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from blueprints.auth import bp
from blueprints.auth.link_pages import end_former_session, go_in, refuse_forged, say_busy
from blueprints.auth.new_password_form import NewPasswordForm
from blueprints.auth.sign_in_answers import record_sign_in
from blueprints.device_labels import this_device
from blueprints.i18n import translated
from blueprints.locale import language
from blueprints.password_checks import own_hosts
from domain.accounts.errors import TooBusy
from domain.accounts.hashing import hash_new_password
from domain.accounts.password_links import Linked, find_by_token, use_link
from domain.accounts.password_rules import FEWEST_CHARACTERS
from domain.accounts.sessions import SignedIn, Waiting
from domain.activity.recording import Object, record
from domain.database import writing
from domain.notices.own_account import tell_owner
from extensions import csrf, db


@bp.get("/password/<token>")
def password_link(token: str) -> Response:
    linked = find_by_token(db.session, token)
    return show(linked, password_form(linked))


@csrf.exempt
@bp.post("/password/<token>")
def use_password_link(token: str) -> ResponseReturnValue:
    refuse_forged()
    linked = find_by_token(db.session, token)
    form = password_form(linked)
    if not form.validate_on_submit():
        return show(linked, form, 422)
    try:
        opened = choose_password(token, linked, form)
    except TooBusy as problem:
        return say_busy(show(linked, form, alert=translated(problem)), problem)
    current_app.logger.info("Admin %s chose a password by a link", linked.admin_id)
    return go_in(opened, _("Your password is changed. All other browsers are signed out."))


def choose_password(token: str, linked: Linked, form: NewPasswordForm) -> SignedIn | Waiting:
    """Hashes before the transaction begins. Raises TooBusy, and LinkOver when the link was used
    meanwhile."""
    db.session.rollback()
    password_hash = hash_new_password(form.new_password.data or "", *form.known)
    with writing(db.session):
        opened = use_link(db.session, token, password_hash, this_device())
        end_former_session()
        record(db.session, "password_link_used", linked.email, Object("admin", linked.admin_id))
        if isinstance(opened, SignedIn):
            record_sign_in(opened)
        tell_owner(db.session, linked.email, "password", language=language())
    return opened


def password_form(linked: Linked) -> NewPasswordForm:
    return NewPasswordForm(linked.email, linked.display_name, *own_hosts())


def show(linked: Linked, form: NewPasswordForm, status: int = 200, *, alert: str = "") -> Response:
    page = render_template(
        "auth/password_link.html",
        linked=linked,
        form=form,
        alert=alert,
        fewest=FEWEST_CHARACTERS,
    )
    return make_response(page, status)
