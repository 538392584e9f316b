"""Giving the credits of a purchase: all of them, once, with the receipt."""

from datetime import datetime

from domain.catalogue.storefront import live
from domain.customers.customers import get_customer
from domain.database import AnySession
from domain.ledger.acts import grant
from domain.ledger.book import Outcome
from domain.ledger.errors import AlreadyGranted, Refusal
from domain.ledger.rules import SCRIP, Mode
from domain.ledger.wallets import find_wallet, open_wallet
from domain.purchases.judging import Reason
from domain.purchases.mails import origin_of, put_receipt, receipt_key
from domain.purchases.models import Checkout, Purchase
from domain.purchases.notices import note_for_admins
from domain.purchases.receipts import issue
from domain.purchases.rows import add_step, last_data
from domain.purchases.rules import Hold, Step

MODES: dict[str, Mode] = {"test": "test", "live": "live"}


def credit(
    session: AnySession, purchase: Purchase, checkout: Checkout, now: datetime
) -> set[Reason]:
    """For a purchase that is paid by this checkout. When the ledger refuses, nothing is given, and
    a person has to look."""
    if last_data(session, purchase.id, Step.CREDITED) is not None:
        return set()
    outcome = _grant(session, purchase)
    if isinstance(outcome, Refusal) and not isinstance(outcome, AlreadyGranted):
        return {Reason(Hold.LEDGER_REFUSED)}
    add_step(session, purchase, Step.CREDITED, credits=purchase.credits)
    note_for_admins(
        session,
        "purchase_paid",
        purchase=purchase.id,
        customer=purchase.customer_id,
        **{name: getattr(purchase, name) for name in ("credits", "price_minor", "currency")},
    )
    buyer = get_customer(session, purchase.customer_id)
    receipt = issue(session, purchase, buyer, live.live_release(session).settings, now)
    key = receipt_key(purchase.id)
    put_receipt(session, key, receipt, purchase, buyer, origin_of(checkout))
    return set()


def grant_source(purchase_id: int) -> str:
    """Of the credits that came with the payment. Others of the purchase came back later."""
    return f"purchase:{purchase_id}"


def _grant(session: AnySession, purchase: Purchase) -> Outcome:
    wallet_id = find_wallet(session, purchase.customer_id)
    if wallet_id is None:
        wallet_id = open_wallet(session, purchase.customer_id, mode=MODES[purchase.mode])
    return grant(
        session,
        wallet_id,
        purchase.credits,
        kind="bought",
        source=grant_source(purchase.id),
        actor=SCRIP,
        purchase_id=purchase.id,
        paid_minor=purchase.price_minor,
        currency=purchase.currency,
    )
