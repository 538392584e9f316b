"""The rows of the sheet: as they were opened, and what is typed into them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flask import request
from flask_babel import gettext as _

from blueprints.forms import read_version
from blueprints.i18n import translated
from blueprints.locale import reader_locale
from blueprints.packages.bulk.shown_lines import describe_refusal, describe_theirs
from domain import money, numbers
from domain.catalogue.bulk.lines import Edit, Refused
from domain.catalogue.drafts.listing import Placed
from domain.catalogue.packages.rules import PackageValues, check_credits
from domain.catalogue.rules import InvalidText

CREDITS, PRICE = "credits", "price"
# What each cell holds.
FIELDS = {CREDITS: ("credits",), PRICE: ("price_minor", "currency")}


@dataclass
class SheetRow:
    """A package: its draft as it was opened, what buyers see of it, and what is typed.

    `shown` is the number that the page wrote as the price. `problems` has a sentence for each field
    that cannot be saved, and `theirs` what a colleague saved there; `base` is the version from
    before that. A row that `is_gone` was removed by somebody since.
    """

    placed: Placed
    live: PackageValues | None
    version: int
    credits: str
    price: str
    shown: str
    opened_credits: str
    problems: dict[str, str] = field(default_factory=dict)
    theirs: dict[str, str] = field(default_factory=dict)
    base: int = 0
    is_gone: bool = False

    @classmethod
    def of(cls, placed: Placed, on_sale: PackageValues | None) -> "SheetRow":
        values = placed.values
        text = money.input_value(values.price_minor, values.currency, reader_locale())
        shown, credits = money.plain(values.price_minor, values.currency), str(values.credits)
        return cls(placed, on_sale, placed.version, credits, text, shown, credits)

    @classmethod
    def sent(cls, placed: Placed, on_sale: PackageValues | None) -> "SheetRow":
        """As the browser sends it."""
        row, key = cls.of(placed, on_sale), str(placed.id)
        row.version, row.base = (
            read_version(request.form.get(f"{name}-{key}", "")) for name in ("version", "base")
        )
        row.credits, row.price, row.shown, row.opened_credits = (
            request.form.get(f"{name}-{key}", "")
            for name in ("credits", "price", "shown", "opened")
        )
        return row

    @property
    def opened_price(self) -> str:
        """The text that the page wrote as the price."""
        return money.field_text(self.shown, reader_locale())

    @property
    def is_changed(self) -> bool:
        return (self.credits, self.price) != (self.opened_credits, self.opened_price)

    @property
    def is_price_changed(self) -> bool:
        return self.price != self.opened_price

    @property
    def price_change(self) -> tuple[int, int] | None:
        """What buyers pay now and what is typed, in minor units, where that can be compared."""
        is_same_coin = self.live and self.live.currency == self.placed.values.currency
        if not (self.live and is_same_coin and self.is_price_changed) or self.is_gone:
            return None
        try:
            return self.live.price_minor, self._read_price()
        except money.PriceError:
            return None

    def use_theirs(self, name: str) -> None:
        """Fills in what is saved now, as if the page had been opened with it."""
        saved = SheetRow.of(self.placed, self.live)
        if name == PRICE:
            self.price, self.shown = saved.price, saved.shown
        else:
            self.credits = self.opened_credits = saved.credits

    def mark_refused(self, refused: Refused) -> None:
        """Says what a colleague saved; saved again, what is typed replaces it."""
        for name, fields in FIELDS.items():
            if theirs := describe_theirs(refused, fields):
                self.theirs[name] = theirs
                self.problems[name] = describe_refusal(refused, fields)
        if not self.theirs:
            self.problems[PRICE] = describe_refusal(refused)
        if refused.theirs and isinstance(refused.line, Edit):
            self.base, self.version = refused.line.version, refused.version

    def read(self) -> PackageValues:
        """What is typed; where that means nothing, `problems` say so."""
        values = self.placed.values
        if self.credits != self.opened_credits:
            values = values._replace(credits=self._read(CREDITS, self._read_credits, 0))
        if self.is_price_changed:
            values = values._replace(price_minor=self._read(PRICE, self._read_price, 0))
        return values

    def _read(self, name: str, read: Callable[[], int], instead: int) -> int:
        try:
            return read()
        except (InvalidText, money.PriceError) as error:
            self.problems[name] = translated(error)
        except ValueError:
            self.problems[name] = str(_("Enter a whole number, for example 100."))
        return instead

    def _read_credits(self) -> int:
        return check_credits(numbers.parse_whole(self.credits))

    def _read_price(self) -> int:
        currency = self.placed.values.currency
        return money.parse(self.price, currency, reader_locale(), self.shown)


@dataclass(frozen=True)
class Totals:
    """How many rows are to be corrected, and by how much the prices that were typed differ from
    what buyers see, on average: "+5.0%"."""

    to_correct: int
    average: str

    @classmethod
    def of(cls, rows: Sequence[SheetRow]) -> "Totals":
        changes = [change for row in rows if (change := row.price_change)]
        average = numbers.average_change(changes, reader_locale())
        return cls(sum(bool(row.problems) for row in rows), average)
