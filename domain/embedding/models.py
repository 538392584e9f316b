"""The table of sites and its limits."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from domain.database import Base, Id, UtcDateTime, utc_now
from domain.emails import EMAIL_CHARACTERS
from domain.origins import ORIGIN_LIMIT


class EmbeddingSite(Base):
    """A site that may frame the packages: `origin` in its normal form, "https://example.com"."""

    __tablename__ = "embedding_site"
    __table_args__ = (
        CheckConstraint(f"length(origin) BETWEEN 9 AND {ORIGIN_LIMIT}", name="origin_length"),
        CheckConstraint("origin = lower(origin)", name="origin_lower"),
        # As a part of a header it must not be able to end it or to add to it.
        CheckConstraint(
            "origin NOT LIKE '% %' AND origin NOT LIKE '%;%' AND origin NOT LIKE '%,%'",
            name="origin_one_word",
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    origin: Mapped[str] = mapped_column(String(ORIGIN_LIMIT), unique=True)
    author: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now())
