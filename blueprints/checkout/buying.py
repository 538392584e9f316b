"""The checkout page: what is bought, by whom, and the button that leads to the provider's page."""

from collections.abc import Callable

from flask import redirect, request
from flask.typing import ResponseReturnValue

from blueprints.checkout import bp
from blueprints.checkout.buyer import SignIn
from blueprints.checkout.forms import OrderForm
from blueprints.checkout.offers import find_shown, typed_offer
from blueprints.checkout.ordering import place
from blueprints.checkout.page import Page, refuse_where_nothing_is_sold
from blueprints.code_door import forget_token
from blueprints.payment_provider import TooBusy
from domain.customers.errors import CustomerNotFound, TooManyCodes, TooManyGuesses
from domain.purchases.errors import CheckoutOver, OfferChanged, TooManyCheckouts
from domain.purchases.provider import Refused, Unreachable

PATH = "/checkout/<id:package_id>"


@bp.get(PATH)
def buy(package_id: int) -> ResponseReturnValue:
    refuse_where_nothing_is_sold()
    return open_page(package_id).show()


@bp.post(PATH)
def place_order(package_id: int) -> ResponseReturnValue:
    """Whatever is pressed, all that was typed is there again afterwards."""
    refuse_where_nothing_is_sold()
    page = open_page(package_id)
    act = "choose" if "customer" in request.form else request.form.get("act", "")
    try:
        return ACTS.get(act, pay)(page)
    except (TooManyCodes, TooManyGuesses, TooManyCheckouts) as problem:
        return page.show_limit(problem)


def open_page(package_id: int) -> Page:
    shown = find_shown(package_id)
    return Page(shown, OrderForm(shown.sale.values.country), SignIn())


def send(page: Page) -> ResponseReturnValue:
    page.sign_in.send()
    return page.show(422 if page.sign_in.has_errors else 200)


def prove(page: Page) -> ResponseReturnValue:
    page.sign_in.prove()
    return page.show(422 if page.sign_in.has_errors else 200)


def choose(page: Page) -> ResponseReturnValue:
    try:
        page.sign_in.choose()
    except CustomerNotFound:
        return page.show(422)
    return page.show()


def change(page: Page) -> ResponseReturnValue:
    """Somebody else is to buy than who is signed in."""
    page.sign_in.is_other = True
    return page.show()


def stay(page: Page) -> ResponseReturnValue:
    page.sign_in.is_other = False
    return page.show()


def use_another_email(page: Page) -> ResponseReturnValue:
    forget_token()
    return page.show()


def pay(page: Page) -> ResponseReturnValue:
    """Asks for what is missing; with all of it, leads to the provider's page."""
    is_fit = page.order.validate_on_submit()
    page.sign_in.ask_who()
    person = page.sign_in.read_buyer().person
    if person is None or not is_fit:
        return page.show_incomplete()
    if typed_offer() != page.shown.offer:
        return page.show(409)
    try:
        return redirect(place(page, person), 303)
    except OfferChanged:
        return open_page(page.shown.sale.package_id).show(409)
    except (Unreachable, Refused, TooBusy, CheckoutOver) as problem:
        return page.show_not_begun(problem)


ACTS: dict[str, Callable[[Page], ResponseReturnValue]] = {
    "send": send,
    "prove": prove,
    "choose": choose,
    "change": change,
    "stay": stay,
    "another_email": use_another_email,
}
