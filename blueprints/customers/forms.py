"""What admins type about a customer."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import Field, StringField, ValidationError

from blueprints.forms import Form
from blueprints.i18n import translated
from blueprints.locale import reader_locale
from domain import countries
from domain.customers.customers import Person
from domain.customers.errors import UnfitName
from domain.customers.rules import clean_name
from domain.emails import UnfitAddress, normal_address
from domain.languages import LANGUAGES


class PersonForm(Form):
    """`taken_by` is the customer who has this email."""

    email = StringField(lazy_gettext("Email"))
    name = StringField(lazy_gettext("Name"))
    language = StringField(lazy_gettext("Language"))
    country = StringField(lazy_gettext("Country"))
    may_lack_email = False
    taken_by: Person | None = None

    def validate_email(self, field: Field) -> None:
        if self.may_lack_email and not (field.data or "").strip():
            return
        try:
            normal_address(field.data or "")
        except UnfitAddress as error:
            raise ValidationError(translated(error)) from None

    def validate_name(self, field: Field) -> None:
        try:
            clean_name(field.data or "")
        except UnfitName as error:
            raise ValidationError(translated(error)) from None

    def validate_language(self, field: Field) -> None:
        if field.data not in LANGUAGES:
            raise ValidationError(_("Choose a language from the list."))

    def validate_country(self, field: Field) -> None:
        if field.data and field.data not in countries.CODES:
            raise ValidationError(_("Choose a country from the list."))

    @property
    def language_choices(self) -> list[tuple[str, str]]:
        return list(LANGUAGES.items())

    @property
    def country_choices(self) -> tuple[tuple[str, str], ...]:
        return countries.choices(reader_locale())
