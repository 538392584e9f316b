"""What buyers of a country would see after Apply Changes, beside what they see now. Reads only."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

from sqlalchemy import select

from domain.catalogue.changes.diff import Change
from domain.catalogue.drafts import drafts, listing
from domain.catalogue.drafts.drafts import get_settings
from domain.catalogue.markets.rules import INITIAL_MARKET, MarketValues
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.pending.pending import Pending, pending_changes
from domain.catalogue.settings.rules import SettingsValues
from domain.catalogue.storefront import live, offers
from domain.catalogue.storefront.offers import CountryOffers
from domain.database import AnySession


@dataclass(frozen=True, slots=True)
class DraftedCard:
    """A draft that stays, at the place where buyers would find it."""

    package_id: int
    position: int
    values: PackageValues


@dataclass(frozen=True)
class Side:
    """What one country's buyers are shown; `countries` are those that have any packages."""

    settings: SettingsValues
    country_offers: CountryOffers
    countries: frozenset[str]

    def has_others(self, country: str) -> bool:
        """Whether there are packages in another country."""
        return bool(self.countries - {country})


@dataclass(frozen=True)
class BestValues:
    """The packages on both sides that would become the best value, or would be it no longer."""

    won: frozenset[int]
    lost: frozenset[int]


@dataclass(frozen=True)
class Preview:
    """A country's drafted cards and its live ones, and all that is pending, at one moment."""

    country: str
    drafted: Side
    live: Side
    pending: Pending

    @cached_property
    def changes_by_country(self) -> Mapping[str, int]:
        """How many changes concern each country; a package that changes countries, both."""
        return count_changes(self.pending.changes)

    @cached_property
    def best_values(self) -> BestValues:
        drafted, live = (
            {offer.package_id: offer.is_best_value for offer in side.country_offers.offers}
            for side in (self.drafted, self.live)
        )
        changed = {key for key in drafted.keys() & live.keys() if drafted[key] != live[key]}
        won = frozenset(key for key in changed if drafted[key])
        return BestValues(won, frozenset(changed - won))

    @property
    def unchanged(self) -> frozenset[str]:
        """The countries whose buyers would see what they see now."""
        if any(not change.groups for change in self.pending.changes):
            return frozenset()
        return self.countries - self.changes_by_country.keys()

    @property
    def countries(self) -> frozenset[str]:
        """Every country that can be looked at."""
        return self.drafted.countries | self.live.countries | {self.country}

    @property
    def emptied(self) -> frozenset[str]:
        """The countries that have packages now and would have none."""
        return self.live.countries - self.drafted.countries


def build_preview(session: AnySession, country: str = "") -> Preview:
    """The preview of `country`; of the one that there is most to see in when it is ""."""
    pending = pending_changes(session)
    settings = get_settings(session).values
    country = country or choose_country(pending, settings.default_country)
    counts = listing.count_by_country(session)
    drafted = Side(
        settings,
        drafted_offers_for_country(session, settings, country),
        frozenset(code for code, count in counts.items() if count.staying),
    )
    release = live.live_release(session)
    now_live = Side(
        release.settings,
        live.offers_for_country(session, release, country),
        frozenset(live.count_by_country(session, release)),
    )
    return Preview(country, drafted, now_live, pending)


def choose_country(pending: Pending, default_country: str) -> str:
    """The default country if anything changes there or nowhere, else where most changes."""
    counts = count_changes(pending.changes)
    if not counts or default_country in counts:
        return default_country
    return min(counts, key=lambda code: (-counts[code], code))


def count_changes(changes: Iterable[Change]) -> Mapping[str, int]:
    """The number of changes that concern each country; none for the settings, which all see."""
    return Counter(country for change in changes for country in change.groups)


def drafted_offers_for_country(
    session: AnySession, settings: SettingsValues, country: str
) -> CountryOffers:
    """What the drafts would show to buyers in `country`."""
    return offers.offers_for_country(
        country,
        settings.default_country,
        partial(list_drafted_cards, session),
        partial(drafted_market, session),
    )


def drafted_market(session: AnySession, country: str) -> MarketValues:
    market = drafts.find_market(session, country)
    return market.values if market else INITIAL_MARKET


def list_drafted_cards(session: AnySession, country: str) -> list[DraftedCard]:
    """The drafts of `country` that stay, in listing order."""
    staying = session.scalars(
        select(CreditPackage)
        .where(CreditPackage.country == country, CreditPackage.removed_at.is_(None))
        .order_by(CreditPackage.rank, CreditPackage.id)
    )
    return [DraftedCard(draft.id, place, draft.values) for place, draft in enumerate(staying, 1)]
