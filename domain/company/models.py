"""The table of the company."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from domain.company.rules import (
    ADDRESS_CHARACTERS,
    NAME_CHARACTERS,
    PHONE_CHARACTERS,
    TAX_NUMBER_CHARACTERS,
    URL_CHARACTERS,
)
from domain.database import Base, UtcDateTime, utc_now
from domain.emails import EMAIL_CHARACTERS


class Company(Base):
    """The company that sells. One row, once somebody has filled it in; it works at once."""

    __tablename__ = "company"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint(f"length(legal_name) BETWEEN 1 AND {NAME_CHARACTERS}", name="name_length"),
        CheckConstraint(
            f"length(address) BETWEEN 1 AND {ADDRESS_CHARACTERS}", name="address_length"
        ),
        CheckConstraint("length(country) = 2", name="country_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    legal_name: Mapped[str] = mapped_column(String(NAME_CHARACTERS))
    address: Mapped[str] = mapped_column(String(ADDRESS_CHARACTERS))
    country: Mapped[str] = mapped_column(String(2))
    tax_number: Mapped[str] = mapped_column(String(TAX_NUMBER_CHARACTERS))
    email: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
    phone: Mapped[str] = mapped_column(String(PHONE_CHARACTERS))
    terms_url: Mapped[str] = mapped_column(String(URL_CHARACTERS))
    privacy_url: Mapped[str] = mapped_column(String(URL_CHARACTERS))
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now(), onupdate=utc_now())
    changed_by: Mapped[str] = mapped_column(String(EMAIL_CHARACTERS))
