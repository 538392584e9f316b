"""Which customer is signed in in this browser. Their cookie has nothing to do with the admins'."""

from flask import abort, current_app, g, request
from sqlalchemy.exc import OperationalError
from werkzeug import Response

from blueprints import cookies
from domain.customers import sessions
from domain.customers.sessions import SignedInCustomer
from domain.database import writing
from domain.time_budget import OPTIONAL_SECONDS, time_budget
from extensions import db


def current_customer() -> SignedInCustomer | None:
    """The customer behind this request; also notes that someone is there."""
    if "customer" not in g:
        g.customer = _find(request.cookies.get(cookie_name(), ""))
    customer: SignedInCustomer | None = g.customer
    return customer


def own_language() -> str:
    """The language of the customer, once a page has asked who it is; "" when it has not. Asks no
    database, so that error pages can ask."""
    customer: SignedInCustomer | None = g.get("customer")
    return customer.language if customer else ""


def this_customer() -> SignedInCustomer:
    """The same on pages for customers alone, whom the guard of these pages has let in."""
    return current_customer() or abort(401)


def sign_in_at_once(token: str) -> None:
    """The rest of this request is that of the customer whose session was just opened."""
    g.customer = _find(token)


def keep_signed_in(answer: Response, token: str) -> None:
    """Gives this browser the key to a session that was just opened."""
    cookies.keep(answer, cookie_name(), token, int(sessions.ABSOLUTE.total_seconds()))


def forget_sign_in(answer: Response) -> None:
    cookies.drop(answer, cookie_name())


def cookie_name() -> str:
    return cookies.own_name("customer")


def _find(token: str) -> SignedInCustomer | None:
    customer = sessions.find_session(db.session, token) if token else None
    if customer and customer.needs_touch:
        _note_activity(token)
    return customer


def _note_activity(token: str) -> None:
    """In a short transaction of its own; a database that is busy is no reason to refuse."""
    try:
        with time_budget(OPTIONAL_SECONDS), writing(db.session):
            sessions.touch(db.session, token)
    except OperationalError as error:
        current_app.logger.warning("A customer's sign-in could not be touched: %s", error)
