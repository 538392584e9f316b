"""The tables of buying. Amounts are integers of minor units; `key` names a row at the provider, for
good: after a restore, numbers may be given again.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import SchemaItem

from domain.database import Base, Id, UtcDateTime, utc_now
from domain.emails import EMAIL_CHARACTERS
from domain.networks import NETWORK_CHARACTERS
from domain.purchases.rules import (
    COMPANY_CHARACTERS,
    EVENT_KIND_CHARACTERS,
    KEY_HEX,
    REF_CHARACTERS,
    TAX_NUMBER_CHARACTERS,
    WORD,
    CheckoutState,
    Failure,
    Hold,
    State,
    Step,
)

PACKAGE_NAME = 80
IS_DUE, IS_HELD = text("due_at IS NOT NULL"), text("hold IS NOT NULL")
IS_UNPAID = text("state IN ('open', 'failed', 'expired')")
IS_PAID, IS_NEVER_SENT = text("paid_at IS NOT NULL"), text("ref IS NULL")
MAY_BE_PAID = text("state IN ('new', 'open')")


def one_of(column: str, words: Iterable[str]) -> SchemaItem:
    return CheckConstraint(
        f"{column} IN ({', '.join(repr(str(word)) for word in words)})", name=column
    )


class Purchase(Base):
    """One purchase; its `id` is the number that people see. All above `state` is frozen.

    `due_at` is when to sync it next: a worker that begins to sync puts it off. Every other change
    raises `version`. `payment_ref` is of the payment that counts. `taken_credits` are gone with
    money that went back, as far as they are not `forgiven_credits`: those were spent, owed, and
    then let go. `is_fraud` is for admins alone: buyers read `failure`.
    """

    __tablename__ = "purchase"
    __table_args__ = (
        one_of("state", State),
        one_of("hold", Hold),
        one_of("failure", Failure),
        one_of("mode", ("test", "live")),
        CheckConstraint(f"length(key) = {KEY_HEX}", name="key_length"),
        CheckConstraint("credits > 0", name="credits"),
        CheckConstraint("price_minor > 0", name="price_minor"),
        CheckConstraint("0 <= tax_minor AND tax_minor <= price_minor", name="tax_minor"),
        CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid_at"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint("length(country) = 2", name="country_length"),
        CheckConstraint(
            "0 <= taken_credits AND 0 <= forgiven_credits"
            " AND taken_credits + forgiven_credits <= credits",
            name="taken_credits",
        ),
        Index(None, "state", "id"),
        # The list counts states of all, of a market, or of who was looked for, by these alone.
        Index(None, "state", "failure", "hold"),
        Index("ix_purchase_country", "country", "id", "state", "failure", "hold"),
        Index("ix_purchase_customer", "customer_id", "id", "state", "failure", "hold"),
        Index(None, "package_id", "id"),
        Index(None, "created_at"),
        Index("ix_purchase_due", "due_at", "id", sqlite_where=IS_DUE, postgresql_where=IS_DUE),
        Index("ix_purchase_held", "id", sqlite_where=IS_HELD, postgresql_where=IS_HELD),
        # Failed payments are put together by these alone.
        Index(
            "ix_purchase_unpaid",
            *("id", "customer_id", "package_id", "created_at", "state", "failure", "hold"),
            *("is_fraud", "card_last4"),
            sqlite_where=IS_UNPAID,
            postgresql_where=IS_UNPAID,
        ),
        Index(
            "ix_purchase_paid",
            *("customer_id", "package_id", "paid_at"),
            sqlite_where=IS_PAID,
            postgresql_where=IS_PAID,
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(KEY_HEX), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    package_id: Mapped[int] = mapped_column(BigInteger)
    released_id: Mapped[int] = mapped_column(ForeignKey("released_package.id"))
    release_number: Mapped[int]
    name: Mapped[str] = mapped_column(String(PACKAGE_NAME))
    credits: Mapped[int] = mapped_column(BigInteger)
    price_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    country: Mapped[str] = mapped_column(String(2))
    language: Mapped[str] = mapped_column(String(2))
    tax: Mapped[str] = mapped_column(String(20))
    tax_basis_points: Mapped[int]
    tax_minor: Mapped[int] = mapped_column(BigInteger)
    consent: Mapped[str] = mapped_column(String(WORD))
    buyer_company: Mapped[str] = mapped_column(String(COMPANY_CHARACTERS), default="")
    buyer_tax_number: Mapped[str] = mapped_column(String(TAX_NUMBER_CHARACTERS), default="")
    mode: Mapped[str] = mapped_column(String(4))
    provider: Mapped[str] = mapped_column(String(WORD))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    state: Mapped[str] = mapped_column(String(WORD), default=State.OPEN)
    failure: Mapped[str | None] = mapped_column(String(WORD))
    is_fraud: Mapped[bool] = mapped_column(default=False, server_default=false())
    hold: Mapped[str | None] = mapped_column(String(WORD))
    card_brand: Mapped[str] = mapped_column(String(WORD), default="")
    card_last4: Mapped[str] = mapped_column(String(4), default="")
    card_country: Mapped[str | None] = mapped_column(String(2))
    card_was_confirmed: Mapped[bool] = mapped_column(default=False)
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    synced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    payment_ref: Mapped[str | None] = mapped_column(String(REF_CHARACTERS))
    taken_credits: Mapped[int] = mapped_column(BigInteger, server_default="0")
    forgiven_credits: Mapped[int] = mapped_column(BigInteger, server_default="0")


class Checkout(Base):
    """One attempt at the provider's page. It is committed, with all that is sent, before anything
    is; `key` is what makes sending it again harmless. A purchase has one at most that may be paid.
    """

    __tablename__ = "checkout"
    __table_args__ = (
        one_of("state", CheckoutState),
        CheckConstraint(f"length(key) = {KEY_HEX}", name="key_length"),
        CheckConstraint("state <> 'new' OR ref IS NULL", name="new_has_no_ref"),
        Index(
            "uq_checkout_may_be_paid",
            "purchase_id",
            unique=True,
            sqlite_where=MAY_BE_PAID,
            postgresql_where=MAY_BE_PAID,
        ),
        Index(None, "purchase_id", "id"),
        Index(None, "network", "created_at"),
        Index(None, "created_at"),
        Index(None, "payment_ref"),
        Index(
            "ix_checkout_never_sent",
            "purchase_id",
            sqlite_where=IS_NEVER_SENT,
            postgresql_where=IS_NEVER_SENT,
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(KEY_HEX), unique=True)
    purchase_id: Mapped[int] = mapped_column(ForeignKey("purchase.id"))
    language: Mapped[str] = mapped_column(String(2))
    email: Mapped[str | None] = mapped_column(String(EMAIL_CHARACTERS))
    return_url: Mapped[str] = mapped_column(Text)
    cancel_url: Mapped[str] = mapped_column(Text)
    network: Mapped[str] = mapped_column(String(NETWORK_CHARACTERS))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(WORD), default=CheckoutState.NEW)
    ref: Mapped[str | None] = mapped_column(String(REF_CHARACTERS), unique=True)
    payment_ref: Mapped[str | None] = mapped_column(String(REF_CHARACTERS))
    url: Mapped[str] = mapped_column(Text, default="")


class PurchaseStep(Base):
    """One line of a purchase's life. Insert-only."""

    __tablename__ = "purchase_step"
    __table_args__ = (one_of("kind", Step), Index(None, "purchase_id", "id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    purchase_id: Mapped[int] = mapped_column(ForeignKey("purchase.id"))
    kind: Mapped[str] = mapped_column(String(WORD))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())


class PaymentEvent(Base):
    """What the provider reported, and how often it was received. A log, not a guard."""

    __tablename__ = "payment_event"
    __table_args__ = (
        UniqueConstraint("provider", "event_id"),
        CheckConstraint("times > 0", name="times"),
        Index(None, "purchase_id", "id"),
        Index(None, "received_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(String(WORD))
    event_id: Mapped[str] = mapped_column(String(REF_CHARACTERS))
    kind: Mapped[str] = mapped_column(String(EVENT_KIND_CHARACTERS))
    ref: Mapped[str] = mapped_column(String(REF_CHARACTERS))
    purchase_id: Mapped[int | None] = mapped_column(ForeignKey("purchase.id"))
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    times: Mapped[int] = mapped_column(default=1)


class ReceiptSeries(Base):
    """The last number given in a series and a year. Locked last, so that none is left out."""

    __tablename__ = "receipt_series"
    __table_args__ = (CheckConstraint("last > 0", name="last"),)

    series: Mapped[str] = mapped_column(String(WORD), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(BigInteger)


class Receipt(Base):
    """What was bought, from whom and by whom, as it was then. Insert-only."""

    __tablename__ = "receipt"
    __table_args__ = (
        UniqueConstraint("series", "year", "number"),
        CheckConstraint("number > 0", name="number"),
    )

    purchase_id: Mapped[int] = mapped_column(
        ForeignKey("purchase.id"), primary_key=True, autoincrement=False
    )
    series: Mapped[str] = mapped_column(String(WORD))
    year: Mapped[int]
    number: Mapped[int] = mapped_column(BigInteger)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)


class SellingPause(Base):
    """Buying is paused while there is a row."""

    __tablename__ = "selling_pause"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    since: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    author: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))


class EventsListed(Base):
    """Until when the provider's events were listed, for those whose webhook was lost. One row."""

    __tablename__ = "events_listed"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
