"""The tables of the activity."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from domain.database import Base, Id, UtcDateTime, utc_now
from domain.emails import EMAIL_CHARACTERS
from domain.request_context import ID_CHARACTERS

KIND_CHARACTERS = 40
OBJECT_CHARACTERS = 20


class Activity(Base):
    """One act that leaves no draft revision and no release. Insert-only.

    `author` is an admin's email, and "" for a command on the server. `object_type` and `object_id`
    say what it was done to. `details` holds numbers and words of ours, as `kinds.KINDS` lists them
    for each kind: no password, token or code, and no name, address or text of a customer.
    """

    __tablename__ = "activity"
    __table_args__ = (
        CheckConstraint("(object_type IS NULL) = (object_id IS NULL)", name="object_type_with_id"),
        Index(None, "author", "id"),
        Index(None, "author", "kind", "id"),
        Index(None, "kind", "id"),
        Index(None, "object_type", "object_id", "id"),
        Index(None, "at", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    kind: Mapped[str] = mapped_column(String(KIND_CHARACTERS))
    author: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    request_id: Mapped[str] = mapped_column(String(ID_CHARACTERS))
    object_type: Mapped[str | None] = mapped_column(String(OBJECT_CHARACTERS))
    object_id: Mapped[int | None] = mapped_column(BigInteger)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
