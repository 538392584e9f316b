"""Payment links as tests make them and pay through them."""

from functools import partial

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.database import write
from domain.purchases.payment_links import Wanted, make_link
from tests.checkouts import AGREED
from tests.conftest import ADMIN


def new_link(session: Session, customer_id: int, package_id: int = 1, days: int = 7) -> str:
    """The token."""
    wanted = Wanted(customer_id, package_id, days, ADMIN)
    return write(session, partial(make_link, wanted=wanted))


def page_of(token: str) -> str:
    return f"/pay/{token}?lang=en"


def press_buy(client: FlaskClient, token: str, **typed: str) -> TestResponse:
    """As a browser sends it, without any cookie."""
    return client.post(page_of(token), data=AGREED | typed)
