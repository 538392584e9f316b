"""The tables of what a backup does not hold: whether this database was made from one, and the
payments that no purchase here is known for."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain.database import Base, Id, UtcDateTime, utc_now
from domain.emails import EMAIL_CHARACTERS
from domain.purchases.models import one_of
from domain.purchases.rules import (
    CODE_CHARACTERS,
    REF_CHARACTERS,
    TASK_NOTE_CHARACTERS,
    WORD,
    Doubt,
)

IS_OPEN = text("done_at IS NULL")


class OriginalDatabase(Base):
    """One row, which backups leave out: a database without it was made from one."""

    __tablename__ = "original_database"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    since: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())


class Restoration(Base):
    """The database was found to be made from a backup. From then on `code` is in the name of each
    receipt, and nobody knows which numbers the lost ones have. `recovered_at`: when the provider's
    payments were last gone through."""

    __tablename__ = "restoration"
    __table_args__ = (CheckConstraint(f"length(code) = {CODE_CHARACTERS}", name="code_length"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(CODE_CHARACTERS), unique=True)
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recovered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class UnknownPayment(Base):
    """What the provider calls a payment of ours, while no purchase here has its key. It names
    nobody: who paid stands at the provider, under `ref`. `said` is our metadata there."""

    __tablename__ = "unknown_payment"
    __table_args__ = (
        one_of("why", Doubt),
        UniqueConstraint("provider", "purchase_key"),
        CheckConstraint(f"length(note) <= {TASK_NOTE_CHARACTERS}", name="note_length"),
        Index("ix_unknown_payment_open", "id", sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    provider: Mapped[str] = mapped_column(String(WORD))
    purchase_key: Mapped[str] = mapped_column(String(REF_CHARACTERS))
    ref: Mapped[str] = mapped_column(String(REF_CHARACTERS))
    why: Mapped[str] = mapped_column(String(WORD))
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    said: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS), default="")
    note: Mapped[str] = mapped_column(Text, default="")
