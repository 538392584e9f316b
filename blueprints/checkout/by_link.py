"""Buying through a payment link: the checkout page of one package, for one customer, who need not
be signed in."""

from dataclasses import replace
from functools import partial
from typing import NamedTuple

from flask import Response, make_response, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from blueprints.checkout import bp, link_notes
from blueprints.checkout.again import end_the_former
from blueprints.checkout.buyer import Buyer, SignIn
from blueprints.checkout.forms import OrderForm
from blueprints.checkout.link_notes import Note
from blueprints.checkout.offers import find_shown, typed_offer
from blueprints.checkout.ordering import connected, lead_on, this_attempt, wish_of
from blueprints.checkout.page import Page, refuse_where_nothing_is_sold, show_refusal
from blueprints.checkout.withdrawal import VERSION
from blueprints.payment_provider import TooBusy, room_for_a_checkout
from domain.customers.customers import Person, get_customer
from domain.database import write
from domain.purchases.errors import (
    CheckoutOver,
    LinkExpired,
    LinkPaid,
    LinkRevoked,
    LinkUnderWay,
    NotSynced,
    OfferChanged,
    TooManyCheckouts,
)
from domain.purchases.orders import Attempt, is_still_sold
from domain.purchases.paying_by_link import list_begun, open_link, start_by_link
from domain.purchases.provider import Provider, ProviderError
from extensions import csrf, db

PATH = "/pay/<token>"
HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
# What each of these is called, and its status when it is asked for and when it is paid at.
ENDED = {
    LinkExpired: (_("This link has expired"), 410, 410),
    LinkRevoked: (_("This link does not work any more"), 410, 410),
    LinkPaid: (_("Already paid"), 200, 409),
    LinkUnderWay: (_("The payment is on its way"), 200, 409),
}


class LinkOrderForm(OrderForm):
    class Meta:
        csrf = False


class NoSignIn(SignIn):
    """The link says who it is for."""

    def __init__(self, person: Person) -> None:
        super().__init__()
        self.is_other = False
        self.person = person

    def read_buyer(self) -> Buyer:
        return Buyer(self.person, is_by_link=True, link_name=self.person.discreet_name)


class Opened(NamedTuple):
    link_id: int
    page: Page
    person: Person


@bp.get(PATH)
def pay_by_link(token: str) -> ResponseReturnValue:
    return open_page(token).page.show()


@csrf.exempt
@bp.post(PATH)
def place_order_by_link(token: str) -> ResponseReturnValue:
    """The token is in the address, which no page of another site knows. Our own page sends no
    referrer, as that would be the address, and Flask-WTF asks for one."""
    opened = open_page(token)
    page = opened.page
    if not page.order.validate_on_submit():
        return page.show_incomplete()
    if typed_offer() != page.shown.offer:
        return page.show(409)
    try:
        return place(opened)
    except OfferChanged:
        return open_page(token).page.show(409)
    except TooManyCheckouts as problem:
        return page.show_limit(problem)
    except (ProviderError, NotSynced, TooBusy, CheckoutOver) as problem:
        return page.show_not_begun(problem)


def open_page(token: str) -> Opened:
    """Raises LinkExpired, LinkRevoked, LinkPaid, LinkUnderWay, NotForSale, SellingPaused."""
    link = open_link(db.session, token)
    refuse_where_nothing_is_sold()
    shown, person = find_shown(link.package_id), get_customer(db.session, link.customer_id)
    page = Page(shown, LinkOrderForm(shown.sale.values.country), NoSignIn(person))
    return Opened(link.id, page, person)


def place(opened: Opened) -> Response:
    """Leads to the provider's page, where nobody reads the customer's email."""
    link_id, page, person = opened
    found = connected()
    attempt = replace(this_attempt(person, page.shown.sale.values.country), email=None)
    wish = wish_of(page, person, found, attempt)
    with room_for_a_checkout():
        end_other_offers(found, opened, attempt)
        started = write(db.session, partial(start_by_link, link_id=link_id, wish=wish))
        answer = make_response(redirect(lead_on(found, started), 303))
    link_notes.keep(answer, Note(started.purchase_id, person.id, link_id))
    return answer


def end_other_offers(found: Provider, opened: Opened, attempt: Attempt) -> None:
    """What was begun through this link, and the package has changed since: two pages of the
    provider at which it can be paid are one too many."""
    sale = opened.page.shown.sale
    for purchase in list_begun(db.session, opened.link_id):
        if purchase.provider == found.name and not is_still_sold(purchase, sale, VERSION):
            end_the_former(found, purchase, attempt)


@bp.errorhandler(LinkExpired)
@bp.errorhandler(LinkRevoked)
@bp.errorhandler(LinkPaid)
@bp.errorhandler(LinkUnderWay)
def show_ended(problem: LinkExpired | LinkRevoked | LinkPaid | LinkUnderWay) -> Response:
    title, status, when_paid = ENDED[type(problem)]
    answer = show_refusal(problem, str(title))
    answer.status_code = status if request.method == "GET" else when_paid
    return answer


@bp.after_request
def keep_to_its_reader(answer: Response) -> Response:
    """The address is the key: it stays out of search engines and other sites' logs."""
    if request.path.startswith("/pay/"):
        answer.headers.update(HEADERS)
    return answer
