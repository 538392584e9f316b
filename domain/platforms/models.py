"""The tables of platforms, their keys, and the tokens that were used."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from domain.database import SHA256_HEX, Base, Id, UtcDateTime, utc_now
from domain.emails import EMAIL_CHARACTERS
from domain.platforms.rules import KEY_ID_CHARACTERS, NAME_CHARACTERS, URL_CHARACTERS


class Platform(Base):
    """A host product that hands its users over. `return_url` is where its users go back to, and
    whose pages may hand them over at once. Whether the emails that it claims count as verified is
    its admins' choice. One that was removed keeps its row, for its customers."""

    __tablename__ = "platform"
    __table_args__ = (
        CheckConstraint(f"length(name) BETWEEN 1 AND {NAME_CHARACTERS}", name="name_length"),
        CheckConstraint(f"length(return_url) <= {URL_CHARACTERS}", name="return_url_length"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_CHARACTERS))
    return_url: Mapped[str] = mapped_column(String(URL_CHARACTERS), default="")
    trusts_emails: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PlatformKey(Base):
    """A key that signs tokens, by its `id` ("kid"). The secret is derived from it and SECRET_KEY,
    and kept nowhere; `digest` tells whether it still is the one that was shown."""

    __tablename__ = "platform_key"
    __table_args__ = (CheckConstraint(f"length(digest) = {SHA256_HEX}", name="digest"),)

    id: Mapped[str] = mapped_column(String(KEY_ID_CHARACTERS), primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platform.id"), index=True)
    digest: Mapped[str] = mapped_column(String(SHA256_HEX))
    author: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class UsedToken(Base):
    """A token that was used, by the digest of its `jti`, until it has expired anyway."""

    __tablename__ = "used_token"
    __table_args__ = (CheckConstraint(f"length(jti_hash) = {SHA256_HEX}", name="jti_hash"),)

    platform_id: Mapped[int] = mapped_column(ForeignKey("platform.id"), primary_key=True)
    jti_hash: Mapped[str] = mapped_column(String(SHA256_HEX), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
