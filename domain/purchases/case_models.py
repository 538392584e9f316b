"""What admins note about failed payments: of one customer, for one package."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from domain.database import Base, Id, UtcDateTime, utc_now
from domain.emails import EMAIL_CHARACTERS

NOTE_CHARACTERS = 500


class DoneCase(Base):
    """Nothing is left to do about what failed, up to this purchase; a later one opens it again."""

    __tablename__ = "done_case"
    __table_args__ = (Index(None, "up_to"),)

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    package_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    up_to: Mapped[int] = mapped_column(ForeignKey("purchase.id"))
    author: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    done_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())


class CaseNote(Base):
    """Free text of an admin. Insert-only, until the customer is erased."""

    __tablename__ = "case_note"
    __table_args__ = (
        CheckConstraint(f"length(text) BETWEEN 1 AND {NOTE_CHARACTERS}", name="text_length"),
        Index(None, "customer_id", "package_id", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    package_id: Mapped[int] = mapped_column(BigInteger)
    author: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    text: Mapped[str] = mapped_column(String(NOTE_CHARACTERS))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
