"""Joining the team by an invitation."""

from flask import Response, current_app, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import StringField

from blueprints.auth import bp
from blueprints.auth.link_pages import end_former_session, go_in, refuse_forged, say_busy
from blueprints.auth.new_password_form import NewPasswordForm
from blueprints.auth.sign_in_answers import record_sign_in
from blueprints.device_labels import this_device
from blueprints.forms import obeys
from blueprints.i18n import translated
from blueprints.password_checks import own_hosts
from domain.accounts import invitations
from domain.accounts.errors import TooBusy, UnfitName
from domain.accounts.hashing import hash_new_password
from domain.accounts.invitations import OpenInvitation, find_by_token
from domain.accounts.names import clean_display_name
from domain.accounts.password_rules import FEWEST_CHARACTERS
from domain.accounts.sessions import SignedIn, open_session
from domain.activity.recording import Object, record
from domain.database import writing
from extensions import csrf, db


class JoinForm(NewPasswordForm):
    display_name = StringField(lazy_gettext("Your name"), [obeys(clean_display_name, UnfitName)])

    @property
    def known(self) -> tuple[str, ...]:
        return (*super().known, self.display_name.data or "")


@bp.get("/invitation/<token>")
def invitation(token: str) -> Response:
    found = find_by_token(db.session, token)
    return show(found, join_form(found))


@csrf.exempt
@bp.post("/invitation/<token>")
def accept_invitation(token: str) -> ResponseReturnValue:
    refuse_forged()
    found = find_by_token(db.session, token)
    form = join_form(found)
    if not form.validate_on_submit():
        return show(found, form, 422)
    try:
        signed_in = join(token, form)
    except TooBusy as problem:
        return say_busy(show(found, form, alert=translated(problem)), problem)
    current_app.logger.info("Admin %s accepted invitation %s", signed_in.admin_id, found.id)
    return go_in(signed_in, _("Welcome. You are signed in."))


def join(token: str, form: JoinForm) -> SignedIn:
    """Hashes before the transaction begins. Raises TooBusy, and LinkOver when the link was used
    meanwhile."""
    db.session.rollback()
    password_hash = hash_new_password(form.new_password.data or "", *form.known)
    with writing(db.session):
        admin = invitations.accept(db.session, token, form.display_name.data or "", password_hash)
        end_former_session()
        about = Object("admin", admin.id)
        record(db.session, "invitation_accepted", admin.email, about, role=admin.role)
        signed_in = open_session(db.session, admin, this_device())
        record_sign_in(signed_in)
    return signed_in


def join_form(found: OpenInvitation) -> JoinForm:
    return JoinForm(found.email, *own_hosts())


def show(found: OpenInvitation, form: JoinForm, status: int = 200, *, alert: str = "") -> Response:
    page = render_template(
        "auth/invitation.html",
        invitation=found,
        form=form,
        alert=alert,
        fewest=FEWEST_CHARACTERS,
    )
    return make_response(page, status)
