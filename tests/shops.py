"""Scrip with the payment simulator as its provider: what buyers do there."""

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from blueprints.payment_provider import FOR_A_SYNC, connect
from domain.purchases.models import Checkout
from domain.purchases.opening import open_checkout
from tests.conftest import config_for
from tests.purchases import new_checkout
from tests.simulator import Simulator


def begin(shop: Flask, session: Session) -> tuple[str, str]:
    """The page of a purchase whose buyer is at the provider, and what the provider calls it."""
    provider = connect(shop.extensions["scrip"], FOR_A_SYNC)
    assert provider
    started = new_checkout(session, provider=provider.name)
    open_checkout(session, provider, started.checkout_id)
    ref = session.scalar(select(Checkout.ref).where(Checkout.id == started.checkout_id))
    session.rollback()
    return f"/purchases/{started.purchase_id}", ref or ""


def keep_shop(database: str, simulator: Simulator, kept: dict[str, Flask]) -> Flask:
    """One application with that simulator as its provider, for all tests that share the database
    of this name."""
    name = f"{database} {simulator.port}"
    if name not in kept:
        kept[name] = create_app(config_for(database, simulator_port=simulator.port))
    return kept[name]
