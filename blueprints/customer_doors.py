"""What the doors for customers share: who visits, and the key to the session for this browser."""

from flask import current_app, redirect
from werkzeug import Response

from blueprints.customer_sign_in import current_customer, keep_signed_in
from blueprints.device_labels import this_device
from blueprints.devices import CUSTOMERS, remember_device
from blueprints.locale import language, operators_language
from blueprints.safe_redirect import next_path
from domain.customers.sign_in import Opened, Visit
from domain.database import AnySession
from domain.notices.acts import note

HOME = "/account"


def this_visit() -> Visit:
    return Visit(this_device(), language(), current_customer())


def note_new(session: AnySession, opened: Opened) -> None:
    """A notice to admins about a new customer; in the transaction that made them."""
    if opened.is_new:
        data = {"customer": opened.customer_id}
        note(session, "customer_joined", data, language=operators_language())


def let_in(opened: Opened, email: str) -> Response:
    """Leads on to where the customer was going."""
    answer = redirect(next_path(HOME), 303)
    give_key(answer, opened, email)
    return answer


def give_key(answer: Response, opened: Opened, email: str) -> None:
    """This browser is signed in; it may ask for codes to the address even while others ask for too
    many."""
    current_app.logger.info("Customer %s signed in", opened.customer_id)
    keep_signed_in(answer, opened.token)
    remember_device(answer, email, CUSTOMERS)
