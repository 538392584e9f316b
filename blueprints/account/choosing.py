"""Signing in with a code by mail, the last step where several customers have the address."""

from functools import partial
from typing import NamedTuple

from flask import Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from blueprints.account import bp
from blueprints.account.code_door import browser_token, forget_token
from blueprints.account.doors import HOME, let_in, this_visit
from blueprints.customer_sign_in import current_customer
from blueprints.safe_redirect import next_path
from domain.customers.codes import find_code
from domain.customers.customers import Person
from domain.customers.errors import CustomerNotFound
from domain.customers.sign_in import choose_customer, list_choices
from domain.database import MOST_ID, write
from domain.ledger.lists import CustomerCredits, balances
from domain.numbers import whole_number
from domain.platforms.platforms import name_of
from extensions import db


class Choice(NamedTuple):
    """A customer, the platform that they come from ("" for none), and credits to use."""

    person: Person
    platform: str
    credits: int


@bp.get("/account/sign-in/choose")
def choose() -> ResponseReturnValue:
    return redirect(next_path(HOME), 303) if current_customer() else show_choices()


@bp.post("/account/sign-in/choose")
def open_chosen() -> ResponseReturnValue:
    wanted = whole_number(request.form.get("customer", ""), MOST_ID) or 0
    email = find_code(db.session, browser_token()).email
    work = partial(choose_customer, browser=browser_token(), customer_id=wanted, visit=this_visit())
    try:
        opened = write(db.session, work)
    except CustomerNotFound:
        return show_choices(422)
    forget_token()
    return let_in(opened, email)


def show_choices(status: int = 200) -> Response:
    people = list_choices(db.session, browser_token())
    credits = balances(db.session, [person.id for person in people])
    choices = [choice_of(person, credits.get(person.id)) for person in people]
    return make_response(render_template("account/choose.html", choices=choices), status)


def choice_of(person: Person, credits: CustomerCredits | None) -> Choice:
    platform = name_of(db.session, person.platform_id) if person.platform_id else ""
    return Choice(person, platform, credits.free if credits else 0)
