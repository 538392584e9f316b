"""The tables that all item types share: insert-only history, links, who edits what.

Each item type has three of its own (see item_types.py): drafts, released versions, what is live.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import SchemaItem

from domain.catalogue.rules import NOTE_LIMIT, Values
from domain.database import SHA256_HEX, Base, Id, UtcDateTime, utc_now
from domain.emails import EMAIL_CHARACTERS
from domain.request_context import ID_CHARACTERS, request_id

FORM_CHARACTERS = 16
TYPE_CHARACTERS = 20
FILE_NAME_LIMIT = 100


def is_integer(column: str) -> SchemaItem:
    """SQLite alone would store text or a fraction in an integer column."""
    check = CheckConstraint(f"typeof({column}) = 'integer'", name=f"{column}_is_integer")
    return check.ddl_if(dialect="sqlite")


class DraftColumns:
    """Of a working copy: `version` counts what was written to it. Its row is never deleted."""

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, default=1)

    @property
    def is_removed(self) -> bool:
        """Whether it is to leave the catalogue."""
        return False

    @classmethod
    def columns_of(cls, values: Values) -> dict[str, Any]:
        """What its columns hold with these values."""
        return dict(zip(values._fields, values, strict=True))

    def take(self, values: Values) -> None:
        for name, value in self.columns_of(values).items():
            setattr(self, name, value)


class ReleasedColumns:
    """Of an item as a release made it, until a later one makes it something else. Insert-only, and
    only together with the release; a purchase may point at it.

    One that `is_gone` left the catalogue with the release; the rest is what it was before.
    """

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    release_number: Mapped[int] = mapped_column(ForeignKey("release.number"), index=True)
    is_gone: Mapped[bool] = mapped_column(Boolean, server_default=false())


class DraftRevision(Base):
    """One draft write, by the request with this id. Insert-only.

    `old` and `new` hold the fields that changed, `version` is the draft's afterwards. The author
    is kept as text, so that history reads the same whatever becomes of the account.
    """

    __tablename__ = "draft_revision"
    __table_args__ = (
        CheckConstraint(
            "action IN ('added', 'edited', 'moved', 'removed', 'kept')", name="action_known"
        ),
        Index(None, "item_type", "item_id", "id"),
        Index(None, "author", "id"),
        Index(None, "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    item_type: Mapped[str] = mapped_column(String(TYPE_CHARACTERS))
    item_id: Mapped[int] = mapped_column(Id)
    action: Mapped[str] = mapped_column(String(10))
    version: Mapped[int] = mapped_column(Integer, server_default="0")
    old: Mapped[dict[str, Any]] = mapped_column(JSON)
    new: Mapped[dict[str, Any]] = mapped_column(JSON)
    author: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    request_id: Mapped[str] = mapped_column(
        String(ID_CHARACTERS), default=request_id.get, server_default=""
    )


# What a batch did.
ACTIONS = (
    *("discard", "restore", "undo", "prices", "credits", "info", "remove", "keep", "copy"),
    "import",
)


class DraftBatch(Base):
    """Draft writes that were one action, such as a discard: revisions `first_id` to `last_id`.

    Insert-only. A restore says of which release. A long action is written in several transactions:
    each further one is `part_of` the first.
    """

    __tablename__ = "draft_batch"
    __table_args__ = (
        CheckConstraint(f"action IN ({', '.join(map(repr, ACTIONS))})", name="action_known"),
        CheckConstraint("first_id <= last_id", name="ids_in_order"),
        CheckConstraint("release_number IS NULL OR action = 'restore'", name="release_of_restore"),
        Index(None, "last_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    action: Mapped[str] = mapped_column(String(10))
    first_id: Mapped[int] = mapped_column(ForeignKey("draft_revision.id"))
    last_id: Mapped[int] = mapped_column(ForeignKey("draft_revision.id"))
    release_number: Mapped[int | None] = mapped_column(ForeignKey("release.number"))
    part_of: Mapped[int | None] = mapped_column(ForeignKey("draft_batch.id"), index=True)
    author: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())


class ImportFile(Base):
    """The text of a file that somebody checked and has not saved as drafts yet."""

    __tablename__ = "import_file"
    __table_args__ = (CheckConstraint("decimal_sign IN ('.', ',')", name="decimal_sign_known"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    author: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    name: Mapped[str] = mapped_column(String(FILE_NAME_LIMIT))
    decimal_sign: Mapped[str] = mapped_column(String(1))
    removes: Mapped[bool]
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now(), index=True)


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
    since. `revision_id` is the newest draft write that there was (0 before the first); what stayed
    pending all the same is in `left_out`: for the key of each such change, the draft write after
    which it was made. `moved` holds the items recorded as moved: "package-7".
    """

    __tablename__ = "release"
    __table_args__ = (
        CheckConstraint("number >= 1", name="number_range"),
        CheckConstraint(f"length(note) <= {NOTE_LIMIT}", name="note_length"),
        Index(None, "author", "number"),
        Index(None, "created_at", "number"),
    )

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    live_from: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    based_on: Mapped[int | None] = mapped_column(ForeignKey("release.number"))
    revision_id: Mapped[int] = mapped_column(Id)
    change_count: Mapped[int] = mapped_column(Integer, server_default="0")
    moved: Mapped[list[str]] = mapped_column(JSON, server_default="[]")
    left_out: Mapped[dict[str, int]] = mapped_column(JSON, server_default="{}")
    author: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    note: Mapped[str] = mapped_column(String(NOTE_LIMIT))
    request_id: Mapped[str] = mapped_column(
        String(ID_CHARACTERS), default=request_id.get, server_default=""
    )


class ReleaseSeal(Base):
    """The last row of a release: nothing can be added to it any more. Insert-only."""

    __tablename__ = "release_seal"

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
