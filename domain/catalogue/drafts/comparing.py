"""How a package that is being typed compares with the other drafts of its country."""

from typing import NamedTuple

from sqlalchemy import BigInteger, String, bindparam, select

from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.packages.rules import PACKAGE_FIELDS, PackageValues
from domain.catalogue.storefront import offers
from domain.database import AnySession


class DraftSaving(NamedTuple):
    """What buyers will save, in per cent, and the name of the package they compare with."""

    percent: int
    than: str


class _Drafted(NamedTuple):
    package_id: int
    position: int
    values: PackageValues


# Only this one can be what the cards compare with, so a country of thousands is not read.
_SMALLEST = (
    select(*(getattr(CreditPackage, name) for name in PACKAGE_FIELDS))
    .where(
        CreditPackage.country == bindparam("country", type_=String),
        CreditPackage.currency == bindparam("currency", type_=String),
        CreditPackage.removed_at.is_(None),
        CreditPackage.price_minor > 0,
        CreditPackage.id != bindparam("package_id", type_=BigInteger),
    )
    .order_by(CreditPackage.credits, CreditPackage.price_minor)
    .limit(1)
)


def find_saving(
    session: AnySession, values: PackageValues, package_id: int | None
) -> DraftSaving | None:
    """What the package's card will say once these values are saved and live with all drafts."""
    others = {"country": values.country, "currency": values.currency, "package_id": package_id or 0}
    row = session.execute(_SMALLEST, others).one_or_none()
    if row is None:
        return None
    smallest = _Drafted(0, 1, PackageValues(*row))
    _smallest, offer = offers.list_offers([smallest, _Drafted(package_id or -1, 2, values)])
    return DraftSaving(offer.saving.percent, smallest.values.name) if offer.saving else None
