"""Connects Scrip with Stripe: what is set up there once, and what each start compares."""

import sys
from collections.abc import Sequence

import click

from config import STRIPE_KEY, Config
from domain.origins import UnfitOrigin, normal_origin
from domain.purchases.payments.simulator_keys import is_simulators
from domain.purchases.payments.stripe import (
    API_VERSION,
    CallLimits,
    KeyRefused,
    NotAllowed,
    Stripe,
)
from domain.purchases.payments.stripe_webhooks import (
    PATH,
    Webhook,
    add_webhook,
    list_webhooks,
    of_hosts,
    remove_webhook,
)
from domain.purchases.provider import ProviderError, Refused

AT_A_START = CallLimits(5)
COMMAND = ".venv/bin/flask --app app set-up-payments"
NO_SUCH_KEY = (
    "Stripe does not know this secret key. Copy it again from Stripe's dashboard: "
    "Developers, API keys."
)

EXPLAINED: dict[type[ProviderError], str] = {
    KeyRefused: NO_SUCH_KEY,
    NotAllowed: "This key may not set up webhooks. Use the secret key of the account for this.",
    Refused: "Stripe refuses this address. It sends its events by https, over the internet.",
}


@click.command("set-up-payments")
@click.argument("address")
@click.option("--again", is_flag=True, help="Put a new webhook, with a new secret, in its place.")
def set_up_payments(address: str, *, again: bool) -> None:
    """Have Stripe send its events to Scrip, which buyers reach at ADDRESS.

    The secret key of Stripe is asked for, or read as one line from standard input when that is no
    terminal. docs/payments.md leads through all of it.
    """
    url = webhook_at(address)
    secret = set_up(Stripe(_read_key(), ""), url, again=again)
    click.echo(
        f"Stripe sends its events to {url} now. Set STRIPE_SECRET_KEY to the key that you have "
        "just used, and, as shown only now:"
        f"\n  STRIPE_WEBHOOK_SECRET={secret}"
        "\nThen start Scrip again, server and worker."
    )


def webhook_at(address: str) -> str:
    try:
        origin = normal_origin(address)
    except UnfitOrigin as problem:
        raise click.ClickException(f"{address} cannot be used. {problem}") from problem
    return f"{origin}{PATH}"


def set_up(stripe: Stripe, url: str, *, again: bool) -> str:
    """The secret of a new webhook. One that is there is only replaced `again`."""
    try:
        there = [webhook for webhook in list_webhooks(stripe) if webhook.url == url]
        if there and not again:
            raise click.ClickException(
                "Stripe has a webhook for this address. Its secret is in Stripe's dashboard: "
                "Developers, Webhooks. To put a new one in its place, add --again."
            )
        secret = add_webhook(stripe, url)
        for webhook in there:
            remove_webhook(stripe, webhook.ref)
    except ProviderError as problem:
        raise click.ClickException(_explain(problem)) from problem
    return secret


def check_payments(config: Config) -> None:
    """Prints what may be wrong; what surely is stops the start."""
    if config.stripe:
        keys = config.stripe
        stripe = Stripe(keys.secret_key, keys.webhook_secret, limits=AT_A_START)
        if warning := compare(stripe, config.hosts):
            click.echo(warning, err=True)


def compare(stripe: Stripe, hosts: Sequence[str]) -> str:
    """What to warn of; "" when Stripe sends its events here as Scrip reads them. An error where
    they would be misread."""
    try:
        ours = of_hosts(list_webhooks(stripe), hosts)
    except KeyRefused as problem:
        raise click.ClickException(f"STRIPE_SECRET_KEY: {NO_SUCH_KEY}") from problem
    except NotAllowed:
        return "STRIPE_SECRET_KEY may not read webhooks: whether they fit is not known."
    except ProviderError:
        return "Stripe does not answer. Until it does, nothing can be bought."
    if any(webhook.fits for webhook in ours):
        return ""
    if hosts and ours:
        _refuse_other_versions(ours)
    where = f"for {', '.join(hosts)}" if hosts else "with the path " + PATH
    return (
        f"Stripe has no webhook {where} that sends all that Scrip reads. Purchases are only found "
        f"to be paid when somebody looks. Run: {COMMAND} https://… --again"
    )


def _refuse_other_versions(webhooks: Sequence[Webhook]) -> None:
    versions = {webhook.api_version for webhook in webhooks if webhook.is_on}
    if versions and API_VERSION not in versions:
        sent = ", ".join(sorted(version or "that of the account" for version in versions))
        raise click.ClickException(
            f"The webhook at Stripe sends the version {sent}, and Scrip reads {API_VERSION}. "
            f"Run: {COMMAND} https://… --again"
        )


def _explain(problem: ProviderError) -> str:
    for kind, words in EXPLAINED.items():
        if isinstance(problem, kind):
            return words
    return "Stripe does not answer. Whether it did anything is not known: run this again."


def _read_key() -> str:
    if sys.stdin.isatty():
        key = str(click.prompt("Secret key of Stripe", hide_input=True))
    else:
        key = sys.stdin.readline()
    key = key.strip()
    if not STRIPE_KEY.fullmatch(key) or is_simulators(key):
        raise click.ClickException("This is no secret key of Stripe: it begins with sk_ or rk_.")
    return key
