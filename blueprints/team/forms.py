"""The forms of the team. All of them ask for the password when it was typed a while ago."""

from flask_babel import lazy_gettext as _
from wtforms import EmailField, HiddenField, StringField
from wtforms.validators import AnyOf, InputRequired

from blueprints.forms import obeys
from blueprints.reauth import ConfirmedForm
from domain.accounts.admins import normal_email
from domain.accounts.errors import UnfitEmail
from domain.accounts.roles import ROLES

# As they are listed: from who may do everything to who only reads.
LISTED = tuple(reversed(ROLES))


class InviteForm(ConfirmedForm):
    email = EmailField(
        _("Email"), [InputRequired(_("Enter the email.")), obeys(normal_email, UnfitEmail)]
    )
    role = StringField(_("Role"), [AnyOf(ROLES, _("Choose a role."))])
    roles = LISTED


class ActForm(ConfirmedForm):
    """`seen` is what the form was opened with: of what was changed since nothing is done."""

    seen = HiddenField()

    @property
    def seen_text(self) -> str:
        return self.seen.data or ""


class RoleForm(ActForm):
    role = StringField(_("Role"), [AnyOf(ROLES, _("Choose a role."))])
    roles = LISTED
