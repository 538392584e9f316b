"""The tables of accounts and their limits."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from domain.accounts.names import NAME_CHARACTERS
from domain.database import SHA256_HEX, Base, UtcDateTime, utc_now
from domain.emails import EMAIL_CHARACTERS

ADDRESS_CHARACTERS = 45
DEVICE_CHARACTERS = 64


class Admin(Base):
    """Someone who may sign in."""

    __tablename__ = "admin"
    __table_args__ = (
        CheckConstraint(f"length(email) BETWEEN 3 AND {EMAIL_CHARACTERS}", name="email_length"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint(
            f"length(display_name) BETWEEN 1 AND {NAME_CHARACTERS}", name="display_name_length"
        ),
        CheckConstraint("display_name = trim(display_name)", name="display_name_trimmed"),
        CheckConstraint("length(password_hash) BETWEEN 1 AND 255", name="password_hash_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS), unique=True)
    display_name: Mapped[str] = mapped_column(String(NAME_CHARACTERS))
    password_hash: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())


class SignInSession(Base):
    """One browser that is signed in. Only the digest of its token is kept. `confirmed_at` is when
    the admin last proved to be there, by password."""

    __tablename__ = "sign_in_session"
    __table_args__ = (CheckConstraint(f"length(token_hash) = {SHA256_HEX}", name="token_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(SHA256_HEX), unique=True)
    admin_id: Mapped[int] = mapped_column(ForeignKey("admin.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FailedSignIn(Base):
    """One try that did not lead to a sign-in, or has not yet: for an account that may not exist.

    `account` is the digest of the email that was typed, `address` the network it came from,
    `device` the browser when it had signed in to this account before.
    """

    __tablename__ = "failed_sign_in"
    __table_args__ = (
        CheckConstraint(f"length(account) = {SHA256_HEX}", name="account"),
        CheckConstraint(f"length(address) BETWEEN 1 AND {ADDRESS_CHARACTERS}", name="address"),
        CheckConstraint(f"length(device) BETWEEN 1 AND {DEVICE_CHARACTERS}", name="device"),
        Index(None, "address", "at"),
        Index(None, "device", "at"),
        Index(None, "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(String(SHA256_HEX))
    address: Mapped[str] = mapped_column(String(ADDRESS_CHARACTERS))
    device: Mapped[str | None] = mapped_column(String(DEVICE_CHARACTERS))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
