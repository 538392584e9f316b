"""The tables of the team: invitations, links to a new password, what is asked of everyone."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.accounts.roles import ROLE_CHARACTERS, ROLES
from domain.database import SHA256_HEX, Base, UtcDateTime, utc_now
from domain.emails import EMAIL_CHARACTERS

IS_OPEN = text("accepted_at IS NULL AND ended_at IS NULL")


class Invitation(Base):
    """Lets whoever has its link become an admin with this email and role, once and until it
    expires. Only the digest of the link's token is kept; a new link takes the place of the one
    before. It has `ended_at` when it was revoked, or when `invited_by` may not invite any more.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint(f"length(email) BETWEEN 3 AND {EMAIL_CHARACTERS}", name="email_length"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint(f"role IN {ROLES}", name="role"),
        CheckConstraint(f"length(token_hash) = {SHA256_HEX}", name="token_hash"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        CheckConstraint("accepted_at IS NULL OR ended_at IS NULL", name="one_end"),
        Index(
            "uq_invitation_open_email",
            "email",
            unique=True,
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    role: Mapped[str] = mapped_column(String(ROLE_CHARACTERS))
    token_hash: Mapped[str] = mapped_column(String(SHA256_HEX), unique=True)
    invited_by: Mapped[int] = mapped_column(ForeignKey("admin.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PasswordLink(Base):
    """Lets an admin who lost the password choose a new one, once and until it expires. Only the
    digest of its token is kept; each admin has at most one."""

    __tablename__ = "password_link"
    __table_args__ = (
        CheckConstraint(f"length(token_hash) = {SHA256_HEX}", name="token_hash"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
    )

    admin_id: Mapped[int] = mapped_column(ForeignKey("admin.id"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(SHA256_HEX), unique=True)
    made_by: Mapped[int] = mapped_column(ForeignKey("admin.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RequiredSecondFactor(Base):
    """There while owners require a second factor of everyone. One row at most."""

    __tablename__ = "required_second_factor"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    author: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    since: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
