"""The catalogue's tables: working copies, which admins edit, and insert-only history."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import SchemaItem

from domain.catalogue.rules import (
    CREDITS_LIMIT,
    INTRO_LIMIT,
    NAME_LIMIT,
    NOTE_LIMIT,
    PACKAGE_FIELDS,
    PRICE_LIMIT,
    SETTINGS_FIELDS,
    SHORT_INFO_LIMIT,
    PackageValues,
    SettingsValues,
)
from domain.database import EMAIL_CHARACTERS, SHA256_HEX, Base, Id, UtcDateTime, utc_now

FORM_CHARACTERS = 16
# The room between neighbours in a fresh order: twenty moves into the same gap before it is used up.
RANK_GAP = 2**20
# Of a released package that is not where the drafts have it: ranks start near zero and never get
# there.
OUT_OF_PLACE = -(2**62)


def _is_integer(column: str) -> SchemaItem:
    """SQLite alone would store text or a fraction in an integer column."""
    check = CheckConstraint(f"typeof({column}) = 'integer'", name=f"{column}_is_integer")
    return check.ddl_if(dialect="sqlite")


class _PackageColumns:
    """What working copy and released package have in common."""

    name: Mapped[str] = mapped_column(String(NAME_LIMIT))
    credits: Mapped[int] = mapped_column(BigInteger)
    price_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    country: Mapped[str] = mapped_column(String(2))
    short_info: Mapped[str] = mapped_column(String(SHORT_INFO_LIMIT))
    rank: Mapped[int] = mapped_column(BigInteger)

    @property
    def values(self) -> PackageValues:
        return PackageValues(*(getattr(self, name) for name in PACKAGE_FIELDS))


def _package_checks() -> tuple[SchemaItem, ...]:
    return (
        CheckConstraint(f"length(name) BETWEEN 1 AND {NAME_LIMIT}", name="name_length"),
        CheckConstraint(f"credits BETWEEN 1 AND {CREDITS_LIMIT}", name="credits_range"),
        CheckConstraint(f"price_minor BETWEEN 0 AND {PRICE_LIMIT}", name="price_range"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint("length(country) = 2", name="country_length"),
        CheckConstraint(f"length(short_info) <= {SHORT_INFO_LIMIT}", name="short_info_length"),
        _is_integer("credits"),
        _is_integer("price_minor"),
        _is_integer("rank"),
    )


class CreditPackage(_PackageColumns, Base):
    """A draft. Its row is never deleted; `removed_at` says that it is to leave the catalogue."""

    __tablename__ = "credit_package"
    __table_args__ = (
        *_package_checks(),
        CheckConstraint("version >= 1", name="version_range"),
        Index(None, "country", "rank", "id", "removed_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, default=1)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    search_text: Mapped[str] = mapped_column(Text)


class _SettingsColumns:
    platform_name: Mapped[str] = mapped_column(String(NAME_LIMIT))
    default_country: Mapped[str] = mapped_column(String(2))
    intro_text: Mapped[str] = mapped_column(String(INTRO_LIMIT))

    @property
    def values(self) -> SettingsValues:
        return SettingsValues(*(getattr(self, name) for name in SETTINGS_FIELDS))


def _settings_checks() -> tuple[SchemaItem, ...]:
    return (
        CheckConstraint(f"length(platform_name) BETWEEN 1 AND {NAME_LIMIT}", name="name_length"),
        CheckConstraint("length(default_country) = 2", name="country_length"),
        CheckConstraint(f"length(intro_text) <= {INTRO_LIMIT}", name="intro_length"),
    )


class StorefrontSettings(_SettingsColumns, Base):
    """The one draft of what buyers see besides packages; its row is the catalogue's lock."""

    __tablename__ = "storefront_settings"
    __table_args__ = (*_settings_checks(), CheckConstraint("id = 1", name="single_row"))

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, default=1)


