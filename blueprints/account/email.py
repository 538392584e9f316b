"""Another email, for a customer of ours: they prove with a code that it is theirs."""

from functools import partial

from flask import (
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from blueprints import htmx
from blueprints.account import bp, code_steps
from blueprints.code_door import code_request, config, is_closed, order_code, refused
from blueprints.code_forms import CodeForm, EmailForm
from blueprints.customer_sign_in import this_customer
from blueprints.i18n import translated
from domain.customers import codes
from domain.customers.codes import Asked, Attempt, Proof, Wrong
from domain.customers.email_change import change_email
from domain.customers.errors import (
    CodeEnded,
    CodeUsed,
    EmailTaken,
    NoCode,
    TooManyCodes,
    TooManyGuesses,
)
from domain.database import write
from extensions import db

# Not where signing in keeps its token: a code for the one is of no use for the other.
KEPT_AS = "email_browser"


def this_id() -> int:
    """Whose email is changed here; a platform says the email of its own customers."""
    me = this_customer()
    return me.customer_id if me.platform_id is None else abort(404)


@bp.get("/account/email")
def email() -> Response:
    this_id()
    return show_email(EmailForm())


@bp.post("/account/email")
def send_email_code() -> ResponseReturnValue:
    this_id()
    form = EmailForm()
    if is_closed() or not form.validate_on_submit():
        return show_email(form, 422)
    token = codes.new_browser()
    asked = code_request(form.email.data, browser=token, before=browser_token(), topic="email_code")
    try:
        order_code(asked)
    except TooManyCodes as problem:
        return refused(show_email(form, problem=translated(problem)), problem)
    session[KEPT_AS] = token
    return redirect(url_for("account.email_code"), 303)


def browser_token() -> str:
    return str(session.get(KEPT_AS, ""))


def show_email(form: EmailForm, status: int = 200, problem: str = "") -> Response:
    page = render_template("account/email.html", form=form, problem=problem, is_closed=is_closed())
    return make_response(page, 503 if is_closed() else status)


@bp.get("/account/email/code")
def email_code() -> ResponseReturnValue:
    this_id()
    try:
        return show_code(CodeForm(), codes.find_code(db.session, browser_token()))
    except NoCode:
        return redirect(url_for("account.email"), 303)


@bp.post("/account/email/code")
def check_email_code() -> ResponseReturnValue:
    customer_id, form = this_id(), CodeForm()
    try:
        asked = codes.find_code(db.session, browser_token())
        if not form.validate_on_submit():
            return show_code(form, asked, 422)
        return lead_on(form, asked, try_code(form, customer_id))
    except (NoCode, CodeUsed):
        return redirect(url_for("account.email"), 303)
    except CodeEnded:
        return show_code(form, asked._replace(is_over=True), 422)
    except EmailTaken:
        return show_code(form, asked, 409, problem=taken(asked))
    except TooManyGuesses as problem:
        return refused(show_code(form, asked, problem=translated(problem)), problem)


def try_code(form: CodeForm, customer_id: int) -> Proof | Wrong:
    attempt = Attempt(browser_token(), form.digits, config().secret_key)
    return write(db.session, partial(change_email, customer_id=customer_id, attempt=attempt))


def lead_on(form: CodeForm, asked: Asked, outcome: Proof | Wrong) -> Response:
    if isinstance(outcome, Wrong):
        form.refuse(outcome)
        return show_code(form, asked._replace(is_over=outcome.tries_left == 0), 422)
    session.pop(KEPT_AS, None)
    return htmx.go_to(url_for("account.profile"), _("Your email is changed."))


def taken(asked: Asked) -> str:
    return str(
        _(
            "Not changed: another account has %(email)s. Sign in with it to use that account.",
            email=asked.email,
        )
    )


def show_code(form: CodeForm, asked: Asked, status: int = 200, problem: str = "") -> Response:
    change = {"first_step": "account.email", "act": _("Change email")}
    return code_steps.show_code(form, asked, status, problem, **change)
