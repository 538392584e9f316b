"""The form of a package: what was typed, and what it means."""

import secrets
from collections.abc import Mapping
from typing import Any, ClassVar

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import HiddenField, StringField, ValidationError

from blueprints.forms import VersionForm, obeys
from blueprints.i18n import translated
from blueprints.locale import reader_locale
from blueprints.pages import country_name, number, price
from domain import countries, money, numbers
from domain.catalogue import rules
from domain.catalogue.drafts import ordering
from domain.catalogue.errors import EditConflict, StaleVersion
from domain.catalogue.models import FORM_CHARACTERS
from domain.catalogue.packages import rules as package_rules
from domain.catalogue.packages.models import CreditPackage
from domain.catalogue.packages.rules import PackageValues
from domain.database import MOST_ID
from domain.numbers import whole_number

USUAL_CURRENCIES = {code: countries.usual_currency(code) for code in countries.CODES}


class PackageForm(VersionForm):
    """The seven fields, and what the form was opened with."""

    name = StringField(lazy_gettext("Package Name"), [obeys(rules.clean_name)])
    credits = StringField(lazy_gettext("Credits"))
    price = StringField(lazy_gettext("Price"))
    position = StringField(lazy_gettext("Listing Order"))
    country = StringField(lazy_gettext("Package Country"), [obeys(rules.check_country)])
    currency = StringField(lazy_gettext("Package Currency"), [obeys(rules.check_currency)])
    short_info = StringField(lazy_gettext("Short Info"), [obeys(package_rules.clean_short_info)])
    opened_position = HiddenField()
    copied_from = HiddenField()
    # The number that the form itself wrote as the price, so that it need not ask what it means.
    opened_price = HiddenField()
    together: ClassVar[dict[str, str]] = {"currency": "price", "opened_price": "price"}

    def __init__(self, package_id: int | None = None, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(**kwargs)
        self.package_id = package_id
        self.subject = ""
        self.credits_number: int | None = None
        self.price_minor: int | None = None
        self.price_readings: tuple[int, ...] = ()
        self.position_number: int | None = None
        self.dom_id = f"package-{package_id or 'new'}"
        self.opened_name = secrets.token_urlsafe(FORM_CHARACTERS * 3 // 4)
        self.country_choices = countries.choices(reader_locale())
        self.currency_choices = money.choices(reader_locale())
        self.usual_currencies = USUAL_CURRENCIES

    @classmethod
    def for_country(cls, country: str) -> "PackageForm":
        """An empty form; the country ("" for none) is chosen already, and its usual currency."""
        usual = countries.usual_currency(country) or ""
        return cls(formdata=None, data={"country": country, "currency": usual})

    @classmethod
    def of(cls, package: CreditPackage, position: int) -> "PackageForm":
        """The form that edits `package`, which stands at `position`."""
        opened = {
            "version": str(package.version),
            "position": str(position),
            "opened_position": str(position),
        }
        form = cls(package.id, formdata=None, data=_typed(package) | opened)
        form.subject = package.name
        return form

    @classmethod
    def copy_of(cls, package: CreditPackage) -> "PackageForm":
        """The form that adds a package like `package`, as the last of its country."""
        form = cls(formdata=None, data=_typed(package) | {"copied_from": str(package.id)})
        form.subject = package.name
        return form

    @property
    def copied_id(self) -> int | None:
        """The package that the new one is a copy of."""
        return whole_number(self.copied_from.data or "", MOST_ID)

    @property
    def title(self) -> str:
        if self.package_id:
            return str(_("Edit %(name)s", name=self.subject))
        if self.subject:
            return str(_("Copy of %(name)s", name=self.subject))
        return str(_("New package"))

    @property
    def values(self) -> PackageValues:
        """What the valid form means."""
        assert self.credits_number is not None  # noqa: S101 - set by validation
        assert self.price_minor is not None  # noqa: S101
        return PackageValues(
            name=rules.clean_name(self.name.data),
            credits=self.credits_number,
            price_minor=self.price_minor,
            currency=self.currency.data,
            country=self.country.data,
            short_info=package_rules.clean_short_info(self.short_info.data or ""),
        )

    @property
    def compared_values(self) -> PackageValues:
        """What the cards compare; the texts may still be missing."""
        return PackageValues(
            "",
            self.credits_number or 0,
            self.price_minor or 0,
            self.currency.data,
            self.country.data,
        )

    @property
    def place(self) -> int | None:
        """The position asked for; None when Listing Order is as the form was opened."""
        if self.position_number is None:
            return ordering.LAST
        is_opened = str(self.position_number) == self.opened_position.data
        return None if is_opened else min(self.position_number, ordering.LAST)

    @property
    def price_hint(self) -> str:
        """How a price is typed; an example in the currency as far as it is known."""
        currency = self.currency.data if self.currency.data in money.CURRENCIES else "USD"
        return str(
            _(
                "For example %(example)s; 0 is free",
                example=money.example(currency, reader_locale()),
            )
        )

    @property
    def currency_is_chosen(self) -> bool:
        """Whether the currency is not just the usual one of the country."""
        usual = countries.usual_currency(self.country.data or "")
        return bool(self.currency.data) and self.currency.data != usual

    def take_answer(self) -> None:
        """Fills in the price that was pressed where the form asked which one is meant."""
        number = request.form.get("price_answer", "")
        if text := money.field_text(number, reader_locale()):
            self.price.data, self.opened_price.data = text, number

    def show_stale(self, package: CreditPackage, error: StaleVersion) -> None:
        """Shows what was saved meanwhile beside what is typed."""
        theirs, version = _typed(package), package.version
        if isinstance(error, EditConflict) and isinstance(error.merged, PackageValues):
            fields, merged, version = error.fields, _typed(error.merged), error.version
        else:
            visible = [name for name in theirs if name != "opened_price"]
            fields, merged = tuple(n for n in visible if theirs[n] != self[n].data), {}
        names = ["price" if field == "price_minor" else field for field in fields]
        self.show_conflict(error, version, names, theirs, merged)

    def format_value(self, name: str, values: Mapping[str, str]) -> str:
        match name:
            case "country":
                return country_name(values["country"])
            case "price":
                return _format_price(values) or f"{values['price']} {values['currency']}"
            case _:
                return super().format_value(name, values)

    def validate_credits(self, field: StringField) -> None:
        try:
            typed = numbers.parse_whole(field.data or "")
            self.credits_number = package_rules.check_credits(typed)
        except ValueError:
            raise ValidationError(
                _(
                    "Enter a whole number from 1 to %(most)s, for example 100.",
                    most=number(package_rules.CREDITS_LIMIT),
                )
            ) from None

    def validate_price(self, field: StringField) -> None:
        currency = self.currency.data
        if currency not in money.CURRENCIES:
            if not (field.data or "").strip():
                raise ValidationError(translated(money.nothing_typed("USD", reader_locale())))
            return
        shown = self.opened_price.data or ""
        try:
            self.price_minor = money.parse(field.data or "", currency, reader_locale(), shown)
        except money.AmbiguousPrice as question:
            self.price_readings = question.readings
            self.answers["price"] = [
                (money.plain(minor, currency), money.amount(minor, currency, reader_locale()))
                for minor in question.readings
            ]
            raise ValidationError(translated(question)) from None
        except money.PriceError as error:
            raise ValidationError(translated(error)) from None

    def validate_position(self, field: StringField) -> None:
        if not (field.data or "").strip():
            return
        try:
            self.position_number = numbers.parse_whole(field.data)
        except ValueError:
            self.position_number = 0
        if not 1 <= self.position_number <= MOST_ID:
            raise ValidationError(
                _("Enter a whole number from 1, or leave it empty to put the package last.")
            )


def _format_price(values: Mapping[str, str]) -> str:
    """A typed price as the page writes it; "" for what is none."""
    typed, currency, shown = values["price"], values["currency"], values["opened_price"]
    if currency not in money.CURRENCIES:
        return ""
    try:
        return price(money.parse(typed, currency, reader_locale(), shown), currency)
    except money.PriceError:
        return ""


def _typed(package: CreditPackage | PackageValues) -> dict[str, str]:
    """The package as an admin would type it."""
    return {
        "name": package.name,
        "credits": str(package.credits),
        "price": money.input_value(package.price_minor, package.currency, reader_locale()),
        "opened_price": money.plain(package.price_minor, package.currency),
        "country": package.country,
        "currency": package.currency,
        "short_info": package.short_info,
    }
