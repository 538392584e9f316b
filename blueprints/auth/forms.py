"""What can be typed to sign in."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, EmailField, Field, PasswordField, StringField, ValidationError
from wtforms.validators import InputRequired

from blueprints.forms import Form, obeys
from domain.accounts.admins import normal_email
from domain.accounts.errors import UnfitChoice, UnfitEmail, UnfitName
from domain.accounts.names import clean_display_name
from domain.accounts.own_account import OwnAccount, check_language, check_time_zone
from domain.accounts.recovery_codes import CHARACTERS, as_typed
from domain.accounts.second_factor import DIGITS
from domain.accounts.sessions import SignedIn
from domain.languages import ADMINS_LANGUAGES, LANGUAGES
from domain.notices.rules import Frequency
from domain.times import zone_choices

FREQUENCIES: dict[Frequency, object] = {
    "off": _("Off"),
    "at_once": _("At once"),
    "daily": _("Once a day"),
}


class SignInForm(Form):
    email = EmailField(
        _("Email"), [InputRequired(_("Enter your email.")), obeys(normal_email, UnfitEmail)]
    )
    password = PasswordField(_("Password"), [InputRequired(_("Enter your password."))])


class SignInCodeForm(Form):
    """Takes a code of the app as well as a recovery code."""

    code = StringField(_("Code"), [InputRequired(_("Enter the code."))])
    remember = BooleanField(_("Do not ask for a code in this browser for 30 days"))

    def validate_code(self, field: Field) -> None:
        if len(as_typed(field.data)) not in (DIGITS, CHARACTERS):
            raise ValidationError(
                gettext("Enter the 6 digits from your app, or a recovery code of 16 characters.")
            )


class AccountForm(Form):
    """What is not sent stays as it is."""

    display_name = StringField(_("Display name"), [obeys(clean_display_name, UnfitName)])
    language = StringField(_("Language"), [obeys(check_language, UnfitChoice)])
    time_zone = StringField(_("Time Zone"), [obeys(check_time_zone, UnfitChoice)])

    @classmethod
    def of(cls, admin: SignedIn, **sent: object) -> "AccountForm":
        saved = {name: getattr(admin, name) or "" for name in OwnAccount._fields}
        return cls(data=saved, **sent)

    @property
    def language_choices(self) -> list[tuple[str, str]]:
        return [(code, LANGUAGES[code]) for code in ADMINS_LANGUAGES]

    @property
    def zone_choices(self) -> list[tuple[str, str]]:
        return zone_choices()

    @property
    def wanted(self) -> OwnAccount:
        return OwnAccount(*(self[name].data for name in OwnAccount._fields))


def is_frequency(_form: Form, field: Field) -> None:
    if field.data not in FREQUENCIES:
        raise ValidationError(gettext("Choose one from the list."))


class NoticesForm(Form):
    """How often the admin gets notices: a field for each kind."""

    customer_joined = StringField(_("New customers"), [is_frequency])
    credits_given = StringField(_("Credits given or taken by hand"), [is_frequency])
    purchase_paid = StringField(_("Purchases that were paid"), [is_frequency])
    purchase_held = StringField(_("Purchases that need a person"), [is_frequency])
    many_checkouts = StringField(_("Unusually many payments begun"), [is_frequency])
