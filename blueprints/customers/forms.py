"""What admins type about a customer."""

from flask_babel import lazy_gettext
from wtforms import Field, StringField

from blueprints.forms import Form, obeys
from blueprints.locale import reader_locale
from domain import countries
from domain.customers.customers import Person
from domain.customers.errors import UnfitChoice, UnfitName
from domain.customers.rules import check_country, check_language, clean_name
from domain.emails import UnfitAddress, normal_address
from domain.languages import LANGUAGES


class PersonForm(Form):
    """`taken_by` is the customer who has this email."""

    email = StringField(lazy_gettext("Email"))
    name = StringField(lazy_gettext("Name"), [obeys(clean_name, UnfitName)])
    language = StringField(lazy_gettext("Language"), [obeys(check_language, UnfitChoice)])
    country = StringField(lazy_gettext("Country"), [obeys(check_country, UnfitChoice)])
    may_lack_email = False
    taken_by: Person | None = None

    def validate_email(self, field: Field) -> None:
        if (field.data or "").strip() or not self.may_lack_email:
            obeys(normal_address, UnfitAddress)(self, field)

    @property
    def language_choices(self) -> list[tuple[str, str]]:
        return list(LANGUAGES.items())

    @property
    def country_choices(self) -> tuple[tuple[str, str], ...]:
        return countries.choices(reader_locale())