class DraftRevision(Base):
    """One draft write. Insert-only; without a package it is about the settings.

    `old` and `new` hold the fields that changed, `version` is the draft's afterwards. The author
    is kept as text, so that history reads the same whatever becomes of the account.
    """

    __tablename__ = "draft_revision"
    __table_args__ = (
        CheckConstraint(
            "action IN ('added', 'edited', 'moved', 'removed', 'kept')", name="action_known"
        ),
        Index(None, "package_id", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    package_id: Mapped[int | None] = mapped_column(ForeignKey("credit_package.id"))
    action: Mapped[str] = mapped_column(String(10))
    version: Mapped[int] = mapped_column(Integer, server_default="0")
    old: Mapped[dict[str, Any]] = mapped_column(JSON)
    new: Mapped[dict[str, Any]] = mapped_column(JSON)
    author: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())


class DraftBatch(Base):
    """Draft writes that were one action, such as a discard: revisions `first_id` to `last_id`.

    Insert-only. A restore says of which release.
    """

    __tablename__ = "draft_batch"
    __table_args__ = (
        CheckConstraint("action IN ('discard', 'restore', 'undo')", name="action_known"),
        CheckConstraint("first_id <= last_id", name="ids_in_order"),
        CheckConstraint("release_number IS NULL OR action = 'restore'", name="release_of_restore"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    action: Mapped[str] = mapped_column(String(10))
    first_id: Mapped[int] = mapped_column(ForeignKey("draft_revision.id"))
    last_id: Mapped[int] = mapped_column(ForeignKey("draft_revision.id"))
    release_number: Mapped[int | None] = mapped_column(ForeignKey("release.number"))
    author: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())


class PreviewLink(Base):
    """Shows the drafts to whoever has its token. Only the token's digest is kept."""

    __tablename__ = "preview_link"
    __table_args__ = (
        CheckConstraint(f"length(token_hash) = {SHA256_HEX}", name="token_hash_length"),
        CheckConstraint(f"length(author) BETWEEN 1 AND {EMAIL_CHARACTERS}", name="author_length"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(SHA256_HEX), unique=True)
    author: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Release(Base):
    """One press of Apply Changes. Insert-only.

    `based_on` is the release that was live at that moment, `change_count` the number of changes
    since. Draft writes up to `revision_id` are all in it (0 before the first). `moved` holds the
    ids of the packages recorded as moved.
    """

    __tablename__ = "release"
    __table_args__ = (
        CheckConstraint("number >= 1", name="number_range"),
        CheckConstraint(f"length(note) <= {NOTE_LIMIT}", name="note_length"),
    )

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    live_from: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    based_on: Mapped[int | None] = mapped_column(ForeignKey("release.number"))
    revision_id: Mapped[int] = mapped_column(Id)
    change_count: Mapped[int] = mapped_column(Integer, server_default="0")
    moved: Mapped[list[int]] = mapped_column(JSON, server_default="[]")
    author: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    note: Mapped[str] = mapped_column(String(NOTE_LIMIT))


class ReleasedPackage(_PackageColumns, Base):
    """A package as one release shows it. Insert-only, and only together with the release; a
    purchase may point at it.

    `rank` is the draft's at that moment, or OUT_OF_PLACE: something about it was left out.
    """

    __tablename__ = "released_package"
    __table_args__ = (
        *_package_checks(),
        CheckConstraint("position >= 1", name="position_range"),
        UniqueConstraint("release_number", "package_id"),
        UniqueConstraint("release_number", "country", "position"),
        Index(
            "ix_released_package_out_of_place",
            "release_number",
            "package_id",
            sqlite_where=text(f"rank = {OUT_OF_PLACE}"),
            postgresql_where=text(f"rank = {OUT_OF_PLACE}"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    release_number: Mapped[int] = mapped_column(ForeignKey("release.number"))
    package_id: Mapped[int] = mapped_column(ForeignKey("credit_package.id"))
    position: Mapped[int] = mapped_column(Integer)


def is_out_of_place() -> ColumnElement[bool]:
    # Not a parameter: then the databases do not see that the index above is about it.
    return ReleasedPackage.rank == literal_column(str(OUT_OF_PLACE))


class ReleasedSettings(_SettingsColumns, Base):
    """The settings as one release shows them. Insert-only; they come last and close the release."""

    __tablename__ = "released_settings"
    __table_args__ = _settings_checks()

    release_number: Mapped[int] = mapped_column(ForeignKey("release.number"), primary_key=True)


class Presence(Base):
    """An edit form that somebody has open; believed `until` then, unless it is heard of again.

    `form` is the name that the page gave it: the same admin may have several open.
    """

    __tablename__ = "presence"

    form: Mapped[str] = mapped_column(String(FORM_CHARACTERS), primary_key=True)
    package_id: Mapped[int] = mapped_column(ForeignKey("credit_package.id"))
    author: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    until: Mapped[datetime] = mapped_column(UtcDateTime)
