"""The page after paying. It stays calm: whatever becomes of the payment, it says so by itself, and
a payment is never lost by leaving the page."""

from typing import NamedTuple

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from blueprints.card_names import card_name
from blueprints.checkout import bp, polling
from blueprints.checkout.outcomes import Outcome, Words, outcome_of, words_of
from blueprints.checkout.syncing import sync_own
from blueprints.checkout.visitors import Visitor, visitor_of
from blueprints.errors import show_http_error
from blueprints.safe_redirect import this_page
from domain.customers.customers import Person, get_customer
from domain.customers.holdings import read_holdings
from domain.numbers import whole_number
from domain.platforms.platforms import came_from
from domain.purchases.errors import PurchaseNotFound
from domain.purchases.models import Purchase
from domain.purchases.own_purchases import find_debt_paid
from domain.purchases.queries import find_newest_checkout, list_steps
from domain.purchases.rules import CheckoutState
from extensions import db

PATH = "/checkout/purchases/<id:purchase_id>"


class Progress(NamedTuple):
    """A purchase as its buyer finds it. `words` are None for what is paid; `pay_at` is where it can
    still be paid, "" for nowhere; after `wait` seconds the page asks again, if it is not None. Who
    came by a payment link reads nothing else of the buyer. `debt_paid` credits of it went to
    what the buyer owed."""

    purchase: Purchase
    outcome: Outcome
    words: Words | None
    pay_at: str
    wait: int | None
    asked: int
    is_by_link: bool = False
    link_name: str = ""
    debt_paid: int = 0


@bp.get(PATH)
def after(purchase_id: int) -> ResponseReturnValue:
    me = visitor_of(purchase_id)
    return show(read_progress(purchase_id, me)) if me else ask_to_sign_in()


@bp.get(f"{PATH}/state")
def state(purchase_id: int) -> ResponseReturnValue:
    """What the page asks for again and again while it waits."""
    me = visitor_of(purchase_id) or abort(401)
    progress = read_progress(purchase_id, me)
    is_changed = request.args.get("was") != progress.outcome
    page = render_template(
        "checkout/_progress.html", progress=progress, is_changed=is_changed, **parts_of(progress)
    )
    return make_response(page)


@bp.errorhandler(PurchaseNotFound)
def show_missing(_error: PurchaseNotFound) -> Response:
    return show_http_error(NotFound())


def ask_to_sign_in() -> Response:
    return make_response(redirect(url_for("account.sign_in", next=this_page() or None), 303))


def read_progress(purchase_id: int, me: Visitor) -> Progress:
    has_returned = "returned" in request.args
    purchase = sync_own(purchase_id, me.customer_id, has_returned=has_returned)
    outcome = outcome_of(purchase, list_steps(db.session, purchase_id), has_returned=has_returned)
    asked = whole_number(request.args.get("asked", ""), polling.MOST) or 0
    is_late = asked >= polling.MOST
    words = words_of(outcome, purchase.failure, is_late=is_late)
    waits = outcome in (Outcome.CONFIRMING, Outcome.PROCESSING) and not is_late
    wait = polling.seconds_until(asked) if waits else None
    is_by_link = me.link_id is not None
    where = pay_at(purchase, is_by_link=is_by_link)
    progress = Progress(purchase, outcome, words, where, wait, asked + 1)
    if is_by_link:
        return with_link(progress, me)
    return with_debt_paid(progress) if outcome == Outcome.PAID else progress


def with_link(progress: Progress, me: Visitor) -> Progress:
    name = get_customer(db.session, me.customer_id).discreet_name
    return progress._replace(is_by_link=True, link_name=name)


def with_debt_paid(progress: Progress) -> Progress:
    return progress._replace(debt_paid=find_debt_paid(db.session, progress.purchase))


def pay_at(purchase: Purchase, *, is_by_link: bool) -> str:
    """Where the buyer left the provider's page, if it is still open. Who came by a link is not led
    to one that shows the buyer's email."""
    newest = find_newest_checkout(db.session, purchase.id)
    if newest is None or newest.state != CheckoutState.OPEN or (is_by_link and newest.email):
        return ""
    return newest.url


def show(progress: Progress, status: int = 200, problem: str = "") -> Response:
    page = render_template(
        "checkout/after.html",
        progress=progress,
        problem=problem,
        **parts_of(progress),
    )
    return make_response(page, status)


def parts_of(progress: Progress) -> dict[str, object]:
    """What the page shows of the buyer once the purchase is paid."""
    if progress.outcome != Outcome.PAID:
        return {}
    card = card_name(progress.purchase.card_brand)
    if progress.is_by_link:
        return {"card": card}
    person: Person = get_customer(db.session, progress.purchase.customer_id)
    return {
        "person": person,
        "card": card,
        "balance": read_holdings(db.session, person.id).free,
        "came_from": came_from(db.session, person.platform_id),
    }
