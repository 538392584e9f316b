"""What is typed to withdraw."""

from flask_babel import lazy_gettext as _
from wtforms import EmailField, StringField
from wtforms.validators import DataRequired

from blueprints.forms import Form, obeys
from blueprints.locale import language
from blueprints.withdrawals.declaration import VERSION
from domain.customers.errors import UnfitName
from domain.customers.rules import clean_name
from domain.emails import UnfitAddress, normal_address
from domain.purchases.errors import UnfitNumber
from domain.purchases.names import normal_number
from domain.purchases.withdrawals import Words


class DeclarationForm(Form):
    name = StringField(
        _("Your name"), [DataRequired(_("Enter your name.")), obeys(clean_name, UnfitName)]
    )
    number = StringField(
        _("Number of the receipt or purchase"),
        [
            DataRequired(_("Enter the number of the receipt or of the purchase.")),
            obeys(normal_number, UnfitNumber),
        ],
    )
    email = EmailField(
        _("Email"), [DataRequired(_("Enter your email.")), obeys(normal_address, UnfitAddress)]
    )

    @property
    def words(self) -> Words:
        """Once it is valid."""
        name, number = clean_name(self.name.data or ""), normal_number(self.number.data or "")
        return Words(name, number, language(), VERSION)

    @property
    def normal_email(self) -> str:
        return normal_address(self.email.data or "")
