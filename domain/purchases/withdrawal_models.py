"""The tables of withdrawals from contracts."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.customers.models import DEVICE_ID_CHARACTERS
from domain.customers.rules import NAME_CHARACTERS
from domain.database import Base, Id, UtcDateTime, utc_now
from domain.emails import EMAIL_CHARACTERS
from domain.networks import NETWORK_CHARACTERS
from domain.purchases.models import one_of
from domain.purchases.rules import WORD
from domain.purchases.withdrawal_rules import NUMBER_CHARACTERS, WithdrawalState

IS_DUE, IS_QUEUED = text("due_at IS NOT NULL"), text("state = 'queued'")


class WithdrawalDeclaration(Base):
    """What somebody sent who is not signed in as the buyer, as they typed it. The worker looks for
    the purchase when it is `due_at`, and never again. The columns from `email_key` to `is_newcomer`
    are for the limits, as in `sign_in_code`."""

    __tablename__ = "withdrawal_declaration"
    __table_args__ = (
        CheckConstraint(f"length(network) BETWEEN 1 AND {NETWORK_CHARACTERS}", name="network"),
        CheckConstraint(
            f"length(wide_network) BETWEEN 1 AND {NETWORK_CHARACTERS}", name="wide_network"
        ),
        CheckConstraint(f"length(device) BETWEEN 1 AND {DEVICE_ID_CHARACTERS}", name="device"),
        Index(None, "email_key", "received_at"),
        Index(None, "network", "received_at"),
        Index(None, "wide_network", "received_at"),
        Index(None, "received_at"),
        Index(
            "ix_withdrawal_declaration_due",
            "due_at",
            "id",
            sqlite_where=IS_DUE,
            postgresql_where=IS_DUE,
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_CHARACTERS))
    number: Mapped[str] = mapped_column(String(NUMBER_CHARACTERS))
    email: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    language: Mapped[str] = mapped_column(String(2))
    text: Mapped[str] = mapped_column(String(WORD))
    email_key: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    network: Mapped[str] = mapped_column(String(NETWORK_CHARACTERS))
    wide_network: Mapped[str] = mapped_column(String(NETWORK_CHARACTERS))
    device: Mapped[str | None] = mapped_column(String(DEVICE_ID_CHARACTERS))
    is_newcomer: Mapped[bool] = mapped_column(server_default=false())
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Withdrawal(Base):
    """That a buyer withdraws from the contract about a purchase: once. `text` is the version of the
    declaration, `number` how they called the purchase. `unspent` and `amount_minor` are what could
    go back when it was received, `kept` is what could not. `is_owner` says that they were signed
    in; then `refund_id` is the money that went back at once."""

    __tablename__ = "withdrawal"
    __table_args__ = (
        one_of("state", WithdrawalState),
        CheckConstraint("(state = 'queued') = (handled_at IS NULL)", name="handled_at"),
        CheckConstraint("(handled_at IS NULL) = (handled_by IS NULL)", name="handled_by"),
        CheckConstraint("unspent >= 0 AND kept >= 0 AND amount_minor >= 0", name="share"),
        CheckConstraint("state <> 'refunding' OR refund_id IS NOT NULL", name="refunding"),
        Index("ix_withdrawal_queued", "id", sqlite_where=IS_QUEUED, postgresql_where=IS_QUEUED),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    purchase_id: Mapped[int] = mapped_column(ForeignKey("purchase.id"), unique=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    name: Mapped[str] = mapped_column(String(NAME_CHARACTERS))
    number: Mapped[str] = mapped_column(String(NUMBER_CHARACTERS))
    language: Mapped[str] = mapped_column(String(2))
    text: Mapped[str] = mapped_column(String(WORD))
    is_owner: Mapped[bool]
    unspent: Mapped[int] = mapped_column(BigInteger)
    kept: Mapped[int] = mapped_column(BigInteger)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("payment_refund.id"))
    state: Mapped[str] = mapped_column(String(WORD), default=WithdrawalState.QUEUED)
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    handled_by: Mapped[str | None] = mapped_column(String(EMAIL_CHARACTERS))
