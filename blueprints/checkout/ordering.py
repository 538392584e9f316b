"""Placing an order: the purchase is written down, then the provider is asked for its page."""

from functools import partial

from flask import current_app, request, url_for

from blueprints.checkout.page import Page
from blueprints.checkout.withdrawal import VERSION
from blueprints.code_door import config
from blueprints.locale import language
from blueprints.payment_provider import provider, room_for_a_checkout
from domain.customers.customers import Person
from domain.database import write
from domain.purchases.acts import start
from domain.purchases.errors import SellingPaused
from domain.purchases.opening import open_checkout
from domain.purchases.orders import Attempt, Started, Wish
from domain.purchases.provider import Provider
from extensions import db


def place(page: Page, person: Person) -> str:
    """The address of the provider's page. Raises PurchaseError, TooBusy, Unreachable, Refused."""
    found = connected()
    wish = wish_of(page, person, found, this_attempt(person, page.shown.sale.values.country))
    with room_for_a_checkout():
        return lead_on(found, write(db.session, partial(start, wish=wish)))


def wish_of(page: Page, person: Person, found: Provider, attempt: Attempt) -> Wish:
    return Wish(
        person.id,
        page.shown.sale.package_id,
        page.shown.offer,
        VERSION,
        config().mode,
        found.name,
        attempt,
        page.order.buyer_company,
        page.order.buyer_tax_number,
    )


def lead_on(found: Provider, started: Started) -> str:
    """Where to pay what was begun."""
    current_app.logger.info("Purchase %s leads to the provider", started.purchase_id)
    return started.url or open_checkout(db.session, found, started.checkout_id)


def this_attempt(person: Person, country: str) -> Attempt:
    """Back from the provider, the page is in the language of the one before."""
    way_back = partial(url_for, "checkout.after", country=country, lang=language(), _external=True)
    return Attempt(
        language(),
        person.email if person.may_get_mail else None,
        request.remote_addr,
        lambda purchase_id: way_back(purchase_id=purchase_id, returned=1),
        lambda purchase_id: way_back(purchase_id=purchase_id),
        needs_company=config().production,
    )


def connected() -> Provider:
    """Raises SellingPaused."""
    found = provider()
    if found is None:
        raise SellingPaused
    return found
