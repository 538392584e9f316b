"""Packages copied into other countries: what each becomes there, and what is there already."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

from domain.catalogue.bulk.lines import Add, Line, Refused, Saved, plan_lines
from domain.catalogue.bulk.price_changes import Rounding, converted
from domain.catalogue.drafts.listing import Placed, list_all_drafts
from domain.catalogue.errors import CatalogueError
from domain.catalogue.packages.rules import PackageValues, check_price
from domain.catalogue.pending.planning import Work
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


class AlreadyThere(CatalogueError):
    """A package like this one came there since."""

    def __init__(self) -> None:
        super().__init__(message("It was added there since. Save again to update it."))


def plan_copies(session: AnySession, lines: Sequence[Line], *, author: str) -> Work[Saved]:
    """How to write copies; of the new ones those whose like is not there by then."""
    new = [line for line in lines if isinstance(line, Add)]
    there = read_likes(session, {line.values.country for line in new})
    doubled = [line for line in new if likeness(line.values) in there]
    fresh = [line for line in lines if line not in doubled]
    work = plan_lines(session, fresh, action="copy", author=author)
    refused = tuple(Refused(line, AlreadyThere()) for line in doubled)

    def write_copies(session: AnySession) -> Saved:
        saved = work(session)
        return Saved(saved.batch_id, saved.written, (*saved.refused, *refused))

    return write_copies


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
