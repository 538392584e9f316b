"""The tables of the settings."""

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import SchemaItem

from domain.catalogue.models import DraftColumns, ReleasedColumns
from domain.catalogue.rules import NAME_LIMIT
from domain.catalogue.settings.rules import (
    INTRO_FIELDS,
    INTRO_LIMIT,
    LINK_LIMIT,
    SETTINGS_FIELDS,
    ZONE_LIMIT,
    Buying,
    SettingsValues,
)
from domain.database import Base

# There is one.
SETTINGS_ID = 1


class _SettingsColumns:
    platform_name: Mapped[str] = mapped_column(String(NAME_LIMIT))
    default_country: Mapped[str] = mapped_column(String(2))
    main_language: Mapped[str] = mapped_column(String(2))
    time_zone: Mapped[str] = mapped_column(String(ZONE_LIMIT))
    intro_en: Mapped[str] = mapped_column(String(INTRO_LIMIT))
    intro_tr: Mapped[str] = mapped_column(String(INTRO_LIMIT))
    intro_de: Mapped[str] = mapped_column(String(INTRO_LIMIT))
    intro_ar: Mapped[str] = mapped_column(String(INTRO_LIMIT))
    # The default is what earlier releases showed; they are sealed.
    buying: Mapped[str] = mapped_column(String(10), server_default=Buying.NOWHERE.value)
    buying_link: Mapped[str] = mapped_column(String(LINK_LIMIT), server_default="")

    @property
    def values(self) -> SettingsValues:
        return SettingsValues(*(getattr(self, name) for name in SETTINGS_FIELDS))


def _settings_checks() -> tuple[SchemaItem, ...]:
    return (
        CheckConstraint(f"length(platform_name) BETWEEN 1 AND {NAME_LIMIT}", name="name_length"),
        CheckConstraint("length(default_country) = 2", name="country_length"),
        CheckConstraint("length(main_language) = 2", name="language_length"),
        CheckConstraint(f"length(time_zone) BETWEEN 1 AND {ZONE_LIMIT}", name="zone_length"),
        *(
            CheckConstraint(f"length({field}) <= {INTRO_LIMIT}", name=f"{field}_length")
            for field in INTRO_FIELDS
        ),
        CheckConstraint("buying IN ('here', 'link', 'nowhere')", name="buying_known"),
        CheckConstraint(f"length(buying_link) <= {LINK_LIMIT}", name="buying_link_length"),
        CheckConstraint("(buying = 'link') = (buying_link <> '')", name="buying_link_used"),
    )


class StorefrontSettings(_SettingsColumns, DraftColumns, Base):
    """The one draft of what buyers see besides packages; its row is the catalogue's lock."""

    __tablename__ = "storefront_settings"
    __table_args__ = (
        *_settings_checks(),
        CheckConstraint(f"id = {SETTINGS_ID}", name="single_row"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)


class ReleasedSettings(_SettingsColumns, ReleasedColumns, Base):
    """The settings as a release made them."""

    __tablename__ = "released_settings"
    __table_args__ = (*_settings_checks(), UniqueConstraint("item_id", "release_number"))

    item_id: Mapped[int] = mapped_column(ForeignKey("storefront_settings.id"))


class LiveSettings(Base):
    """Which settings buyers see now."""

    __tablename__ = "live_settings"

    item_id: Mapped[int] = mapped_column(ForeignKey("storefront_settings.id"), primary_key=True)
    released_id: Mapped[int] = mapped_column(ForeignKey("released_settings.id"), unique=True)
