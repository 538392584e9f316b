"""The tables of money that goes back: refunds, disputes, tasks for a person, credit notes.
Amounts are integers of minor units."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain.database import Base, Id, UtcDateTime, utc_now
from domain.emails import EMAIL_CHARACTERS
from domain.purchases.models import one_of
from domain.purchases.rules import (
    DISPUTE_REASON_CHARACTERS,
    KEY_HEX,
    REASON_CHARACTERS,
    REF_CHARACTERS,
    TASK_NOTE_CHARACTERS,
    WORD,
    Hold,
    RefundState,
)

IS_ASKED, IS_OPEN = text("status = 'asked'"), text("closed_at IS NULL")


class _MoneyBack:
    """What refunds and disputes have in common. `freeze_seq` is the entry of the wallet that set
    credits aside until it ends, `credits` how many it was to set aside."""

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    purchase_id: Mapped[int] = mapped_column(ForeignKey("purchase.id"), index=True)
    payment_ref: Mapped[str | None] = mapped_column(String(REF_CHARACTERS))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(WORD))
    credits: Mapped[int] = mapped_column(BigInteger, server_default="0")
    freeze_seq: Mapped[int | None] = mapped_column(BigInteger)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())


class PaymentRefund(_MoneyBack, Base):
    """Money that went back, or is on its way. With a `key` it was asked for here, by `author`
    ("admin:7", "customer:12"); it is committed before the provider hears of it, and has no `ref`
    until then. At most one of a purchase is asked for and not answered."""

    __tablename__ = "payment_refund"
    __table_args__ = (
        one_of("status", RefundState),
        CheckConstraint("amount_minor > 0", name="amount_minor"),
        CheckConstraint("ref IS NOT NULL OR key IS NOT NULL", name="has_a_name"),
        CheckConstraint("status <> 'asked' OR key IS NOT NULL", name="asked_here"),
        Index(
            "uq_payment_refund_asked",
            "purchase_id",
            unique=True,
            sqlite_where=IS_ASKED,
            postgresql_where=IS_ASKED,
        ),
    )

    ref: Mapped[str | None] = mapped_column(String(REF_CHARACTERS), unique=True)
    key: Mapped[str | None] = mapped_column(String(KEY_HEX), unique=True)
    author: Mapped[str] = mapped_column(String(WORD), server_default="")
    reason: Mapped[str] = mapped_column(String(REASON_CHARACTERS), server_default="")


class PaymentDispute(_MoneyBack, Base):
    """A buyer's bank that asks for the money back."""

    __tablename__ = "payment_dispute"
    __table_args__ = (one_of("status", ("open", "won", "lost", "unknown")),)

    ref: Mapped[str] = mapped_column(String(REF_CHARACTERS), unique=True)
    reason: Mapped[str] = mapped_column(String(DISPUTE_REASON_CHARACTERS), default="")
    answer_by: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PurchaseTask(Base):
    """Why a person has to look at a purchase: `subject` is what it is about, the provider's name of
    a refund for example. It closes when the reason goes, or when somebody says that it is done."""

    __tablename__ = "purchase_task"
    __table_args__ = (
        one_of("kind", Hold),
        UniqueConstraint("purchase_id", "kind", "subject"),
        CheckConstraint("done_by IS NULL OR closed_at IS NOT NULL", name="done"),
        Index("ix_purchase_task_open", "id", sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    purchase_id: Mapped[int] = mapped_column(ForeignKey("purchase.id"))
    kind: Mapped[str] = mapped_column(String(WORD))
    subject: Mapped[str] = mapped_column(String(REF_CHARACTERS))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by: Mapped[str | None] = mapped_column(String(EMAIL_CHARACTERS))
    note: Mapped[str] = mapped_column(String(TASK_NOTE_CHARACTERS), default="")


class CreditNote(Base):
    """What corrects a receipt when money went back, and what corrects that when the money did not
    arrive: `reverses` names the note that is taken back. Insert-only."""

    __tablename__ = "credit_note"
    __table_args__ = (
        UniqueConstraint("series", "year", "number"),
        CheckConstraint("number > 0", name="number"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    purchase_id: Mapped[int] = mapped_column(ForeignKey("purchase.id"), index=True)
    refund_id: Mapped[int] = mapped_column(ForeignKey("payment_refund.id"))
    reverses: Mapped[int | None] = mapped_column(ForeignKey("credit_note.id"), unique=True)
    series: Mapped[str] = mapped_column(String(WORD))
    year: Mapped[int]
    number: Mapped[int] = mapped_column(BigInteger)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
