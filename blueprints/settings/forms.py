"""The form of the general settings."""

from wtforms import StringField

import countries
from blueprints.forms import VersionForm, obeys
from blueprints.pages import reader_locale
from catalogue import rules
from catalogue.models import StorefrontSettings
from catalogue.rules import SettingsValues


class SettingsForm(VersionForm):
    platform_name = StringField("Platform Name", [obeys(rules.clean_name)])
    default_country = StringField("Default Country", [obeys(rules.check_country)])
    intro_text = StringField("Intro Text", [obeys(rules.clean_intro)])

    @classmethod
    def of(cls, settings: StorefrontSettings) -> "SettingsForm":
        data = {"version": str(settings.version)}
        return cls(formdata=None, obj=settings, data=data)

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
