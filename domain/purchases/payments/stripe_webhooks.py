"""Where Stripe sends its events: made by a command, compared at each start."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from domain.purchases.payments import stripe_words as words
from domain.purchases.payments.stripe import API_VERSION, PAGE, Stripe

PATH = "/webhooks/stripe"


class Webhook(NamedTuple):
    """Its events come in the version `api_version`; None for that of the account."""

    ref: str
    url: str
    api_version: str | None
    events: frozenset[str]
    is_on: bool

    @property
    def fits(self) -> bool:
        """Whether all that Scrip wants to hear comes as Scrip reads it."""
        is_whole = "*" in self.events or self.events >= set(words.EVENTS)
        return self.is_on and is_whole and self.api_version == API_VERSION


def list_webhooks(stripe: Stripe) -> list[Webhook]:
    with stripe.calls() as v1:
        found = v1().webhook_endpoints.list({"limit": PAGE})
        return [_read(endpoint.to_dict()) for endpoint in found.auto_paging_iter()]


def add_webhook(stripe: Stripe, url: str) -> str:
    """Its secret, which Stripe tells only now."""
    events: Any = list(words.EVENTS)  # the library wants them as literals
    with stripe.calls() as v1:
        endpoint = v1().webhook_endpoints.create(
            {"url": url, "api_version": API_VERSION, "enabled_events": events}
        )
        return str(endpoint.to_dict()["secret"])


def remove_webhook(stripe: Stripe, ref: str) -> None:
    with stripe.calls() as v1:
        v1().webhook_endpoints.delete(ref)


def of_hosts(webhooks: Iterable[Webhook], hosts: Iterable[str]) -> list[Webhook]:
    """Those that send to Scrip at one of these, which are as in HOSTS; at any host if empty."""
    return [webhook for webhook in webhooks if _is_ours(urlsplit(webhook.url), tuple(hosts))]


def _read(endpoint: words.Object) -> Webhook:
    return Webhook(
        endpoint["id"],
        endpoint["url"],
        endpoint.get("api_version"),
        frozenset(endpoint["enabled_events"]),
        endpoint["status"] == "enabled",
    )


def _is_ours(url: SplitResult, hosts: tuple[str, ...]) -> bool:
    if url.path != PATH:
        return False
    host = url.hostname or ""
    return not hosts or any(_is_of(host, urlsplit(f"//{name}").hostname or "") for name in hosts)


def _is_of(host: str, name: str) -> bool:
    return host == name or (name.startswith(".") and f".{host}".endswith(name))
