"""Signing in with a code by mail, the first steps: the address, and the code."""

from flask import Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from blueprints import code_door
from blueprints.account import bp
from blueprints.account.code_steps import BECAUSE, show_code, step
from blueprints.code_door import browser_token, forget_token, is_closed, refused, try_code
from blueprints.code_forms import CodeForm, EmailForm
from blueprints.customer_doors import HOME, let_in
from blueprints.customer_sign_in import current_customer
from blueprints.i18n import translated
from blueprints.safe_redirect import next_path
from domain.customers import codes
from domain.customers.codes import Asked, Wrong
from domain.customers.errors import CodeEnded, CodeUsed, TooManyCodes, TooManyGuesses
from domain.customers.sign_in import Opened, Several
from extensions import db


@bp.get("/account/sign-in")
def sign_in() -> ResponseReturnValue:
    if current_customer():
        return redirect(next_path(HOME), 303)
    error = BECAUSE.get(request.args.get("why", ""))
    return show_email(EmailForm(), problem=translated(error()) if error else "")


@bp.post("/account/sign-in")
def send_code() -> ResponseReturnValue:
    form = EmailForm()
    if is_closed() or not form.validate_on_submit():
        return show_email(form, 422)
    try:
        code_door.send_code(form.email.data)
    except TooManyCodes as problem:
        return refused(show_email(form, problem=translated(problem)), problem)
    return step("code")


def show_email(form: EmailForm, status: int = 200, problem: str = "") -> Response:
    page = render_template(
        "account/sign_in.html",
        form=form,
        problem=problem,
        is_closed=is_closed(),
        has_code=bool(browser_token()),
    )
    return make_response(page, 503 if is_closed() else status)


@bp.get("/account/sign-in/code")
def code() -> ResponseReturnValue:
    if current_customer():
        return redirect(next_path(HOME), 303)
    asked = codes.find_code(db.session, browser_token())
    return step("choose") if asked.is_proven else show_code(CodeForm(), asked)


@bp.post("/account/sign-in/code")
def check_code() -> ResponseReturnValue:
    asked = codes.find_code(db.session, browser_token())
    form = CodeForm()
    if not form.validate_on_submit():
        return show_code(form, asked, 422)
    try:
        outcome = try_code(form.digits)
    except CodeUsed:  # pressed twice, perhaps
        return step("choose")
    except CodeEnded:
        return show_code(form, asked._replace(is_over=True), 422)
    except TooManyGuesses as problem:
        return refused(show_code(form, asked, problem=translated(problem)), problem)
    return lead_on(form, asked, outcome)


def lead_on(form: CodeForm, asked: Asked, outcome: Opened | Several | Wrong) -> ResponseReturnValue:
    if isinstance(outcome, Wrong):
        return show_wrong(form, asked, outcome)
    if isinstance(outcome, Several):
        return step("choose")
    forget_token()
    return let_in(outcome, asked.email)


def show_wrong(form: CodeForm, asked: Asked, wrong: Wrong) -> Response:
    form.refuse(wrong)
    return show_code(form, asked._replace(is_over=wrong.tries_left == 0), 422)
