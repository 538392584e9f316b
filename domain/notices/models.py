"""The tables of notices to admins."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from domain.database import Base, Id, UtcDateTime, utc_now
from domain.notices.rules import FREQUENCIES, KIND_CHARACTERS


class NoticeChoice(Base):
    """How often an admin gets notices of a kind; without a row, as is usual: see `rules.USUAL`."""

    __tablename__ = "notice_choice"
    __table_args__ = (
        CheckConstraint(
            "frequency IN ({})".format(", ".join(f"'{one}'" for one in FREQUENCIES)),
            name="frequency",
        ),
    )

    admin_id: Mapped[int] = mapped_column(ForeignKey("admin.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(KIND_CHARACTERS), primary_key=True)
    frequency: Mapped[str] = mapped_column(String(10))


class Notice(Base):
    """Something that happened. `data` holds numbers and words of ours, no name or address of a
    customer. Kept until it is in the mails of the day."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(KIND_CHARACTERS))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("admin.id"))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now(), index=True)


class NoticesUntil(Base):
    """The last day whose notices were put together into mails. One row, once there is one."""

    __tablename__ = "notices_until"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    day: Mapped[date] = mapped_column(Date)
