"""Where packages are copied to: countries, their currencies, a rate and rounding for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from blueprints.locale import reader_locale
from blueprints.packages.bulk.rule_form import RoundingForm
from blueprints.pages import sorted_countries
from domain import countries, money
from domain.catalogue.bulk.copying import Target
from domain.catalogue.drafts.listing import Placed
from domain.numbers import Reading, readings

# More than this is no rate of two currencies.
HIGHEST_RATE = 10**9
SKIP, UPDATE = "skip", "update"


@dataclass(frozen=True)
class ChosenTarget:
    """A country as the form shows it: what is typed for it, and why that cannot be used."""

    country: str
    own: str
    currencies: Sequence[str]
    currency: str
    rate: str
    target: Target
    problem: str = ""

    @property
    def is_converted(self) -> bool:
        return self.currency != self.own


class CopyForm(RoundingForm):
    existing = SelectField(
        lazy_gettext("What is there already"),
        choices=[
            SelectChoice(SKIP, lazy_gettext("Skip")),
            SelectChoice(UPDATE, lazy_gettext("Update price and short info")),
        ],
        default=SKIP,
    )

    def targets(self, sources: Sequence[Placed]) -> list[ChosenTarget]:
        """The chosen countries, by name; no country twice."""
        codes = [code for code in request.values.getlist("to") if code in countries.CODES]
        return [self._target(code, sources) for code in sorted_countries(set(codes))]

    def _target(self, country: str, sources: Sequence[Placed]) -> ChosenTarget:
        own = sources[0].values.currency if sources else ""
        usual = countries.usual_currency(country) or own
        offered = list(dict.fromkeys([own, usual]))
        typed = request.values.get(f"currency-{country}", "")
        currency = typed if typed in offered else usual
        rate, problem = "", ""
        amount = None
        if currency != own:
            rate = request.values.get(f"rate-{country}", "")
            amount, problem = read_rate(rate)
        if currency != own and len({placed.values.currency for placed in sources}) > 1:
            problem = str(_("These packages have several currencies. Copy those of one at a time."))
            amount = None
        wanted = currency if currency != own else ""
        target = Target(country, wanted, amount, self.rounding)
        return ChosenTarget(country, own, offered, currency, rate, target, problem)


def read_rate(text: str) -> tuple[Fraction | None, str]:
    """The rate, or why what was typed is none; both empty while nothing is typed."""
    if not text.strip():
        return None, ""
    found = sorted({_value(reading) for reading in readings(text.strip())})
    if len(found) > 1:
        return None, str(_("That can be read in two ways. Type one digit more or less."))
    if not found or not 0 < found[0] <= HIGHEST_RATE:
        example = money.field_text("0.95", reader_locale())
        return None, str(_("Type a rate above 0, for example %(example)s.", example=example))
    return found[0], ""


def _value(reading: Reading) -> Fraction:
    whole, fraction = reading
    return Fraction(int(whole + fraction), 10 ** len(fraction))
