"""Edit prices: the prices and credits of a country as a sheet, saved together or not at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from flask import Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from blueprints.forms import read_version
from blueprints.i18n import translated
from blueprints.locale import reader_locale
from blueprints.packages import bp
from blueprints.packages.bulk.bulk_words import describe_saved
from blueprints.packages.bulk.saved import answer_saved
from blueprints.packages.bulk.selecting import refuse_too_many
from blueprints.packages.bulk.shown_lines import describe_refusal
from domain import countries, money, numbers
from domain.catalogue.bulk.lines import Edit, LinesRefused, plan_lines
from domain.catalogue.drafts.listing import Placed, list_all_drafts, list_by_id
from domain.catalogue.packages.rules import PackageValues, check_credits
from domain.catalogue.pending.pending import pending_changes
from domain.catalogue.pending.planning import write_planned
from domain.catalogue.rules import InvalidText
from domain.catalogue.storefront import live
from domain.database import MOST_ID
from domain.numbers import whole_number
from extensions import db

CREDITS, PRICE = "credits", "price"


@dataclass
class SheetRow:
    """A package: its draft as it was opened, what buyers see of it, and what is typed.

    `shown` is the number that the page wrote as the price. `problems` has a sentence for each field
    that cannot be saved; a row that `is_gone` was removed by somebody since.
    """

    placed: Placed
    live: PackageValues | None
    version: int
    credits: str
    price: str
    shown: str
    opened_credits: str
    problems: dict[str, str] = field(default_factory=dict)
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
        row.version = read_version(request.form.get(f"version-{key}", ""))
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

    def read(self) -> PackageValues:
        """What is typed; where that means nothing, `problems` say so."""
        values = self.placed.values
        if self.credits != self.opened_credits:
            values = values._replace(credits=self._read(CREDITS, self._read_credits, 0))
        if self.price != self.opened_price:
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


@bp.get("/prices")
def prices() -> Response:
    country = read_country()
    found = list_all_drafts(db.session, [country])[country]
    staying = [placed for placed in found if placed.position]
    refuse_too_many(len(staying))
    on_sale = live_values(country)
    rows = [SheetRow.of(placed, on_sale.get(placed.id)) for placed in staying]
    leaving = [placed.values.name for placed in found if not placed.position]
    return show(country, rows, leaving=leaving)


@bp.post("/prices")
def save_prices() -> ResponseReturnValue:
    """Save all: one batch, or nothing where a cell needs a look."""
    country = read_country()
    rows = read_rows(country)
    lines = [
        Edit(str(row.placed.id), row.placed.id, row.version, row.read())
        for row in rows
        if row.is_changed and not row.is_gone
    ]
    if any(row.problems for row in rows):
        return show(country, rows, 422)
    gone = [row for row in rows if row.is_gone and row.is_changed]
    if gone:
        for row in gone:
            row.problems[PRICE] = str(_("It is to be removed. Saved again, it is left out."))
        return show(country, rows, 409)
    plan = partial(plan_lines, lines=lines, action="prices", author=current_user.email, whole=True)
    try:
        saved = write_planned(db.session, plan)
    except LinesRefused as error:
        mark_refused(rows, error)
        return show(country, rows, 409)
    return answer_saved(saved, describe_saved("prices", saved.written), [country])


@bp.post("/prices/echo")
def echo_prices() -> str:
    """What stands beside the fields of a row while they are typed."""
    rows = read_rows(read_country())
    if not rows:
        abort(422, _("Select packages first."))
    return render_template("packages/bulk/_sheet_echo.html", row=rows[0], after=rows[0].read())


def read_country() -> str:
    country = request.args.get("country", "").upper()
    if country not in countries.CODES:
        abort(404)
    return country


def read_rows(country: str) -> list[SheetRow]:
    """The rows that the browser sends, with their drafts as they are now. A removed package that
    the page already marked is left out."""
    sent = request.form
    ids = [id for text in sent.getlist("line") if (id := whole_number(text, MOST_ID))]
    refuse_too_many(len(ids))
    marked, on_sale = set(sent.getlist("gone")), live_values(country)
    rows = []
    for placed in list_by_id(db.session, set(ids)).values():
        row = SheetRow.sent(placed, on_sale.get(placed.id))
        row.is_gone = placed.position is None
        if not (row.is_gone and str(placed.id) in marked):
            rows.append(row)
    return rows


def live_values(country: str) -> Mapping[int, PackageValues]:
    """What buyers see of the country's packages, by id."""
    release = live.live_release(db.session)
    return {card.package_id: card.values for card in live.list_cards(db.session, release, country)}


def mark_refused(rows: Sequence[SheetRow], error: LinesRefused) -> None:
    """Says at each row what a colleague saved there; saved again, what is typed replaces it."""
    by_key = {str(row.placed.id): row for row in rows}
    for refused in error.refused:
        row = by_key[refused.line.key]
        row.problems[PRICE] = describe_refusal(refused)
        row.version = refused.version or row.version


def show(
    country: str, rows: Sequence[SheetRow], status: int = 200, leaving: Sequence[str] = ()
) -> Response:
    page = render_template(
        "packages/bulk/sheet.html",
        country=country,
        rows=rows,
        leaving=leaving,
        currencies=sorted({row.placed.values.currency for row in rows}),
        wrong=[(row, name) for row in rows for name in row.problems],
        pending=pending_changes(db.session),
    )
    return make_response(page, status)
