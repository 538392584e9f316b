"""Packages copied into other countries: what each becomes there, and what is there already."""

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

from domain.catalogue.bulk.price_changes import Rounding, converted
from domain.catalogue.drafts.listing import Placed, list_all_drafts
from domain.catalogue.packages.rules import PackageValues, check_price
from domain.catalogue.rules import InvalidText, fold
from domain.database import AnySession
from domain.messages import message

NO_ROUNDING = Rounding()

# A country, a name and credits: two packages that share them are the same to buyers.
Likeness = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Target:
    """A country to copy into. With a `currency` other than a package's own, prices are converted
    at `rate`: so many units of it for one of that."""

    country: str
    currency: str = ""
    rate: Fraction | None = None
    rounding: Rounding = NO_ROUNDING

    def receive(self, values: PackageValues) -> PackageValues:
        """What the package becomes there; InvalidText where it has no price yet."""
        currency = self.currency or values.currency
        if currency == values.currency:
            exact = Fraction(values.price_minor)
        elif self.rate:
            exact = converted(values.price_minor, values.currency, currency, self.rate)
        else:
            raise InvalidText(message("Type the rate first."))
        minor = check_price(self.rounding.apply(exact, currency))
        return values._replace(country=self.country, currency=currency, price_minor=minor)


def likeness(values: PackageValues) -> Likeness:
    return values.country, fold(values.name), values.credits


def read_likes(session: AnySession, countries: Collection[str]) -> dict[Likeness, Placed]:
    """The packages that stay in these countries; of several alike the first."""
    found: dict[Likeness, Placed] = {}
    for drafts in list_all_drafts(session, countries).values():
        for placed in drafts:
            if placed.position:
                found.setdefault(likeness(placed.values), placed)
    return found
