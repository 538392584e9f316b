"""The pages of signing in and out."""

from datetime import timedelta

from flask import (
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from flask_login import current_user

from blueprints.auth import bp
from blueprints.auth.code_step import OVER, ask_for_code, remembered_token
from blueprints.auth.forms import SignInForm
from blueprints.auth.sign_in_answers import HOME, let_in, record_sign_in, refuse
from blueprints.device_labels import this_device
from blueprints.errors import DATABASE_FAILURES, show_database_failure
from blueprints.i18n import translated
from blueprints.locale import address_language, remember_choice
from blueprints.password_checks import prove_password
from blueprints.recording import record
from blueprints.safe_redirect import next_path
from domain.accounts import sessions, sign_in
from domain.accounts.admins import normal_email
from domain.accounts.errors import AccountDisabled, NotNow, SignInOver, WrongPassword
from domain.accounts.sessions import SignedIn, Waiting
from domain.database import writing
from domain.languages import ADMINS_LANGUAGES
from extensions import db

NOT_ENDED = (
    _("You are signed out in this browser"),
    _(
        "Scrip could not end your sign-in in its database, which cannot be written right now. "
        "It ends by itself after %(hours)s hours without use. If this computer is not yours, "
        "close the browser now.",
        hours=sessions.IDLE // timedelta(hours=1),
    ),
)


@bp.get("/login")
def login() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(next_path(HOME), 303)
    refused = translated(SignInOver()) if request.args.get("why") == OVER else ""
    return render_template("auth/login.html", form=SignInForm(), refused=refused)


@bp.post("/login")
def start_session() -> ResponseReturnValue:
    form = SignInForm()
    if not form.validate_on_submit():
        return show_login(form, 422)
    email = normal_email(form.email.data)
    try:
        opened = _sign_in(email, form.password.data)
    except (WrongPassword, AccountDisabled, NotNow) as problem:
        return refuse(show_login(form, 422, translated(problem)), problem)
    if isinstance(opened, Waiting):
        return ask_for_code(opened)
    return let_in(opened)


def _sign_in(email: str, password: str) -> SignedIn | Waiting:
    """The three steps of domain/accounts/sign_in.py; a session this browser still had ends."""
    previous = current_user.get_id()
    proven = prove_password(email, password)
    with writing(db.session):
        opened = sign_in.complete(db.session, proven, remembered_token(), this_device())
        if previous:
            sessions.end_session(db.session, previous)
        if isinstance(opened, SignedIn):
            record_sign_in(opened)
    return opened


def show_login(form: SignInForm, status: int, refused: str = "") -> Response:
    return make_response(render_template("auth/login.html", form=form, refused=refused), status)


@bp.get("/login/done")
def done() -> str:
    """Where the tab ends up that was opened only to sign in again."""
    return render_template("auth/done.html", is_signed_in=current_user.is_authenticated)


@bp.get("/login/again")
def again() -> ResponseReturnValue:
    """What a page needs to go on after its admin signed in again in another tab."""
    if not current_user.is_authenticated or current_user.needs_second_factor:
        return "", 204
    return render_template("auth/_signed_in_again.html")


@bp.get("/language")
def choose_language() -> ResponseReturnValue:
    """Remembers in this browser the language that admins choose, and leads back to their page."""
    code = address_language()
    if code not in ADMINS_LANGUAGES:
        abort(404)
    answer = redirect(next_path(HOME), 303)
    remember_choice(answer, "lang", code)
    return answer


@bp.post("/logout")
def logout() -> ResponseReturnValue:
    """The browser forgets its sign-in, whatever becomes of the row."""
    try:
        if current_user.is_authenticated:
            with writing(db.session):
                if sessions.end_session(db.session, current_user.token):
                    record("signed_out", "admin", current_user.admin_id)
            current_app.logger.info("Admin %s signed out", current_user.admin_id)
    except DATABASE_FAILURES as error:
        session.clear()
        return show_database_failure(error, NOT_ENDED)
    session.clear()
    return redirect(url_for("auth.login"), 303)
