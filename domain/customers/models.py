"""The tables of customers. What names a person stands in one, free text in another; the ledger
knows a customer by number alone."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain.customers.rules import (
    DEVICE_CHARACTERS,
    NAME_CHARACTERS,
    NOTE_CHARACTERS,
    SUBJECT_CHARACTERS,
    TAG_CHARACTERS,
    WORD_CHARACTERS,
)
from domain.database import SHA256_HEX, Base, Id, UtcDateTime, utc_now
from domain.emails import EMAIL_CHARACTERS
from domain.languages import LANGUAGES
from domain.networks import NETWORK_CHARACTERS, UNKNOWN

SALT_HEX = 32
DEVICE_ID_CHARACTERS = 64
NEVER_SIGNED_IN = text("last_sign_in_at IS NULL")
NO_PLATFORM = text("platform_id IS NULL")
# Compared letter by letter, so that a prefix is a span of an index. SQLite compares so by itself.
Word = String(WORD_CHARACTERS).with_variant(String(WORD_CHARACTERS, collation="C"), "postgresql")


class Customer(Base):
    """Who buys and holds credits: a user of a platform, by its own id for them (`subject`), or
    somebody who came by mail or was added by hand, with a subject made at random.

    `id` is the number that people see. Who never signed in is invited.
    """

    __tablename__ = "customer"
    __table_args__ = (
        CheckConstraint(
            f"length(subject) BETWEEN 1 AND {SUBJECT_CHARACTERS}", name="subject_length"
        ),
        CheckConstraint("length(country) = 2", name="country_length"),
        CheckConstraint(
            "language IN ({})".format(", ".join(f"'{code}'" for code in LANGUAGES)),
            name="language",
        ),
        UniqueConstraint("platform_id", "subject"),
        Index(
            "uq_customer_our_subject",
            "subject",
            unique=True,
            sqlite_where=NO_PLATFORM,
            postgresql_where=NO_PLATFORM,
        ),
        Index(None, "country", "id"),
        Index(
            "ix_customer_invited",
            "id",
            sqlite_where=NEVER_SIGNED_IN,
            postgresql_where=NEVER_SIGNED_IN,
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    platform_id: Mapped[int | None] = mapped_column(ForeignKey("platform.id"))
    subject: Mapped[str] = mapped_column(String(SUBJECT_CHARACTERS))
    country: Mapped[str | None] = mapped_column(String(2))
    language: Mapped[str] = mapped_column(String(2))
    reminders: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    last_sign_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CustomerContact(Base):
    """What the customer is called, and where mail goes. `email_key` is the same for all spellings
    of one mailbox. Who proved the address, or whose platform did, has it verified."""

    __tablename__ = "customer_contact"
    __table_args__ = (
        CheckConstraint(f"length(email) BETWEEN 3 AND {EMAIL_CHARACTERS}", name="email_length"),
        CheckConstraint("(email IS NULL) = (email_key IS NULL)", name="email_and_its_key"),
        CheckConstraint(
            "email_verified_at IS NULL OR email IS NOT NULL", name="verified_is_an_email"
        ),
        CheckConstraint(f"length(name) <= {NAME_CHARACTERS}", name="name_length"),
        Index(None, "email_key"),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    email: Mapped[str | None] = mapped_column(String(EMAIL_CHARACTERS))
    email_key: Mapped[str | None] = mapped_column(String(EMAIL_CHARACTERS))
    email_verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    name: Mapped[str] = mapped_column(String(NAME_CHARACTERS), default="")
    version: Mapped[int] = mapped_column(default=1)


class CustomerWord(Base):
    """By which words a customer is found, in any spelling: see `search_words`."""

    __tablename__ = "customer_word"
    __table_args__ = (Index(None, "customer_id", "word"),)

    word: Mapped[str] = mapped_column(Word, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)


class CustomerTag(Base):
    __tablename__ = "customer_tag"
    __table_args__ = (
        CheckConstraint(f"length(tag) BETWEEN 1 AND {TAG_CHARACTERS}", name="tag_length"),
        Index(None, "tag", "customer_id"),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(TAG_CHARACTERS), primary_key=True)


class CustomerNote(Base):
    """Free text of support. With `seq` it is the reason of that entry in the customer's wallet: the
    entry keeps the digest of `salt` and text. Insert-only, until the customer is erased."""

    __tablename__ = "customer_note"
    __table_args__ = (
        CheckConstraint(f"length(text) BETWEEN 1 AND {NOTE_CHARACTERS}", name="text_length"),
        CheckConstraint(f"length(salt) = {SALT_HEX}", name="salt_length"),
        CheckConstraint("(seq IS NULL) = (salt IS NULL)", name="entry_and_salt"),
        CheckConstraint("seq IS NOT NULL OR NOT is_shown", name="shown_with_its_entry"),
        Index(None, "customer_id", "id"),
        UniqueConstraint("customer_id", "seq"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    seq: Mapped[int | None] = mapped_column(Id)
    is_shown: Mapped[bool] = mapped_column(default=False, server_default=false())
    salt: Mapped[str | None] = mapped_column(String(SALT_HEX))
    author: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())


class CustomerSession(Base):
    """One browser in which a customer is signed in. Only the digest of its token is kept."""

    __tablename__ = "customer_session"
    __table_args__ = (
        CheckConstraint(f"length(token_hash) = {SHA256_HEX}", name="token_hash"),
        CheckConstraint(f"length(device) <= {DEVICE_CHARACTERS}", name="device_length"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(SHA256_HEX), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    device: Mapped[str] = mapped_column(String(DEVICE_CHARACTERS), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())


class SignInCode(Base):
    """A code that was sent to an address, for the one browser that asked for it. `network` and
    `wide_network` are where that was, `email_key` the mailbox, `device` the browser if a code to
    this address was typed in it before, and `is_newcomer` says that the wide network had hardly
    asked for the mailbox: all for the limits. Proven once; then used once, to sign in one
    customer."""

    __tablename__ = "sign_in_code"
    __table_args__ = (
        CheckConstraint(f"length(code_hash) = {SHA256_HEX}", name="code_hash"),
        CheckConstraint(f"length(browser_hash) = {SHA256_HEX}", name="browser_hash"),
        CheckConstraint(f"length(network) BETWEEN 1 AND {NETWORK_CHARACTERS}", name="network"),
        CheckConstraint("tries >= 0", name="tries"),
        CheckConstraint("used_at IS NULL OR proven_at IS NOT NULL", name="proven_before_used"),
        CheckConstraint(
            f"length(wide_network) BETWEEN 1 AND {NETWORK_CHARACTERS}", name="wide_network"
        ),
        CheckConstraint(f"length(device) BETWEEN 1 AND {DEVICE_ID_CHARACTERS}", name="device"),
        Index(None, "email_key", "created_at"),
        Index(None, "network", "created_at"),
        Index(None, "wide_network", "created_at"),
        Index(None, "created_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    email: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    email_key: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    network: Mapped[str] = mapped_column(String(NETWORK_CHARACTERS))
    wide_network: Mapped[str] = mapped_column(String(NETWORK_CHARACTERS), server_default=UNKNOWN)
    device: Mapped[str | None] = mapped_column(String(DEVICE_ID_CHARACTERS))
    is_newcomer: Mapped[bool] = mapped_column(server_default=false())
    browser_hash: Mapped[str] = mapped_column(String(SHA256_HEX), unique=True)
    code_hash: Mapped[str] = mapped_column(String(SHA256_HEX))
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    proven_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class GivingLimits(Base):
    """How many credits an admin may give by hand: at once, and in one day. One row."""

    __tablename__ = "giving_limits"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("0 <= most_at_once AND most_at_once <= most_a_day", name="limits"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    most_at_once: Mapped[int]
    most_a_day: Mapped[int]


class GivenCredits(Base):
    """Credits that an admin gave by hand, for the limit of a day."""

    __tablename__ = "given_credits"
    __table_args__ = (
        CheckConstraint("credits > 0", name="credits"),
        Index(None, "admin_id", "given_at"),
    )

    wallet_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    admin_id: Mapped[int] = mapped_column(ForeignKey("admin.id"))
    credits: Mapped[int] = mapped_column(Id)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())


class RemindedUntil(Base):
    """The last day whose reminders of ending credits are written. One row, once there is one."""

    __tablename__ = "reminded_until"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    day: Mapped[date] = mapped_column(Date)
