"""What Scrip asks of a payment provider, in words of our own. Pure.

Networks fail: each act can be repeated under its key and then does nothing new.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from domain.messages import Message
from domain.purchases.rules import Failure

PaymentStatus = Literal["open", "processing", "paid", "expired", "failed"]
RefundStatus = Literal["pending", "succeeded", "failed", "canceled", "unknown"]
DisputeStatus = Literal["open", "won", "lost", "unknown"]


class Order(NamedTuple):
    """What a checkout asks for: all of it frozen, so that a repeated request is the same."""

    checkout_key: str  # the idempotency key
    purchase_key: str
    metadata: Mapping[str, str]  # enough to rebuild the purchase
    name: str
    credits: int
    price_minor: int
    currency: str
    language: str
    email: str | None
    return_url: str
    cancel_url: str
    expires_at: datetime


class Opened(NamedTuple):
    """A checkout as the provider has it: the buyer pays at `url`."""

    ref: str
    url: str
    expires_at: datetime


class ListedCheckout(NamedTuple):
    """One of ours as a list of the provider's has it. `metadata` is what it keeps of the order, and
    `email` what the buyer typed there, or came with. Whether one that is `processing` has failed,
    only `fetch_payment` says."""

    ref: str
    purchase_key: str
    metadata: Mapping[str, str]
    status: PaymentStatus
    amount_minor: int
    currency: str
    is_live: bool
    created_at: datetime
    expires_at: datetime
    email: str | None
    url: str
    return_url: str
    cancel_url: str


class Card(NamedTuple):
    """All that is known of a card; `was_confirmed`: the bank asked its owner."""

    brand: str
    last4: str
    country: str | None
    was_confirmed: bool = False


class Refund(NamedTuple):
    """With the `key` by which it was asked for; None when somebody else did that."""

    ref: str
    amount_minor: int
    currency: str
    status: RefundStatus
    key: str | None = None


class Dispute(NamedTuple):
    ref: str
    amount_minor: int
    currency: str
    status: DisputeStatus
    reason: str
    answer_by: datetime | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that the provider knows of a checkout and its payment at one moment."""

    ref: str
    status: PaymentStatus
    amount_minor: int
    currency: str
    purchase_key: str
    is_live: bool
    payment_ref: str | None = None
    failure: Failure | None = None  # of the last try
    is_fraud: bool = False  # whether that was refused as a fraud, which is never said to buyers
    failed_at: datetime | None = None
    card: Card | None = None  # of the payment, or of the last try
    paid_at: datetime | None = None
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    email: str | None = field(default=None, compare=False, repr=False)  # as the provider has it


class Event(NamedTuple):
    """What the provider reports: about which payment, and nothing else. `ref` is that of a
    checkout, or of a payment; `purchase_key` is ours, where it says so."""

    id: str
    kind: str
    ref: str
    purchase_key: str | None
    happened_at: datetime


class Provider(Protocol):
    """Raises `Unreachable`, `Refused`, `UnknownRef`, and no other errors."""

    @property
    def name(self) -> str: ...

    @property
    def is_live(self) -> bool: ...

    @property
    def origins(self) -> tuple[str, ...]:
        """Where its pages are, for `form-action`: "https://checkout.stripe.com"."""
        ...

    def problem(self, price_minor: int, currency: str) -> Message | None:
        """Why it would refuse this price; None when it takes it. Asks nobody."""
        ...

    def create_checkout(self, order: Order) -> Opened:
        """The same order again is answered by the same checkout."""
        ...

    def fetch_payment(self, ref: str) -> Snapshot: ...

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> list[Event]:
        """Checks who sent it, and nothing else. Raises BadSignature, OtherMode."""
        ...

    def refund(self, payment_ref: str, amount_minor: int, key: str) -> Refund:
        """Asked for again by the same key it is the same one, for a day; see also refunding.py."""
        ...

    def expire_checkout(self, ref: str) -> Snapshot:
        """How it is afterwards: paid, perhaps, when the buyer was faster."""
        ...

    def list_events(self, since: datetime) -> Iterator[Event]:
        """All since then, for those whose webhook was lost."""
        ...

    def list_checkouts(self, since: datetime) -> Iterator[ListedCheckout]:
        """All of ours that were opened since then, for a database that has lost them."""
        ...


class ProviderError(Exception):
    """Base of what can go wrong with a provider. `detail` is for the log, never for buyers."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class Unreachable(ProviderError):
    """No answer, or one that says: later. Whether it did what was asked is not known."""


class Refused(ProviderError):
    """It will not do that, now or later."""


class UnknownRef(ProviderError):
    """It has nothing of this name."""


class BadSignature(ProviderError):
    """Not sent by the provider, or too long ago."""


class OtherMode(ProviderError):
    """An event of a test for a live database, or the other way round."""
