"""What buyers see: the newest release. Nothing in here can reach a draft."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import BigInteger, ColumnElement, ScalarSelect, Select, func, literal, select

from domain.catalogue.models import Release, ReleasedPackage, ReleasedSettings
from domain.catalogue.rules import INITIAL_SETTINGS, SettingsValues
from domain.catalogue.storefront import offers
from domain.catalogue.storefront.offers import CountryOffers
from domain.database import AnySession


@dataclass(frozen=True, slots=True)
class LiveRelease:
    """A release as buyers see it; number 0 stands for "nothing applied yet"."""

    number: int
    settings: SettingsValues
    revision_id: int = 0


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


def live_revision() -> ScalarSelect[int]:
    """The newest draft write that is live for certain, for use inside a statement."""
    newest = select(Release.revision_id).order_by(Release.number.desc()).limit(1)
    return newest.scalar_subquery()


def live_release(session: AnySession) -> LiveRelease:
    release = _find_release(session, Release.number == live_number())
    return release or LiveRelease(0, INITIAL_SETTINGS)


def past_release(session: AnySession, number: int) -> LiveRelease | None:
    """The release that buyers see or once saw; None for a number that never was live."""
    wanted = literal(number, BigInteger)  # it may be more than the column holds
    return _find_release(session, Release.number == wanted, Release.number <= live_number())


def _find_release(session: AnySession, *conditions: ColumnElement[bool]) -> LiveRelease | None:
    row = session.execute(
        select(Release, ReleasedSettings)
        .join(ReleasedSettings, ReleasedSettings.release_number == Release.number)
        .where(*conditions)
    ).one_or_none()
    if row is None:
        return None
    release, settings = row
    return LiveRelease(release.number, settings.values, release.revision_id)


def list_cards(session: AnySession, release: LiveRelease, country: str) -> list[ReleasedPackage]:
    """The packages that `release` sells in `country`, in listing order."""
    return list(
        session.scalars(
            select(ReleasedPackage)
            .where(
                ReleasedPackage.release_number == release.number,
                ReleasedPackage.country == country,
            )
            .order_by(ReleasedPackage.position)
        )
    )


def offers_for_country(session: AnySession, release: LiveRelease, country: str) -> CountryOffers:
    """What `release` shows to buyers in `country`; nothing when there is nothing to show."""
    read = partial(list_cards, session, release)
    return offers.offers_for_country(country, release.settings.default_country, read)


def count_by_country(session: AnySession, release: LiveRelease) -> dict[str, int]:
    """How many packages `release` sells, by country; countries without any are left out."""
    rows = session.execute(
        select(ReleasedPackage.country, func.count())
        .where(ReleasedPackage.release_number == release.number)
        .group_by(ReleasedPackage.country)
    )
    return dict(rows.tuples().all())


def is_on_sale(session: AnySession, package_id: int) -> bool:
    """Whether buyers see the package now."""
    found = select(ReleasedPackage.id).where(
        ReleasedPackage.release_number == live_number(), ReleasedPackage.package_id == package_id
    )
    return session.scalar(found) is not None
