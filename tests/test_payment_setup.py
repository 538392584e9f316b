"""The webhook at Stripe: made by a command, compared at each start."""

from typing import Any

import click
import pytest
from flask import Flask

from domain.purchases.payments.stripe import API_VERSION, Stripe
from domain.purchases.payments.stripe_webhooks import PATH, add_webhook, list_webhooks
from payment_setup import check_payments, compare, set_up, webhook_at
from tests.conftest import config_for
from tests.simulator import Simulator

HOST = "credits.example.com"
URL = f"https://{HOST}{PATH}"


@pytest.fixture
def stripe(simulator: Simulator) -> Stripe:
    return Stripe(simulator.key, simulator.secret, simulator.url)


def test_a_webhook_is_made_once_and_made_anew_when_asked(stripe: Stripe) -> None:
    """Caught: a second webhook for the address, whose events are refused for their signature."""
    first = set_up(stripe, webhook_at("https://Credits.example.com/"), again=False)
    assert first.startswith("whsec_")
    [made] = list_webhooks(stripe)
    assert (made.url, made.fits) == (URL, True)
    with pytest.raises(click.ClickException, match="has a webhook for this address"):
        set_up(stripe, URL, again=False)
    assert set_up(stripe, URL, again=True) != first
    [new] = list_webhooks(stripe)
    assert new.ref != made.ref


def test_what_cannot_be_used_is_said(simulator: Simulator) -> None:
    with pytest.raises(click.ClickException, match="Start it with https://"):
        webhook_at("credits.example.com")
    of_others = Stripe("sk_test_of_others", "", simulator.url)
    with pytest.raises(click.ClickException, match="does not know this secret key"):
        set_up(of_others, URL, again=False)
    with pytest.raises(click.ClickException, match="run this again"):
        set_up(Stripe("sk_test_a", "", "http://127.0.0.1:9"), URL, again=False)


def test_the_command_takes_secret_keys_only(app: Flask) -> None:
    command = ["set-up-payments", "https://credits.example.com"]
    for key in ("", "pk_test_a", "sk_test_simulator_a", "sk_test_ü"):
        result = app.test_cli_runner().invoke(args=command, input=f"{key}\n")
        assert result.exit_code == 1
        assert "This is no secret key of Stripe" in result.stderr


def test_a_start_compares_what_it_can(stripe: Stripe, simulator: Simulator) -> None:
    assert compare(stripe, [HOST]).startswith(f"Stripe has no webhook for {HOST}")
    add_webhook(stripe, "https://other.example/webhooks/stripe")
    assert compare(stripe, [HOST]).startswith("Stripe has no webhook")
    add_webhook(stripe, URL)
    assert compare(stripe, ["a.example", HOST]) == ""
    assert compare(stripe, []) == ""
    away = Stripe(simulator.key, "", "http://127.0.0.1:9")
    assert compare(away, [HOST]).startswith("Stripe does not answer.")
    check_payments(config_for("sqlite:////nowhere"))  # asks nobody: there are no keys


def test_a_start_refuses_what_would_be_misread(stripe: Stripe, simulator: Simulator) -> None:
    """Caught: a webhook that an older Scrip made, whose events have other fields."""
    events: Any = ["checkout.session.completed"]
    older: Any = "2025-03-31.basil"
    with stripe.calls() as v1:
        v1().webhook_endpoints.create({"url": URL, "enabled_events": events, "api_version": older})
    with pytest.raises(
        click.ClickException, match=f"2025-03-31.basil, and Scrip reads {API_VERSION}"
    ):
        compare(stripe, [HOST])
    assert compare(stripe, []).startswith("Stripe has no webhook with the path")
    with pytest.raises(click.ClickException, match="STRIPE_SECRET_KEY: Stripe does not know"):
        compare(Stripe("sk_test_of_others", "", simulator.url), [HOST])
