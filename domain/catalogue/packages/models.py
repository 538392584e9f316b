"""The tables of packages."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import SchemaItem

from domain.catalogue.models import DraftColumns, ReleasedColumns, is_integer
from domain.catalogue.packages.rules import (
    CREDITS_LIMIT,
    PACKAGE_FIELDS,
    PRICE_LIMIT,
    SHORT_INFO_LIMIT,
    PackageValues,
)
from domain.catalogue.rules import NAME_LIMIT, Values, fold
from domain.database import Base, UtcDateTime


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
        is_integer("credits"),
        is_integer("price_minor"),
        is_integer("rank"),
    )


class CreditPackage(_PackageColumns, DraftColumns, Base):
    """A draft; `removed_at` says that it is to leave the catalogue."""

    __tablename__ = "credit_package"
    __table_args__ = (
        *_package_checks(),
        CheckConstraint("version >= 1", name="version_range"),
        Index(None, "country", "rank", "id", "removed_at"),
    )

    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    search_text: Mapped[str] = mapped_column(Text)

    @property
    def is_removed(self) -> bool:
        return self.removed_at is not None

    @classmethod
    def columns_of(cls, values: Values) -> dict[str, Any]:
        search_text = fold(f"{values.name}\n{values.short_info}")
        return {**super().columns_of(values), "search_text": search_text}


class ReleasedPackage(_PackageColumns, ReleasedColumns, Base):
    """A package as a release made it. `rank` is not the draft's: what is live has an order of its
    own, in which a package's place is its row number by rank and id."""

    __tablename__ = "released_package"
    __table_args__ = (
        *_package_checks(),
        UniqueConstraint("item_id", "release_number"),
        Index(None, "country", "release_number"),
    )

    item_id: Mapped[int] = mapped_column(ForeignKey("credit_package.id"))


class LivePackage(Base):
    """A package that buyers see now: its newest version, and where that stands."""

    __tablename__ = "live_package"
    __table_args__ = (UniqueConstraint("country", "rank"),)

    item_id: Mapped[int] = mapped_column(ForeignKey("credit_package.id"), primary_key=True)
    released_id: Mapped[int] = mapped_column(ForeignKey("released_package.id"), unique=True)
    country: Mapped[str] = mapped_column(String(2))
    rank: Mapped[int] = mapped_column(BigInteger)
