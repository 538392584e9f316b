"""The form of the general settings."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from wtforms import StringField

from blueprints.forms import VersionForm, obeys
from blueprints.locale import reader_locale
from blueprints.pages import country_name
from domain import countries
from domain.catalogue import rules
from domain.catalogue.errors import EditConflict, StaleVersion
from domain.catalogue.models import StorefrontSettings
from domain.catalogue.rules import SettingsValues


class SettingsForm(VersionForm):
    platform_name = StringField(_("Platform Name"), [obeys(rules.clean_name)])
    default_country = StringField(_("Default Country"), [obeys(rules.check_country)])
    intro_text = StringField(_("Intro Text"), [obeys(rules.clean_intro)])

    @classmethod
    def of(cls, settings: StorefrontSettings) -> "SettingsForm":
        """The form as it opens, whatever this request sent."""
        return cls(formdata=None, obj=settings, data={"version": str(settings.version)})

    def show_stale(self, settings: StorefrontSettings, error: StaleVersion) -> None:
        """Shows what was saved meanwhile beside what is typed."""
        theirs, version = settings.values._asdict(), settings.version
        if isinstance(error, EditConflict):
            names, merged, version = error.fields, error.merged._asdict(), error.version
        else:
            names, merged = tuple(n for n in theirs if theirs[n] != self[n].data), {}
        self.show_conflict(version, names, theirs, merged)

    def format_value(self, name: str, values: Mapping[str, str]) -> str:
        text = super().format_value(name, values)
        return country_name(text) if name == "default_country" else text

    @property
    def country_choices(self) -> tuple[tuple[str, str], ...]:
        return countries.choices(reader_locale())

    @property
    def values(self) -> SettingsValues:
        """What the valid form means."""
        return SettingsValues(
            platform_name=rules.clean_name(self.platform_name.data),
            default_country=self.default_country.data,
            intro_text=rules.clean_intro(self.intro_text.data or ""),
        )
