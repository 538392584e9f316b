"""A purchase of who is signed in, as the pages of a withdrawal show it."""

from typing import NamedTuple

from blueprints.customer_sign_in import current_customer
from domain.customers.customers import get_customer
from domain.database import read_clock
from domain.purchases.errors import PurchaseNotFound
from domain.purchases.models import Purchase
from domain.purchases.queries import get_own
from domain.purchases.withdrawal_decisions import find_withdrawal
from domain.purchases.withdrawal_models import Withdrawal
from domain.purchases.withdrawal_rules import Share
from domain.purchases.withdrawals import Outlook, find_own, look_ahead
from extensions import db


class Own(NamedTuple):
    """Paid; with what a withdrawal comes to, or the one that there is already. Its acknowledgement
    goes `mail_to`, "" where no email is known that is surely the buyer's."""

    purchase: Purchase
    outlook: Outlook
    withdrawal: Withdrawal | None
    mail_to: str

    @property
    def share(self) -> Share:
        """That of when it was received, if it was."""
        it = self.withdrawal
        return Share(it.unspent, it.kept, it.amount_minor) if it else self.outlook.share


def find_called(number: str) -> Own | None:
    """By the number of the purchase or its receipt; None for another customer's, too."""
    me = current_customer()
    purchase = find_own(db.session, number, me.customer_id) if me else None
    return _read(purchase) if purchase else None


def find_withdrawn(purchase_id: int) -> Own | None:
    """The same by the purchase's own id, once it is withdrawn from."""
    me = current_customer()
    try:
        own = _read(get_own(db.session, purchase_id, me.customer_id)) if me else None
    except PurchaseNotFound:
        return None
    return own if own and own.withdrawal else None


def _read(purchase: Purchase) -> Own:
    outlook = look_ahead(db.session, purchase, read_clock(db.session))
    buyer = get_customer(db.session, purchase.customer_id)
    mail_to = buyer.email if buyer.may_get_mail else None
    return Own(purchase, outlook, find_withdrawal(db.session, purchase.id), mail_to or "")
