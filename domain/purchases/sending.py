"""Sending a receipt again, when an admin asks for it."""

from datetime import timedelta

from domain.customers.customers import get_customer
from domain.database import AnySession, read_clock
from domain.purchases.errors import NoAddress, NoReceipt, SentAMomentAgo, SentOften
from domain.purchases.mails import copy_keys, origin_of, put_receipt
from domain.purchases.models import Purchase
from domain.purchases.queries import find_newest_checkout
from domain.purchases.receipts import find_receipt
from domain.purchases.rows import lock_purchase
from domain.purchases.timeline import list_mails

AT_MOST_EVERY = timedelta(minutes=1)


def send_receipt(session: AnySession, purchase_id: int, *, origin: str) -> None:
    """To the address that the buyer has now. `origin` is where buyers sign in, for a purchase that
    was never at a provider's page. Raises PurchaseNotFound, NoReceipt, NoAddress, SentAMomentAgo,
    SentOften."""
    purchase = lock_purchase(session, purchase_id)
    receipt = find_receipt(session, purchase_id)
    if receipt is None:
        raise NoReceipt
    buyer = get_customer(session, purchase.customer_id)
    if not buyer.may_get_mail:
        raise NoAddress
    key = _free_key(session, purchase_id)
    put_receipt(session, key, receipt, purchase, buyer, _origin(session, purchase) or origin)


def _free_key(session: AnySession, purchase_id: int) -> str:
    mails = list_mails(session, purchase_id)
    if mails and max(mail.created_at for mail in mails) > read_clock(session) - AT_MOST_EVERY:
        raise SentAMomentAgo
    used = {mail.key for mail in mails}
    key = next((key for key in copy_keys(purchase_id) if key not in used), None)
    if key is None:
        raise SentOften
    return key


def _origin(session: AnySession, purchase: Purchase) -> str:
    newest = find_newest_checkout(session, purchase.id)
    return origin_of(newest) if newest else ""
