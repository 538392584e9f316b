"""The second step of signing in: a code, in a browser that waits for one under a token in its
session cookie."""

from flask import (
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from flask_login import current_user

from blueprints import cookies, htmx, own_choices
from blueprints.auth import bp
from blueprints.auth.forms import SignInCodeForm
from blueprints.auth.sign_in_answers import HOME, let_in, record_sign_in, refuse
from blueprints.device_labels import this_device
from blueprints.i18n import translated
from blueprints.locale import language
from blueprints.pages import number
from blueprints.password_checks import count_code
from blueprints.safe_redirect import next_path
from domain.accounts import remembered_browsers, sign_in
from domain.accounts.errors import SignInOver, TooManyTries, WrongCode
from domain.accounts.second_factor import count_recovery_codes
from domain.accounts.sessions import Waiting, find_waiting_session
from domain.accounts.sign_in import CodeSignIn
from domain.database import writing
from domain.notices.own_account import tell_owner
from extensions import db

KEPT_AS = "waits_for_code"
REMEMBERED = "remembered"
OVER = "over"


def remembered_token() -> str:
    """What this browser keeps when it is remembered; "" otherwise."""
    return request.cookies.get(cookies.own_name(REMEMBERED), "")


def ask_for_code(waiting: Waiting) -> Response:
    """Leads this browser, in which the password was right, to the page that asks for a code."""
    session.clear()
    session[KEPT_AS] = waiting.token
    current_app.logger.info("Admin %s is asked for a code", waiting.admin_id)
    return htmx.go_to(url_for("auth.code", next=next_path() or None))


@bp.get("/login/code")
def code() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(next_path(HOME), 303)
    if _find_waiting() is None:
        return _start_again()
    return show_code(SignInCodeForm(), 200)


@bp.post("/login/code")
def check_code() -> ResponseReturnValue:
    form, waiting = SignInCodeForm(), _find_waiting()
    if waiting is None:
        return _start_again()
    if not form.validate_on_submit():
        return show_code(form, 422)
    try:
        done, remembered, left = _sign_in(waiting, form)
    except SignInOver:
        return _start_again()
    except WrongCode as problem:
        form.code.errors = [translated(problem)]
        return refuse(show_code(form, 422), problem)
    except TooManyTries as problem:
        return refuse(show_code(form, 429, translated(problem)), problem)
    own_choices.note_admin(done.signed_in)
    answer = let_in(done.signed_in, _tell_left(left) if done.proof == "recovery" else "")
    if remembered:
        seconds = int(remembered_browsers.LASTS.total_seconds())
        cookies.keep(answer, cookies.own_name(REMEMBERED), remembered, seconds)
    return answer


def _sign_in(waiting: Waiting, form: SignInCodeForm) -> tuple[CodeSignIn, str, int]:
    """The sign-in, the token with which this browser is remembered or "", and how many recovery
    codes are left. The try is counted before the code is looked at."""
    failure_id = count_code(waiting.email)
    with writing(db.session):
        done = sign_in.complete_with_code(
            *(db.session, failure_id, waiting.token, form.code.data),
            *(current_app.config["SECRET_KEY"], this_device()),
        )
        record_sign_in(done.signed_in)
        remembered = ""
        if form.remember.data:
            remembered = remembered_browsers.remember_browser(db.session, waiting.admin_id)
        left = count_recovery_codes(db.session, waiting.admin_id)
        if done.proof == "recovery":
            tell_owner(
                *(db.session, waiting.email, "recovery_code_used"),
                language=language(),
                codes_left=left,
            )
        return done, remembered, left


def show_code(form: SignInCodeForm, status: int, refused: str = "") -> Response:
    page = render_template(
        "auth/code.html", form=form, refused=refused, is_recovery="recovery" in request.args
    )
    return make_response(page, status)


def _find_waiting() -> Waiting | None:
    return find_waiting_session(db.session, str(session.get(KEPT_AS, "")))


def _start_again() -> Response:
    """Leaves the cookie alone: a second press comes after the first one has signed in, perhaps."""
    return htmx.go_to(url_for("auth.login", why=OVER, next=next_path() or None))


def _tell_left(count: int) -> str:
    words: str = ngettext(
        "You used a recovery code. %(count)s is left.",
        "You used a recovery code. %(count)s are left.",
        count,
        count=number(count),
    )
    return words
