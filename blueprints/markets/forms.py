"""The form of a market."""

from collections.abc import Mapping
from typing import Any, ClassVar

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import HiddenField, StringField, ValidationError

from blueprints.forms import VersionForm, obeys
from blueprints.locale import reader_locale
from blueprints.pages import tax_line
from domain import numbers
from domain.catalogue.errors import EditConflict, StaleVersion
from domain.catalogue.markets.rules import (
    MARKET_NOTES,
    MarketValues,
    Tax,
    check_basis_points,
    check_tax,
    clean_market_note,
)
from domain.catalogue.rules import InvalidText

TAX_WORDS = {
    Tax.NOTHING: _("Say nothing about tax"),
    Tax.INCLUDED: _("The price includes tax"),
    Tax.WHEN_USED: _("Tax is due when the credits are used"),
}
NOTE = [obeys(clean_market_note)]


class MarketForm(VersionForm):
    """`basis_points` is what the valid tax rate means."""

    tax = StringField(_("Tax"), [obeys(check_tax)])
    rate = StringField(_("Tax Rate"))
    # A rate that was there is given up along with the tax; one that is typed needs it.
    opened_rate = HiddenField()
    note_en = StringField(_("Note (%(language)s)", language="English"), NOTE)
    note_tr = StringField(_("Note (%(language)s)", language="Türkçe"), NOTE)
    note_de = StringField(_("Note (%(language)s)", language="Deutsch"), NOTE)
    note_ar = StringField(_("Note (%(language)s)", language="العربية"), NOTE)
    together: ClassVar[dict[str, str]] = {"rate": "tax"}
    basis_points = 0

    @classmethod
    def of(cls, values: MarketValues, version: int) -> "MarketForm":
        """The form as it opens, whatever this request sent."""
        typed = _typed(values)
        opened = {"version": str(version), "opened_rate": typed["rate"]}
        return cls(formdata=None, data=typed | opened)

    def validate_rate(self, field: Any) -> None:  # noqa: ANN401 - WTForms has no types
        if self.tax.data != Tax.INCLUDED:
            if (field.data or "").strip() not in ("", self.opened_rate.data):
                raise ValidationError(
                    gettext("Choose that the price includes tax, or leave the rate empty.")
                )
            return
        try:
            points = numbers.parse_percent(field.data or "")
            self.basis_points = check_basis_points(points)
        except (ValueError, InvalidText):
            raise ValidationError(
                gettext("Enter a tax rate from 0 to 100, for example 20 or 19.5.")
            ) from None

    @property
    def values(self) -> MarketValues:
        """What the valid form means."""
        notes = {name: clean_market_note(self[name].data or "") for name in MARKET_NOTES}
        return MarketValues(self.tax.data, self.basis_points, **notes)

    @property
    def tax_choices(self) -> list[tuple[str, str]]:
        return [(tax.value, str(words)) for tax, words in TAX_WORDS.items()]

    @property
    def notes(self) -> list[Any]:
        return [self[name] for name in MARKET_NOTES]

    def show_stale(self, now: MarketValues, version: int, error: StaleVersion) -> None:
        """Shows what was saved meanwhile beside what is typed."""
        theirs = _typed(now)
        if isinstance(error, EditConflict):
            fields, merged, version = error.fields, _typed(error.merged), error.version
        else:
            fields, merged = tuple(n for n in theirs if theirs[n] != self[n].data), {}
        names = ["rate" if field == "tax_basis_points" else field for field in fields]
        self.show_conflict(error, version, names, theirs, merged)

    def format_value(self, name: str, values: Mapping[str, str]) -> str:
        if name != "tax":
            return super().format_value(name, values)
        try:
            points = numbers.parse_percent(values["rate"] or "0")
        except ValueError:
            return values["rate"]
        return tax_line(MarketValues(values["tax"], points)) or str(TAX_WORDS[Tax.NOTHING])


def _typed(values: MarketValues) -> dict[str, str]:
    """The market as an admin would type it."""
    is_included = values.tax == Tax.INCLUDED
    rate = numbers.decimal_text(values.tax_basis_points, 2, reader_locale()) if is_included else ""
    return {"tax": values.tax, "rate": rate, **{n: getattr(values, n) for n in MARKET_NOTES}}
