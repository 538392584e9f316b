"""Signing in with a code by mail, the last step where several customers have the address."""

from flask import Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from blueprints import customer_choices
from blueprints.account import bp
from blueprints.code_door import browser_token, forget_token
from blueprints.customer_doors import HOME, let_in
from blueprints.customer_sign_in import current_customer
from blueprints.safe_redirect import next_path
from domain.customers.codes import find_code
from domain.customers.errors import CustomerNotFound
from extensions import db


@bp.get("/account/sign-in/choose")
def choose() -> ResponseReturnValue:
    return redirect(next_path(HOME), 303) if current_customer() else show_choices()


@bp.post("/account/sign-in/choose")
def open_chosen() -> ResponseReturnValue:
    email = find_code(db.session, browser_token()).email
    try:
        opened = customer_choices.open_chosen(request.form.get("customer", ""))
    except CustomerNotFound:
        return show_choices(422)
    forget_token()
    return let_in(opened, email)


def show_choices(status: int = 200) -> Response:
    page = render_template("account/choose.html", choices=customer_choices.read_choices())
    return make_response(page, status)
