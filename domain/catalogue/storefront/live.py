"""What buyers see: the newest release. Nothing in here can reach a draft."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    exists,
    func,
    select,
)
from sqlalchemy.orm import aliased

from domain.catalogue.markets.models import LiveMarket, ReleasedMarket
from domain.catalogue.markets.rules import INITIAL_MARKET, MarketValues
from domain.catalogue.models import Release
from domain.catalogue.packages.models import LivePackage, ReleasedPackage
from domain.catalogue.packages.rules import PACKAGE_FIELDS, PackageValues
from domain.catalogue.settings.models import LiveSettings, ReleasedSettings
from domain.catalogue.settings.rules import INITIAL_SETTINGS, SettingsValues
from domain.catalogue.storefront import offers
from domain.catalogue.storefront.offers import CountryOffers
from domain.database import MOST_INTEGER, AnySession


@dataclass(frozen=True, slots=True)
class LiveRelease:
    """A release as buyers see it, or, when it `is_past`, once saw it; number 0 stands for "nothing
    applied yet"."""

    number: int
    settings: SettingsValues
    is_past: bool = False


class Card(NamedTuple):
    """A package as buyers see it; `released_id` names that very version of it for good."""

    package_id: int
    released_id: int
    position: int
    values: PackageValues


class Version(NamedTuple):
    """A package as it is since a release; `released_id` names that very version for good."""

    released_id: int
    release_number: int
    values: PackageValues


def live_number() -> ScalarSelect[int]:
    """The live release's number, for use inside a statement.

    The newest, whatever its time says: a clock that is set back takes nothing away from buyers.
    """
    return newest().with_only_columns(Release.number).scalar_subquery()


def newest() -> Select[tuple[int, datetime]]:
    """Number and time of the live release; nothing when nothing was applied yet.

    Together they name it for good: a restored database may give a number away again.
    """
    return select(Release.number, Release.created_at).order_by(Release.number.desc()).limit(1)


# All statements are made once: putting them together takes longer than to have them answered.
_LIVE = (
    select(Release.number, ReleasedSettings)
    .select_from(Release)
    .outerjoin(LiveSettings, LiveSettings.item_id.is_not(None))
    .outerjoin(ReleasedSettings, ReleasedSettings.id == LiveSettings.released_id)
    .order_by(Release.number.desc())
    .limit(1)
)


def live_release(session: AnySession) -> LiveRelease:
    row = session.execute(_LIVE).one_or_none()
    if row is None:
        return LiveRelease(0, INITIAL_SETTINGS)
    number, settings = row
    return LiveRelease(number, settings.values if settings else INITIAL_SETTINGS)


def past_release(session: AnySession, number: int) -> LiveRelease | None:
    """The release that buyers see or once saw; None for a number that never was live."""
    live = live_release(session)
    if number == live.number and number:
        return live
    if not 1 <= number <= min(live.number, MOST_INTEGER):
        return None
    settings = session.scalar(_PAST_SETTINGS, {"number": number})
    return LiveRelease(number, settings.values if settings else INITIAL_SETTINGS, is_past=True)


def as_of(released: type[Any], number: Any) -> ColumnElement[bool]:  # noqa: ANN401 - or a parameter
    """Which versions of the items of a type a release shows: of each item the newest until then."""
    later = aliased(released)
    is_replaced = exists().where(
        later.item_id == released.item_id,
        later.release_number > released.release_number,
        later.release_number <= number,
    )
    return and_(released.release_number <= number, ~is_replaced, ~released.is_gone)


