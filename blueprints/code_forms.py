"""What can be typed to sign in with a code."""

import re

from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from wtforms import EmailField, Field, StringField, ValidationError
from wtforms.validators import InputRequired

from blueprints.forms import Form, obeys
from blueprints.pages import number
from domain.customers.codes import DIGITS, Wrong
from domain.emails import UnfitAddress, normal_address
from domain.numbers import DIRECTION_MARKS, western_digits

# What people and programs put between digits, and what comes along unseen.
BETWEEN = re.compile(rf"[\s\-\u2010-\u2015.{DIRECTION_MARKS}]")


class EmailForm(Form):
    email = EmailField(
        _("Email"), [InputRequired(_("Enter your email.")), obeys(normal_address, UnfitAddress)]
    )


class CodeForm(Form):
    code = StringField(_("Code"), [InputRequired(_("Enter the code from the mail."))])

    def validate_code(self, _field: Field) -> None:
        if not re.fullmatch(f"[0-9]{{{DIGITS}}}", self.digits):
            raise ValidationError(_("Enter the 8 digits of the code."))

    @property
    def digits(self) -> str:
        """The code in the digits 0 to 9, also when it was typed in those of another script."""
        return BETWEEN.sub("", western_digits(self.code.data or ""))

    def refuse(self, wrong: Wrong) -> None:
        words = ngettext(
            "This is not the code. %(count)s try is left.",
            "This is not the code. %(count)s tries are left.",
            wrong.tries_left,
            count=number(wrong.tries_left),
        )
        self.code.errors = [words]
