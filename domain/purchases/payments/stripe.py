"""Stripe by its official library, with its hosted page: no card number comes near Scrip.

To load the library takes a third of a second. Who only asks for prices and origins does without.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from domain.messages import Message
from domain.purchases.payments import stripe_money as money
from domain.purchases.payments import stripe_words as words
from domain.purchases.provider import (
    BadSignature,
    Event,
    ListedCheckout,
    Opened,
    Order,
    OtherMode,
    ProviderError,
    Refund,
    Refused,
    Snapshot,
    UnknownRef,
    Unreachable,
)

if TYPE_CHECKING:
    from requests import Session
    from stripe import StripeClient, StripeError
    from stripe._v1_services import V1Services
    from stripe.params import EventListParams
    from stripe.params.checkout import (
        SessionCreateParams,
        SessionCreateParamsLineItemPriceData,
        SessionListParams,
    )

# Of the library, too: to raise it, read Stripe's changelog, and make the webhook again.
API_VERSION: Final = "2026-10-28.endive"
PAGES = "https://checkout.stripe.com"
LIVE_KEYS = ("sk_live_", "rk_live_")
PAGE = 100
WITH_CHARGE = "payment_intent.latest_charge"


class CallLimits(NamedTuple):
    """How long all calls of one method may take together, and how often each is tried again."""

    seconds: float
    retries: int = 0


IN_BACKGROUND = CallLimits(20, retries=2)


class KeyRefused(Unreachable):
    """Stripe does not know the key. Once the operator has mended that, the same call works."""


class NotAllowed(Unreachable):
    """Stripe lets the key do less than this. Once that is mended, the same call works."""


# 404: of something on the way; 409: the same request is still running; 429: too many.
NAMED: Mapping[int, type[ProviderError]] = {
    **{401: KeyRefused, 403: NotAllowed, 404: Unreachable},
    **{409: Unreachable, 429: Unreachable},
}
MISSING = (404, "resource_missing")  # it is Stripe that says so
# What comes of an answer that is none of Stripe's, or that the library stumbles over.
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError)

log = logging.getLogger("scrip.payments")


@dataclass(frozen=True)
class Stripe:
    """A `Provider`. With the address of a `simulator` it is that one that is asked."""

    secret_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    simulator: str = ""
    limits: CallLimits = IN_BACKGROUND

    @property
    def name(self) -> str:
        return "simulator" if self.simulator else "stripe"

    @property
    def is_live(self) -> bool:
        return self.secret_key.startswith(LIVE_KEYS)

    @property
    def origins(self) -> tuple[str, ...]:
        return (self.simulator or PAGES,)

    def problem(self, price_minor: int, currency: str) -> Message | None:
        return money.problem(price_minor, currency)

    def create_checkout(self, order: Order) -> Opened:
        with self.calls() as v1:
            key = order.checkout_key
            session = v1().checkout.sessions.create(_params(order), {"idempotency_key": key})
            return words.read_opened(session.to_dict())

    def fetch_payment(self, ref: str) -> Snapshot:
        """By three calls what was paid, by one what was not."""
        with self.calls() as v1:
            fetched = v1().checkout.sessions.retrieve(ref, {"expand": [WITH_CHARGE]})
            session = fetched.to_dict()
            seen = words.read_snapshot(session)
            if seen.status != "paid" or seen.payment_ref is None:
                return seen
            refunds = v1().refunds.list({"payment_intent": seen.payment_ref, "limit": PAGE})
            disputes = v1().disputes.list({"payment_intent": seen.payment_ref, "limit": PAGE})
            return words.read_snapshot(
                session,
                [refund.to_dict() for refund in refunds.auto_paging_iter()],
                [dispute.to_dict() for dispute in disputes.auto_paging_iter()],
            )

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> list[Event]:
        self._verify(body, headers.get("Stripe-Signature", ""))
        event = json.loads(body)
        if event.get("object") != "event":
            return []
        if event["livemode"] != self.is_live:
            raise OtherMode(event["id"])
        return [words.read_event(event)]

    def refund(self, payment_ref: str, amount_minor: int, key: str) -> Refund:
        with self.calls() as v1:
            currency = v1().payment_intents.retrieve(payment_ref).currency.upper()
            amount = money.to_stripe(amount_minor, currency)
            refund = v1().refunds.create(
                {
                    "payment_intent": payment_ref,
                    "amount": amount,
                    "metadata": {words.REFUND: key},
                },
                {"idempotency_key": key},
            )
            return words.read_refund(refund.to_dict())

    def expire_checkout(self, ref: str) -> Snapshot:
        with suppress(Refused), self.calls() as v1:  # it is over already, paid perhaps
            v1().checkout.sessions.expire(ref)
        return self.fetch_payment(ref)

    def list_events(self, since: datetime) -> Iterator[Event]:
        after: EventListParams = {
            "created": {"gte": int(since.timestamp())},
            "types": list(words.EVENTS),
            "limit": PAGE,
        }
        with self.calls() as v1:
            for event in v1().events.list(after).auto_paging_iter():
                yield words.read_event(event.to_dict())

    def list_checkouts(self, since: datetime) -> Iterator[ListedCheckout]:
        after: SessionListParams = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
        with self.calls() as v1:
            for listed in v1().checkout.sessions.list(after).auto_paging_iter():
                session = listed.to_dict()
                if words.purchase_key(session):
                    yield words.read_listed(session)

    def _verify(self, body: bytes, signature: str) -> None:
        import stripe

        if not signature.isascii():
            raise BadSignature("no ASCII")
        within = stripe.Webhook.DEFAULT_TOLERANCE
        try:
            stripe.WebhookSignature.verify_header(body, signature, self.webhook_secret, within)
        except (stripe.SignatureVerificationError, UnicodeDecodeError) as problem:
            raise BadSignature(type(problem).__name__) from problem

    @contextmanager
    def calls(self) -> Iterator[Callable[[], "V1Services"]]:
        """Gives a client for each call, which has what is left of the time."""
        import stripe

        ends = time.monotonic() + self.limits.seconds
        try:
            yield lambda: self._client(ends - time.monotonic()).v1
        except stripe.StripeError as problem:
            raise _translate(problem) from problem
        except UNREADABLE as problem:
            log.error("An answer of Stripe cannot be read", exc_info=problem)
            raise Unreachable(f"{type(problem).__name__} in an answer") from problem

    def _client(self, seconds: float) -> "StripeClient":
        import stripe

        if seconds <= 0:
            raise Unreachable("no time is left")
        stripe.enable_telemetry = False
        logging.getLogger("stripe").setLevel(logging.WARNING)  # it notes emails that Stripe refuses
        session = _connections(trusts_environment=not self.simulator)
        return stripe.StripeClient(
            self.secret_key,
            stripe_version=API_VERSION,
            base_addresses={"api": self.simulator or stripe.DEFAULT_API_BASE},
            max_network_retries=self.limits.retries,
            http_client=stripe.RequestsClient(timeout=seconds, session=session),
        )


@lru_cache
def _connections(*, trusts_environment: bool) -> "Session":
    """One for all threads, so that connections are used again. A proxy for the internet does not
    lead to the simulator."""
    import requests

    session = requests.Session()
    session.trust_env = trusts_environment
    return session


def _params(order: Order) -> "SessionCreateParams":
    """An intent has metadata of its own: charges copy that of theirs."""
    try:
        amount = money.to_stripe(order.price_minor, order.currency)
    except ValueError as problem:
        raise Refused(str(problem)) from problem
    metadata = {**order.metadata, words.PURCHASE: order.purchase_key}
    price: SessionCreateParamsLineItemPriceData = {
        "currency": order.currency.lower(),
        "unit_amount": amount,
        "product_data": {"name": order.name},
    }
    params: SessionCreateParams = {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "submit_type": "pay",
        "line_items": [{"quantity": 1, "price_data": price}],
        "adaptive_pricing": {"enabled": False},  # else the account's own setting decides
        "locale": words.LOCALES.get(order.language, words.AUTO),
        "client_reference_id": order.purchase_key,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "success_url": order.return_url,
        "cancel_url": order.cancel_url,
        "expires_at": int(order.expires_at.timestamp()),
    }
    if order.email and order.email.isascii():  # else the buyer types one that Stripe takes
        params["customer_email"] = order.email
    return params


def _translate(problem: "StripeError") -> ProviderError:
    """By status and code, never by what Stripe says."""
    status = problem.http_status or 0
    detail = f"{type(problem).__name__}, status {status}, code {problem.code}"
    if (status, problem.code) == MISSING:
        return UnknownRef(detail)
    if status in NAMED:
        return NAMED[status](detail)
    return (Refused if 400 <= status < 500 else Unreachable)(detail)
