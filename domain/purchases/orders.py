"""What a buyer asks for, the rows that it is kept in, and what the provider is asked for."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from domain.customers.customers import Person, get_customer
from domain.database import AnySession
from domain.ledger.rules import Mode
from domain.networks import network
from domain.purchases.errors import CheckoutOver, PurchaseNotFound
from domain.purchases.models import Checkout, Purchase, PurchaseStep
from domain.purchases.offering import Offer, OnSale
from domain.purchases.provider import Order
from domain.purchases.rules import CHECKOUT_LASTS, KEY_HEX, CheckoutState, Step

# What of a purchase the provider keeps, beside its number, its buyer's key and its payment link, so
# that a lost one can be made again: see recovering.py.
METADATA = (
    *("customer_id", "package_id", "released_id", "release_number", "credits", "price_minor"),
    *("currency", "country", "language", "tax", "tax_basis_points", "tax_minor", "consent"),
)

NUMBER, CUSTOMER_KEY, LINK = "number", "customer_key", "link"

# What of a market a purchase freezes.
TAX = ("tax", "tax_basis_points")


@dataclass(frozen=True)
class Attempt:
    """How somebody gets to the provider's page and back again. The addresses are made of the
    number of the purchase; `needs_company`: nothing is sold before the company is filled in; `link`
    is the digest of the payment link that they came by."""

    language: str
    email: str | None
    address: str | None  # of the network
    return_url: Callable[[int], str]
    cancel_url: Callable[[int], str]
    needs_company: bool = False
    link: str = ""

    @property
    def network(self) -> str:
        return network(self.address)


@dataclass(frozen=True)
class Wish:
    """What a buyer asks for: `seen` is what the page said, `consent` the version of the text that
    they agreed to. Company and tax number are clean."""

    customer_id: int
    package_id: int
    seen: Offer
    consent: str
    mode: Mode
    provider: str
    attempt: Attempt
    buyer_company: str = ""
    buyer_tax_number: str = ""


class Started(NamedTuple):
    """Where to pay; without a `url` the provider is to be asked for the checkout first."""

    purchase_id: int
    checkout_id: int
    url: str | None


def new_purchase(wish: Wish, sale: OnSale, now: datetime) -> Purchase:
    return Purchase(
        key=new_key(),
        customer_id=wish.customer_id,
        package_id=sale.package_id,
        released_id=sale.released_id,
        release_number=sale.release_number,
        name=sale.values.name,
        credits=sale.values.credits,
        price_minor=sale.values.price_minor,
        currency=sale.values.currency,
        country=sale.values.country,
        language=wish.attempt.language,
        tax=sale.market.tax,
        tax_basis_points=sale.market.tax_basis_points,
        tax_minor=sale.tax_minor,
        consent=wish.consent,
        buyer_company=wish.buyer_company,
        buyer_tax_number=wish.buyer_tax_number,
        mode=wish.mode,
        provider=wish.provider,
        created_at=now,
    )


def new_checkout(purchase_id: int, attempt: Attempt, now: datetime) -> Checkout:
    return Checkout(
        key=new_key(),
        purchase_id=purchase_id,
        language=attempt.language,
        email=attempt.email,
        return_url=attempt.return_url(purchase_id),
        cancel_url=attempt.cancel_url(purchase_id),
        network=attempt.network,
        created_at=now,
        expires_at=(now + CHECKOUT_LASTS).replace(microsecond=0),
    )


def new_key() -> str:
    return secrets.token_hex(KEY_HEX // 2)


def is_still_sold(purchase: Purchase, sale: OnSale, consent: str) -> bool:
    """Whether who buys now gets the same, with the same tax in it, and agrees to the same text."""
    offer = Offer(purchase.price_minor, purchase.currency, purchase.credits)
    has_same_tax = all(getattr(purchase, name) == getattr(sale.market, name) for name in TAX)
    return offer == sale.offer and has_same_tax and purchase.consent == consent


def order_of(session: AnySession, checkout_id: int) -> Order:
    """What the provider is asked for, the same each time. Raises PurchaseNotFound, CheckoutOver."""
    row = session.execute(
        select(Checkout, Purchase)
        .join(Purchase, Purchase.id == Checkout.purchase_id)
        .where(Checkout.id == checkout_id)
    ).one_or_none()
    if row is None:
        raise PurchaseNotFound
    checkout, purchase = row
    if checkout.state != CheckoutState.NEW:
        raise CheckoutOver
    return Order(
        checkout_key=checkout.key,
        purchase_key=purchase.key,
        metadata=_metadata(session, purchase, checkout),
        name=purchase.name,
        credits=purchase.credits,
        price_minor=purchase.price_minor,
        currency=purchase.currency,
        language=checkout.language,
        email=checkout.email,
        return_url=checkout.return_url,
        cancel_url=checkout.cancel_url,
        expires_at=checkout.expires_at,
    )


def customer_key(person: Person) -> str:
    """Of this very customer: after a restore another one may be given the number."""
    said = (person.id, person.platform_id, person.subject, person.created_at.isoformat())
    return hashlib.sha256(":".join(map(str, said)).encode()).hexdigest()[:KEY_HEX]


def _metadata(session: AnySession, purchase: Purchase, checkout: Checkout) -> Mapping[str, str]:
    buyer = get_customer(session, purchase.customer_id)
    more = {NUMBER: str(purchase.id), CUSTOMER_KEY: customer_key(buyer)}
    if link := _link_of(session, checkout):
        more[LINK] = link
    return more | {name: str(getattr(purchase, name)) for name in METADATA}


def _link_of(session: AnySession, checkout: Checkout) -> str:
    """As it was written when the checkout began: the purchase may be found through other links
    later, and what the provider is asked for must stay the same."""
    opened = (PurchaseStep.purchase_id == checkout.purchase_id, PurchaseStep.kind == Step.OPENED)
    steps = session.scalars(select(PurchaseStep.data).where(*opened))
    return next((said.get(LINK, "") for said in steps if said.get("checkout") == checkout.id), "")
