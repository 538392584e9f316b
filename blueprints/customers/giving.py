"""Give or take credits: a customer's balance, changed by hand."""

from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from flask import Response, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext, ngettext

from blueprints import htmx
from blueprints.customers import bp
from blueprints.customers.giving_form import GivingForm
from blueprints.customers.naming import customer_title, page_of
from blueprints.customers.page import find_person
from blueprints.i18n import translated
from blueprints.locale import operators_language
from blueprints.pages import isolated, number
from blueprints.recording import record
from blueprints.zones import live_zone
from domain import numbers, times
from domain.catalogue.pending.pending import pending_changes
from domain.customers.customers import Person
from domain.customers.errors import (
    GivingRefused,
    LedgerRefused,
    NotThatMany,
    OverDailyLimit,
    OverLimit,
)
from domain.customers.giving import Giving, give_or_take
from domain.customers.rules import REASON_CHARACTERS
from domain.database import AnySession, write
from domain.ledger import queries
from domain.ledger.errors import EndsTooSoon, KeyReused, UnfitKey
from domain.ledger.lines import Balance
from domain.ledger.wallets import find_wallet
from domain.notices.acts import note
from extensions import db

SENT_BEFORE = lazy_gettext(
    "Not done: this form was sent before. To give or take these credits as well, press again."
)


class Echo(NamedTuple):
    """What the customer has now, and how many credits would be free; None as long as that is not
    known."""

    now: Balance
    after: int | None


@bp.get("/<id:customer_id>/credits")
def give(customer_id: int) -> Response:
    return show(find_person(customer_id), GivingForm.new())


@bp.get("/<id:customer_id>/credits/echo")
def giving_echo(customer_id: int) -> str:
    """What the typed amount comes to. The amount alone is sent: an address is logged."""
    echo = make_echo(find_person(customer_id).id, request.args.get("amount", ""))
    return render_template("customers/_giving_echo.html", echo=echo)


@bp.post("/<id:customer_id>/credits")
def save_giving(customer_id: int) -> ResponseReturnValue:
    customer, form = find_person(customer_id), GivingForm()
    if not form.validate_on_submit():
        return form.refuse(show(customer, form))
    work = partial(
        do_once, customer_id=customer_id, asked=form.asked, language=operators_language()
    )
    try:
        write(db.session, work)
    except (GivingRefused, KeyReused, UnfitKey) as problem:
        return refuse(customer, form, problem)
    return htmx.go_to(page_of(customer_id), describe(customer, form.change))


def do_once(session: AnySession, customer_id: int, asked: Giving, language: str) -> None:
    """In one transaction with the notice to other admins, and the line of the activity."""
    mode = current_app.extensions["scrip"].mode
    if give_or_take(session, customer_id, asked, mode=mode).is_new:
        what = {"customer": customer_id, "credits": asked.credits}
        note(session, "credits_given", what, language=language, author_id=asked.admin_id)
        kind = "credits_given" if asked.credits > 0 else "credits_taken"
        record(kind, "customer", customer_id, credits=abs(asked.credits))


def refuse(customer: Person, form: GivingForm, problem: Exception) -> Response:
    """The form again, with the problem where it can be mended."""
    if isinstance(problem, KeyReused | UnfitKey):
        form.renew_key()
        return show(customer, form, 409, alert=str(SENT_BEFORE))
    said = translated(problem)
    form.is_over_limit = isinstance(problem, OverLimit | OverDailyLimit)
    if form.is_over_limit or isinstance(problem, NotThatMany):
        form.amount.errors = [said]
    elif isinstance(problem, LedgerRefused) and isinstance(problem.refusal, EndsTooSoon):
        form.expires.errors = [said]
    else:
        return show(customer, form, 422, alert=said)
    return show(customer, form, 422)


def show(customer: Person, form: GivingForm, status: int = 200, *, alert: str = "") -> Response:
    page = render_template(
        "customers/give.html",
        customer=customer,
        form=form,
        alert=alert,
        echo=make_echo(customer.id, form.amount.data or ""),
        zone=times.name_zone(live_zone()),
        most_characters=REASON_CHARACTERS,
        pending=pending_changes(db.session),
    )
    return make_response(page, status)


def make_echo(customer_id: int, typed: str) -> Echo:
    """Credits that are given pay first what is owed."""
    wallet_id = find_wallet(db.session, customer_id)
    now = queries.balance(db.session, wallet_id) if wallet_id else Balance(datetime.now(UTC))
    try:
        change = numbers.parse_change(typed)
    except ValueError:
        return Echo(now, None)
    return Echo(now, now.free + (max(0, change - now.owed) if change > 0 else change))


def describe(customer: Person, change: int) -> str:
    parts = {"count": number(abs(change)), "name": isolated(customer_title(customer))}
    if change > 0:
        return str(
            ngettext(
                "%(count)s credit given to %(name)s.",
                "%(count)s credits given to %(name)s.",
                change,
                **parts,
            )
        )
    return str(
        ngettext(
            "%(count)s credit taken from %(name)s.",
            "%(count)s credits taken from %(name)s.",
            -change,
            **parts,
        )
    )
