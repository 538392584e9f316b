"""What can be typed to sign in."""

from flask_babel import lazy_gettext as _
from wtforms import EmailField, Field, PasswordField, ValidationError
from wtforms.validators import InputRequired

from blueprints.forms import Form
from blueprints.i18n import translated
from domain.accounts.admins import normal_email
from domain.accounts.errors import UnfitEmail


class SignInForm(Form):
    email = EmailField(_("Email"), [InputRequired(_("Enter your email."))])
    password = PasswordField(_("Password"), [InputRequired(_("Enter your password."))])

    def validate_email(self, field: Field) -> None:
        try:
            normal_email(field.data)
        except UnfitEmail as problem:
            raise ValidationError(translated(problem)) from problem
