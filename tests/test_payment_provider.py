"""Which provider takes the payments, and how many calls of it may wait at once."""

from contextlib import ExitStack

import pytest

from blueprints.payment_provider import (
    FOR_A_SYNC,
    MOST_AT_ONCE,
    TooBusy,
    connect,
    price_rule,
    room_for_a_checkout,
    room_for_a_sync,
)
from config import StripeKeys
from tests.conftest import config_for

NOWHERE = "sqlite:///unused"


def test_the_environment_chooses_the_provider() -> None:
    """Caught: a simulator that takes the payments of production."""
    keys = StripeKeys("sk_live_a", "whsec_a")
    stripe = connect(config_for(NOWHERE, stripe=keys, mode="live"), FOR_A_SYNC)
    assert stripe
    assert (stripe.name, stripe.is_live) == ("stripe", True)
    assert stripe.origins == ("https://checkout.stripe.com",)
    simulator = connect(config_for(NOWHERE, simulator_port=8123), FOR_A_SYNC)
    assert simulator
    assert (simulator.name, simulator.is_live) == ("simulator", False)
    assert simulator.origins == ("http://127.0.0.1:8123",)
    for nobody in ({"mode": "live"}, {"production": True}):
        config = config_for(NOWHERE, **nobody)
        assert connect(config, FOR_A_SYNC) is None
        assert price_rule(config)(1, "USD") is None
    assert price_rule(config_for(NOWHERE))(1, "USD")


def test_few_calls_wait_at_once() -> None:
    """Caught: a slow provider that holds every thread of the server, and room that is not given
    back after an error."""
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), ExitStack() as stack:
            for _ in range(MOST_AT_ONCE):
                stack.enter_context(room_for_a_checkout())
                assert stack.enter_context(room_for_a_sync())
            with pytest.raises(TooBusy):
                stack.enter_context(room_for_a_checkout())
            with room_for_a_sync() as has_room:
                assert not has_room
            raise ZeroDivisionError
