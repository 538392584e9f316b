"""Which provider takes the payments, and how many calls of it may be under way in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from flask import current_app

from config import Config
from domain.catalogue.packages.rules import PriceRule, take_all
from domain.purchases.payments.simulator_keys import simulator_key, simulator_secret
from domain.purchases.payments.stripe import CallLimits, Stripe
from domain.purchases.provider import Provider

# Buyers wait for these. Each holds a thread of the server, of which there are few.
FOR_A_NEW_CHECKOUT = CallLimits(10, retries=1)
FOR_A_SYNC = CallLimits(3)
MOST_AT_ONCE = 2
_new_checkouts = BoundedSemaphore(MOST_AT_ONCE)
_syncs = BoundedSemaphore(MOST_AT_ONCE)


class TooBusy(Exception):
    """As many calls of the provider as may be are under way: try again in a moment."""


def provider(limits: CallLimits = FOR_A_NEW_CHECKOUT) -> Provider | None:
    """None while no provider is connected, and nothing can be sold."""
    return connect(current_app.extensions["scrip"], limits)


def connect(config: Config, limits: CallLimits) -> Stripe | None:
    if config.stripe:
        return Stripe(config.stripe.secret_key, config.stripe.webhook_secret, limits=limits)
    if not config.simulates_payments:
        return None
    return Stripe(
        simulator_key(config.secret_key),
        simulator_secret(config.secret_key),
        config.simulator_address,
        limits,
    )


def price_rule(config: Config) -> PriceRule:
    """Which prices the provider refuses. It is not asked."""
    connected = connect(config, FOR_A_SYNC)
    return connected.problem if connected else take_all


@contextmanager
def room_for_a_checkout() -> Iterator[None]:
    """Around a call that a buyer's press of the button makes. Raises TooBusy."""
    if not _new_checkouts.acquire(blocking=False):
        raise TooBusy
    try:
        yield
    finally:
        _new_checkouts.release()


@contextmanager
def room_for_a_sync() -> Iterator[bool]:
    """Around a call that a page would like to make. False: leave it to the worker."""
    has_room = _syncs.acquire(blocking=False)
    try:
        yield has_room
    finally:
        if has_room:
            _syncs.release()
