"""The checkout as a test goes through it: a package on sale, and the form as browsers send it."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from blueprints.checkout.withdrawal import VERSION
from domain.purchases.models import Checkout, Purchase
from tests.account_pages import customer_client, send_form
from tests.customers import add_customer
from tests.page_helpers import add, apply_all, edit_market

BUY = "/checkout/1?release=1&country=DE&lang=en"
OFFER = {"price_minor": "2089", "currency": "EUR", "credits": "100"}
AGREED = OFFER | {"consent": VERSION}


def make_shop(session: Session) -> None:
    """Package 1 is "Start": 100 credits for 20.89 euros in Germany, 19% tax included."""
    add(session, "Start", credits=100, price_minor=2089, country="DE", currency="EUR")
    edit_market(session, "DE", tax="included", tax_basis_points=1900)
    apply_all(session)


def new_buyer(app: Flask, engine: Engine, **person: str) -> FlaskClient:
    """A browser in which Ayşe is signed in, or somebody else."""
    return customer_client(app, engine, add_customer(engine, **person))


def press_buy(client: FlaskClient, path: str = BUY, **typed: str) -> TestResponse:
    """With all that is asked for, unless said otherwise."""
    return send_form(client, path, **AGREED | typed)


def count(session: Session, table: type[Purchase | Checkout]) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(table)) or 0


def only_purchase(session: Session) -> Purchase:
    session.rollback()
    return session.scalars(select(Purchase)).one()
