"""What is sold at this moment, and whether anything is."""

from typing import NamedTuple

from domain.catalogue.markets.rules import MarketValues, Tax
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.settings.rules import Buying
from domain.catalogue.storefront import live
from domain.company.company import find_company
from domain.database import AnySession
from domain.purchases.errors import NotForSale, SellingPaused
from domain.purchases.pause import is_paused
from domain.purchases.rules import tax_within


class Offer(NamedTuple):
    """What a buyer agrees to. A package that was moved or worded anew is the same offer."""

    price_minor: int
    currency: str
    credits: int


class OnSale(NamedTuple):
    """A package as buyers see it now; `released_id` is that very version of it."""

    package_id: int
    released_id: int
    release_number: int
    values: PackageValues
    market: MarketValues

    @property
    def offer(self) -> Offer:
        return Offer(self.values.price_minor, self.values.currency, self.values.credits)

    @property
    def tax_minor(self) -> int:
        """How much of the price is tax; 0 unless the price includes it."""
        is_included = self.market.tax == Tax.INCLUDED
        points = self.market.tax_basis_points if is_included else 0
        return tax_within(self.values.price_minor, points)


def get_on_sale(session: AnySession, package_id: int) -> OnSale:
    """Raises NotForSale."""
    release = live.live_release(session)
    found = live.find_version(session, package_id)
    is_sold_here = release.settings.buying == Buying.HERE
    if found is None or found.values.price_minor == 0 or not is_sold_here:
        raise NotForSale
    market = live.find_market(session, release, found.values.country)
    # A release that came between the two may have made this version.
    number = max(release.number, found.release_number)
    return OnSale(package_id, found.released_id, number, found.values, market)


def refuse_while_paused(session: AnySession, *, needs_company: bool) -> None:
    """Raises SellingPaused, also where the company is needed and not filled in."""
    if is_paused(session) or (needs_company and not has_company(session)):
        raise SellingPaused


def has_company(session: AnySession) -> bool:
    """Whether buyers can be told who sells."""
    company = find_company(session)
    return company is not None and company.is_complete
