"""The tables of accounts and their limits."""

from datetime import datetime
from typing import Literal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    and_,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain.accounts.names import NAME_CHARACTERS
from domain.accounts.roles import ROLE_CHARACTERS, ROLES, Role
from domain.database import SHA256_HEX, Base, Id, UtcDateTime, utc_now
from domain.emails import EMAIL_CHARACTERS
from domain.networks import NETWORK_CHARACTERS

# What was tried: the password, or a code from the authenticator app or of the recovery codes.
Factor = Literal["password", "code"]

DEVICE_CHARACTERS = 64
DEVICE_LABEL_CHARACTERS = 64
LANGUAGE_CHARACTERS = 8
ZONE_CHARACTERS = 64
SALT_CHARACTERS = 32
FACTORS: tuple[Factor, ...] = ("password", "code")


class Admin(Base):
    """Someone who may sign in, unless disabled or removed; the row stays, as history names them.

    `password_is_weak`: it would be refused as a new one, as was seen when they signed in with it.
    Without a `language` or `time_zone` of their own, pages follow the browser.
    """

    __tablename__ = "admin"
    __table_args__ = (
        CheckConstraint(f"length(email) BETWEEN 3 AND {EMAIL_CHARACTERS}", name="email_length"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint(
            f"length(display_name) BETWEEN 1 AND {NAME_CHARACTERS}", name="display_name_length"
        ),
        CheckConstraint("display_name = trim(display_name)", name="display_name_trimmed"),
        CheckConstraint("length(password_hash) BETWEEN 1 AND 255", name="password_hash_length"),
        CheckConstraint(f"role IN {ROLES}", name="role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS), unique=True)
    display_name: Mapped[str] = mapped_column(String(NAME_CHARACTERS))
    password_hash: Mapped[str] = mapped_column(String(255))
    password_is_weak: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    role: Mapped[str] = mapped_column(String(ROLE_CHARACTERS), server_default=Role.VIEWER)
    language: Mapped[str | None] = mapped_column(String(LANGUAGE_CHARACTERS))
    time_zone: Mapped[str | None] = mapped_column(String(ZONE_CHARACTERS))
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_active(self) -> bool:
        """Whether they may sign in."""
        return self.disabled_at is None and self.removed_at is None


IS_ACTIVE = and_(Admin.disabled_at.is_(None), Admin.removed_at.is_(None))


class SignInSession(Base):
    """One browser that is signed in. Only the digest of its token is kept. `confirmed_at` is when
    the admin last proved to be there. While `waits_for_code`, the password was right and nothing
    else is open yet; while `needs_second_factor`, one has to be set up first. `device` is what the
    browser calls itself, in two words."""

    __tablename__ = "sign_in_session"
    __table_args__ = (CheckConstraint(f"length(token_hash) = {SHA256_HEX}", name="token_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(SHA256_HEX), unique=True)
    admin_id: Mapped[int] = mapped_column(ForeignKey("admin.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    waits_for_code: Mapped[bool] = mapped_column(default=False, server_default=false())
    needs_second_factor: Mapped[bool] = mapped_column(default=False, server_default=false())
    device: Mapped[str] = mapped_column(
        String(DEVICE_LABEL_CHARACTERS), default="", server_default=""
    )


class SecondFactor(Base):
    """The authenticator app of an admin who uses one. Its secret is derived from `salt` and
    SECRET_KEY, and kept nowhere. `last_step` is the last time step of RFC 6238 whose code was
    used."""

    __tablename__ = "second_factor"
    __table_args__ = (CheckConstraint(f"length(salt) = {SALT_CHARACTERS}", name="salt"),)

    admin_id: Mapped[int] = mapped_column(ForeignKey("admin.id"), primary_key=True)
    salt: Mapped[str] = mapped_column(String(SALT_CHARACTERS))
    last_step: Mapped[int] = mapped_column(BigInteger)
    since: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())


class RecoveryCode(Base):
    """Signs in once when the authenticator app is lost. Only its digest is kept."""

    __tablename__ = "recovery_code"
    __table_args__ = (CheckConstraint(f"length(code_hash) = {SHA256_HEX}", name="code_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    admin_id: Mapped[int] = mapped_column(ForeignKey("admin.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(SHA256_HEX), unique=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RememberedBrowser(Base):
    """A browser in which the admin is not asked for a code again for some time."""

    __tablename__ = "remembered_browser"
    __table_args__ = (CheckConstraint(f"length(token_hash) = {SHA256_HEX}", name="token_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(SHA256_HEX), unique=True)
    admin_id: Mapped[int] = mapped_column(ForeignKey("admin.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())


class FailedSignIn(Base):
    """One try that did not lead to a sign-in, or has not yet: for an account that may not exist.

    `account` is the digest of the email that was typed, `network` and `wide_network` where it came
    from, `device` the browser when it had signed in to this account before. `is_newcomer`: the wide
    network had hardly failed for the account.
    """

    __tablename__ = "failed_sign_in"
    __table_args__ = (
        CheckConstraint(f"length(account) = {SHA256_HEX}", name="account"),
        CheckConstraint(f"factor IN {FACTORS}", name="factor"),
        CheckConstraint(f"length(network) BETWEEN 1 AND {NETWORK_CHARACTERS}", name="network"),
        CheckConstraint(
            f"length(wide_network) BETWEEN 1 AND {NETWORK_CHARACTERS}", name="wide_network"
        ),
        CheckConstraint(f"length(device) BETWEEN 1 AND {DEVICE_CHARACTERS}", name="device"),
        Index(None, "account", "at"),
        Index(None, "network", "at"),
        Index(None, "wide_network", "at"),
        Index(None, "device", "at"),
        Index(None, "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(String(SHA256_HEX))
    factor: Mapped[Factor] = mapped_column(String(8))
    network: Mapped[str] = mapped_column(String(NETWORK_CHARACTERS))
    wide_network: Mapped[str] = mapped_column(String(NETWORK_CHARACTERS))
    device: Mapped[str | None] = mapped_column(String(DEVICE_CHARACTERS))
    is_newcomer: Mapped[bool]
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())


class FailedSignInHour(Base):
    """How often signing in failed within an hour: as one admin, or with emails that no admin has
    (`author` is "" then: what was typed may be a password)."""

    __tablename__ = "failed_sign_in_hour"
    __table_args__ = (
        CheckConstraint("count >= 0", name="count"),
        UniqueConstraint("hour", "author"),
        Index(None, "author", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    hour: Mapped[datetime] = mapped_column(UtcDateTime)
    author: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    count: Mapped[int]
