"""The tables of payment links, and of what was begun through them."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from domain.database import SHA256_HEX, Base, Id, UtcDateTime, utc_now
from domain.emails import EMAIL_CHARACTERS
from domain.purchases.models import PACKAGE_NAME


class PaymentLink(Base):
    """Who has it can buy one package for one customer, once. Only the digest of its token is kept;
    `name` is that of the package when the link was made."""

    __tablename__ = "payment_link"
    __table_args__ = (
        CheckConstraint(f"length(token_hash) = {SHA256_HEX}", name="token_hash"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        Index(None, "customer_id", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(SHA256_HEX), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    package_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(PACKAGE_NAME))
    author: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    is_mailed: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LinkedPurchase(Base):
    """A purchase that was begun through a link. There are several when the offer changed
    in between; one of them at most is paid."""

    __tablename__ = "linked_purchase"
    __table_args__ = (Index(None, "purchase_id"),)

    link_id: Mapped[int] = mapped_column(ForeignKey("payment_link.id"), primary_key=True)
    purchase_id: Mapped[int] = mapped_column(ForeignKey("purchase.id"), primary_key=True)
