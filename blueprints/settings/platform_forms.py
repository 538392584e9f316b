"""The forms of a platform."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, StringField

from blueprints.forms import obeys
from blueprints.reauth import ConfirmedForm
from domain.database import MOST_INTEGER
from domain.numbers import whole_number
from domain.origins import UnfitOrigin
from domain.platforms.errors import UnfitPlatform
from domain.platforms.rules import PlatformValues, clean_name, clean_url


class PlatformForm(ConfirmedForm):
    name = StringField(_("Name"), [obeys(clean_name, UnfitPlatform)])
    return_url = StringField(_("Where its users come back to"), [obeys(clean_url, UnfitOrigin)])
    trusts_emails = BooleanField(_("Its verified emails count as verified here"))
    version = HiddenField()

    @property
    def values(self) -> PlatformValues:
        url = str(self.return_url.data)
        return PlatformValues(str(self.name.data), url, bool(self.trusts_emails.data))


class KeyForm(ConfirmedForm):
    """A key signs in any user of its platform. `made` is how many keys were ever made when the form
    was opened."""

    made = HiddenField()

    @property
    def keys_made(self) -> int:
        return whole_number(self.made.data or "", MOST_INTEGER) or 0
