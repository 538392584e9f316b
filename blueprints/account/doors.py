"""What both doors share: who visits, and the key to the customer's session for this browser."""

from flask import current_app, redirect, request
from werkzeug import Response

from blueprints.account.devices import device_label
from blueprints.customer_sign_in import current_customer, keep_signed_in
from blueprints.devices import CUSTOMERS, remember_device
from blueprints.locale import language, operators_language
from blueprints.safe_redirect import next_path
from domain.customers.sign_in import Opened, Visit
from domain.database import AnySession
from domain.notices.acts import note

HOME = "/account"


def this_visit() -> Visit:
    return Visit(device_label(request.user_agent.string), language(), current_customer())


def note_new(session: AnySession, opened: Opened) -> None:
    """A notice to admins about a new customer; in the transaction that made them."""
    if opened.is_new:
        data = {"customer": opened.customer_id}
        note(session, "customer_joined", data, language=operators_language())


def let_in(opened: Opened, email: str) -> Response:
    """Leads on to where the customer was going; this browser may ask for codes to the address even
    while others ask for too many."""
    current_app.logger.info("Customer %s signed in", opened.customer_id)
    answer = redirect(next_path(HOME), 303)
    keep_signed_in(answer, opened.token)
    remember_device(answer, email, CUSTOMERS)
    return answer