_NUMBER, _COUNTRY = bindparam("number", type_=Integer), bindparam("country", type_=String)
_PAST_SETTINGS = select(ReleasedSettings).where(as_of(ReleasedSettings, _NUMBER))
_CARD = select(
    ReleasedPackage.item_id,
    ReleasedPackage.id,
    *(getattr(ReleasedPackage, name) for name in PACKAGE_FIELDS),
)
_CARDS = (
    _CARD.join(LivePackage, LivePackage.released_id == ReleasedPackage.id)
    .where(LivePackage.country == _COUNTRY)
    .order_by(LivePackage.rank)
)
_LIVE_VALUES = (
    select(*(getattr(ReleasedPackage, name) for name in PACKAGE_FIELDS))
    .join(LivePackage, LivePackage.released_id == ReleasedPackage.id)
    .where(LivePackage.item_id == bindparam("package_id", type_=BigInteger))
)
_LIVE_VERSION = _LIVE_VALUES.add_columns(ReleasedPackage.id, ReleasedPackage.release_number)
_VERSION = _CARD.where(ReleasedPackage.id == bindparam("released_id", type_=BigInteger))
_PAST_CARDS = _CARD.where(
    ReleasedPackage.country == _COUNTRY, as_of(ReleasedPackage, _NUMBER)
).order_by(ReleasedPackage.rank, ReleasedPackage.item_id)
_MARKET = (
    select(ReleasedMarket)
    .join(LiveMarket, LiveMarket.released_id == ReleasedMarket.id)
    .where(LiveMarket.country == _COUNTRY)
)
_PAST_MARKET = select(ReleasedMarket).where(
    ReleasedMarket.country == _COUNTRY, as_of(ReleasedMarket, _NUMBER)
)
_PAST_VALUES = select(*(getattr(ReleasedPackage, name) for name in PACKAGE_FIELDS)).where(
    ReleasedPackage.item_id == bindparam("package_id", type_=BigInteger),
    as_of(ReleasedPackage, _NUMBER),
)
_COUNTS = select(LivePackage.country, func.count()).group_by(LivePackage.country)
_PAST_COUNTS = (
    select(ReleasedPackage.country, func.count())
    .where(as_of(ReleasedPackage, _NUMBER))
    .group_by(ReleasedPackage.country)
)


def list_cards(session: AnySession, release: LiveRelease, country: str) -> list[Card]:
    """The packages that `release` sells in `country`, in listing order."""
    cards = _PAST_CARDS if release.is_past else _CARDS
    rows = session.execute(cards, {"country": country, "number": release.number}).all()
    return [
        Card(id, released_id, place, PackageValues(*values))
        for place, (id, released_id, *values) in enumerate(rows, start=1)
    ]


def find_market(session: AnySession, release: LiveRelease, country: str) -> MarketValues:
    """What `release` says to buyers in `country` about its prices."""
    market = session.scalar(
        _PAST_MARKET if release.is_past else _MARKET,
        {"country": country, "number": release.number},
    )
    return market.values if market else INITIAL_MARKET


def offers_for_country(session: AnySession, release: LiveRelease, country: str) -> CountryOffers:
    """What `release` shows to buyers in `country`; nothing when there is nothing to show."""
    return offers.offers_for_country(
        country,
        release.settings.default_country,
        partial(list_cards, session, release),
        partial(find_market, session, release),
    )


def find_past_values(session: AnySession, package_id: int, number: int) -> PackageValues | None:
    """The package as the release of this number showed it; None when it did not."""
    parameters = {"package_id": package_id, "number": number}
    row = session.execute(_PAST_VALUES, parameters).one_or_none()
    return PackageValues(*row) if row else None


def count_by_country(session: AnySession, release: LiveRelease) -> dict[str, int]:
    """How many packages `release` sells, by country; countries without any are left out."""
    counts = _PAST_COUNTS if release.is_past else _COUNTS
    return dict(session.execute(counts, {"number": release.number}).tuples().all())


def is_on_sale(session: AnySession, package_id: int) -> bool:
    """Whether buyers see the package now."""
    return session.get(LivePackage, package_id) is not None


def find_values(session: AnySession, package_id: int) -> PackageValues | None:
    """The package as buyers see it now; None when they do not."""
    row = session.execute(_LIVE_VALUES, {"package_id": package_id}).one_or_none()
    return PackageValues(*row) if row else None


def find_version(session: AnySession, package_id: int) -> Version | None:
    """The same, and which version of the package that is."""
    row = session.execute(_LIVE_VERSION, {"package_id": package_id}).one_or_none()
    return Version(row.id, row.release_number, PackageValues(*row[:-2])) if row else None


def find_released(session: AnySession, released_id: int) -> tuple[int, PackageValues] | None:
    """Which package this version is of, and what it says; None where there is no such version."""
    row = session.execute(_VERSION, {"released_id": released_id}).one_or_none()
    return (int(row[0]), PackageValues(*row[2:])) if row else None
