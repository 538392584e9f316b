"""Setting up the authenticator app of the second factor.

The salt of the app's secret goes from the page to the form's answer in the session, which is
signed: a form that comes from elsewhere cannot choose a secret that others know.
"""

import time
from urllib.parse import urlsplit

from flask import Response, current_app, make_response, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from markupsafe import Markup
from wtforms import StringField
from wtforms.validators import InputRequired

from blueprints import htmx
from blueprints.auth import bp
from blueprints.auth.second_factor import show_codes
from blueprints.locale import language
from blueprints.reauth import ConfirmedForm
from blueprints.recording import record
from domain.accounts import second_factor
from domain.accounts.errors import WrongCode
from domain.catalogue.pending.pending import pending_changes
from domain.database import writing
from domain.notices.own_account import tell_owner
from extensions import db

SALT = "second_factor_salt"
# So long a page that is loaded again shows the same secret, which may be in the app already.
KEPT_SECONDS = 600
GROUP = 4


class SetUpForm(ConfirmedForm):
    code = StringField(lazy_gettext("Code"), [InputRequired(lazy_gettext("Enter the code."))])

    def __init__(self) -> None:
        super().__init__()
        if current_user.has_second_factor:
            self.password.label.text = _("Your password or a code from your present app")


@bp.get("/settings/account/second-factor/on")
def set_up_second_factor() -> Response:
    kept = session.get(SALT)
    if not kept or not 0 <= time.time() - kept[1] < KEPT_SECONDS:
        session[SALT] = (second_factor.new_salt(), int(time.time()))
    return show(SetUpForm(), session[SALT][0])


@bp.post("/settings/account/second-factor/on")
def turn_on_second_factor() -> ResponseReturnValue:
    form, salt = SetUpForm(), (session.get(SALT) or ("",))[0]
    if not salt or is_used(salt):
        return lead_away()
    if not form.validate_on_submit():
        return form.refuse(show(form, salt))
    try:
        codes = turn_on(salt, form.code.data or "")
    except WrongCode:
        return lead_away() if is_used(salt) else refuse_code(form, salt)
    session.pop(SALT)
    current_app.logger.info("Admin %s turned the second factor on", current_user.admin_id)
    return show_codes(codes, _("The second factor is on."))


def turn_on(salt: str, code: str) -> list[str]:
    """The recovery codes. Raises WrongCode."""
    secret_key = current_app.config["SECRET_KEY"]
    with writing(db.session):
        codes = second_factor.turn_on(db.session, current_user.admin_id, salt, code, secret_key)
        tell_owner(db.session, current_user.email, "app_on", language=language())
        record("second_factor_on", "admin", current_user.admin_id)
    return codes


def is_used(salt: str) -> bool:
    """Whether this form was sent before."""
    factor = second_factor.find_second_factor(db.session, current_user.admin_id)
    return factor is not None and factor.salt == salt


def lead_away() -> Response:
    """From a form that was sent before, or that is of a sign-in before this one."""
    session.pop(SALT, None)
    if second_factor.find_second_factor(db.session, current_user.admin_id):
        message = _("The second factor is on. If you did not keep the codes, make new ones.")
        return htmx.go_to(url_for("auth.second_factor"), message)
    message = _("Not turned on: the page was too old. Set the app up with this one.")
    return htmx.go_to(url_for("auth.set_up_second_factor"), message)


def refuse_code(form: SetUpForm, salt: str) -> Response:
    form.code.errors = [
        _(
            "The app shows another code for this key. Type the one that it shows now. If that is "
            "refused too, let the phone set its clock by itself."
        )
    ]
    return form.refuse(show(form, salt))


def show(form: SetUpForm, salt: str) -> Response:
    secret_key = current_app.config["SECRET_KEY"]
    secret = second_factor.secret_of(salt, current_user.admin_id, secret_key)
    uri = second_factor.provisioning_uri(secret, current_user.email, issuer())
    page = render_template(
        "auth/second_factor_on.html",
        form=form,
        uri=uri,
        qr=draw(uri),
        key=" ".join(secret[start : start + GROUP] for start in range(0, len(secret), GROUP)),
        pending=pending_changes(db.session),
    )
    return make_response(page)


def issuer() -> str:
    """Tells this Scrip from others in the app. A colon would end it there."""
    return f"Scrip {urlsplit(request.host_url).hostname}".replace(":", ".")


def draw(uri: str) -> Markup:
    """A QR code that a camera reads on a dark page too: black on white, with its quiet zone."""
    import segno  # noqa: PLC0415 - few need it

    code = segno.make(uri, error="m", micro=False)
    drawn = code.svg_inline(
        border=4, dark="#000", light="#fff", svgclass=None, lineclass=None, omitsize=True
    )
    return Markup(drawn)  # noqa: S704 - of numbers alone
