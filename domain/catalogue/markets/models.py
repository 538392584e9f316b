"""The tables of markets."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import SchemaItem

from domain.catalogue.markets.rules import (
    BASIS_POINTS_LIMIT,
    MARKET_FIELDS,
    MARKET_NOTE_LIMIT,
    MARKET_NOTES,
    MarketValues,
    Tax,
)
from domain.catalogue.models import DraftColumns, ReleasedColumns, is_integer
from domain.database import Base


class _MarketColumns:
    """`country` is whose market it is, for good."""

    country: Mapped[str] = mapped_column(String(2))
    tax: Mapped[str] = mapped_column(String(10))
    tax_basis_points: Mapped[int] = mapped_column(Integer)
    note_en: Mapped[str] = mapped_column(String(MARKET_NOTE_LIMIT))
    note_tr: Mapped[str] = mapped_column(String(MARKET_NOTE_LIMIT))
    note_de: Mapped[str] = mapped_column(String(MARKET_NOTE_LIMIT))
    note_ar: Mapped[str] = mapped_column(String(MARKET_NOTE_LIMIT))

    @property
    def values(self) -> MarketValues:
        return MarketValues(*(getattr(self, name) for name in MARKET_FIELDS))


def _market_checks() -> tuple[SchemaItem, ...]:
    known = ", ".join(f"'{tax.value}'" for tax in Tax)
    return (
        CheckConstraint("length(country) = 2", name="country_length"),
        CheckConstraint(f"tax IN ({known})", name="tax_known"),
        CheckConstraint(f"tax_basis_points BETWEEN 0 AND {BASIS_POINTS_LIMIT}", name="tax_range"),
        CheckConstraint(f"tax_basis_points = 0 OR tax = '{Tax.INCLUDED.value}'", name="tax_rate"),
        is_integer("tax_basis_points"),
        *(
            CheckConstraint(f"length({field}) <= {MARKET_NOTE_LIMIT}", name=f"{field}_length")
            for field in MARKET_NOTES
        ),
    )


class Market(_MarketColumns, DraftColumns, Base):
    """A draft. There is none until something is said about the country."""

    __tablename__ = "market"
    __table_args__ = (
        *_market_checks(),
        CheckConstraint("version >= 1", name="version_range"),
        UniqueConstraint("country"),
    )


class ReleasedMarket(_MarketColumns, ReleasedColumns, Base):
    """A market as a release made it."""

    __tablename__ = "released_market"
    __table_args__ = (
        *_market_checks(),
        UniqueConstraint("item_id", "release_number"),
        Index(None, "country", "release_number"),
    )

    item_id: Mapped[int] = mapped_column(ForeignKey("market.id"))


class LiveMarket(Base):
    """A market that buyers read now."""

    __tablename__ = "live_market"

    item_id: Mapped[int] = mapped_column(ForeignKey("market.id"), primary_key=True)
    released_id: Mapped[int] = mapped_column(ForeignKey("released_market.id"), unique=True)
    country: Mapped[str] = mapped_column(String(2), unique=True)
