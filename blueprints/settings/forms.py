"""The form of the general settings."""

from collections.abc import Mapping
from typing import Any, ClassVar

from flask import current_app
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import StringField, ValidationError

from blueprints.buying import BUYING_WORDS, describe_buying
from blueprints.forms import VersionForm, obeys
from blueprints.locale import reader_locale
from blueprints.pages import country_name
from domain import countries
from domain.catalogue.errors import EditConflict, StaleVersion
from domain.catalogue.rules import check_country, clean_name
from domain.catalogue.settings.models import StorefrontSettings
from domain.catalogue.settings.rules import (
    INTRO_FIELDS,
    LINK_EXAMPLE,
    Buying,
    SettingsValues,
    check_buying,
    check_language,
    check_time_zone,
    clean_buying_link,
    clean_intro,
)
from domain.languages import LANGUAGES
from domain.times import zone_choices

INTRO = [obeys(clean_intro)]


class SettingsForm(VersionForm):
    platform_name = StringField(_("Platform Name"), [obeys(clean_name)])
    default_country = StringField(_("Default Country"), [obeys(check_country)])
    main_language = StringField(_("Main Language"), [obeys(check_language)])
    time_zone = StringField(_("Time Zone"), [obeys(check_time_zone)])
    intro_en = StringField(_("Intro Text (%(language)s)", language="English"), INTRO)
    intro_tr = StringField(_("Intro Text (%(language)s)", language="Türkçe"), INTRO)
    intro_de = StringField(_("Intro Text (%(language)s)", language="Deutsch"), INTRO)
    intro_ar = StringField(_("Intro Text (%(language)s)", language="العربية"), INTRO)
    buying = StringField(_("How packages are bought"), [obeys(check_buying)])
    buying_link = StringField(_("Address"))
    together: ClassVar[dict[str, str]] = {"buying_link": "buying"}
    link_example = LINK_EXAMPLE

    @classmethod
    def of(cls, settings: StorefrontSettings) -> "SettingsForm":
        """The form as it opens, whatever this request sent."""
        return cls(formdata=None, obj=settings, data={"version": str(settings.version)})

    def validate_buying_link(self, field: Any) -> None:  # noqa: ANN401 - WTForms has no types
        """What is typed for another way of buying does not count."""
        if self.buying.data != Buying.LINK:
            return
        obeys(clean_buying_link)(self, field)
        link = clean_buying_link(field.data or "")
        if not link:
            text = gettext(
                "Enter where packages are bought, like %(example)s.", example=LINK_EXAMPLE
            )
            raise ValidationError(text)
        if link.startswith("http:") and current_app.extensions["scrip"].production:
            raise ValidationError(gettext("Start it with https://."))

    def show_stale(self, settings: StorefrontSettings, error: StaleVersion) -> None:
        """Shows what was saved meanwhile beside what is typed."""
        theirs, version = settings.values._asdict(), settings.version
        if isinstance(error, EditConflict):
            names, merged, version = error.fields, error.merged._asdict(), error.version
        else:
            names, merged = tuple(n for n in theirs if theirs[n] != self[n].data), {}
        self.show_conflict(error, version, names, theirs, merged)

    def format_value(self, name: str, values: Mapping[str, str]) -> str:
        if name == "buying":
            return describe_buying(values["buying"], values["buying_link"])
        text = super().format_value(name, values)
        if name == "main_language":
            return LANGUAGES.get(text, text)
        return country_name(text) if name == "default_country" else text

    @property
    def country_choices(self) -> tuple[tuple[str, str], ...]:
        return countries.choices(reader_locale())

    @property
    def language_choices(self) -> list[tuple[str, str]]:
        return list(LANGUAGES.items())

    @property
    def zone_choices(self) -> list[tuple[str, str]]:
        return zone_choices()

    @property
    def buying_choices(self) -> list[tuple[str, str]]:
        return [(way.value, str(words)) for way, words in BUYING_WORDS.items()]

    @property
    def intros(self) -> list[Any]:
        return [self[name] for name in INTRO_FIELDS]

    @property
    def values(self) -> SettingsValues:
        """What the valid form means."""
        intros = {name: clean_intro(self[name].data or "") for name in INTRO_FIELDS}
        is_elsewhere = self.buying.data == Buying.LINK
        return SettingsValues(
            platform_name=clean_name(self.platform_name.data),
            default_country=self.default_country.data,
            main_language=self.main_language.data,
            time_zone=self.time_zone.data,
            buying=self.buying.data,
            buying_link=clean_buying_link(self.buying_link.data or "") if is_elsewhere else "",
            **intros,
        )
