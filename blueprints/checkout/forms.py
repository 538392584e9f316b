"""What can be typed on the checkout page, besides the email and its code."""

from flask_babel import lazy_gettext as _
from wtforms import Field, HiddenField, StringField, ValidationError

from blueprints.checkout.withdrawal import VERSION
from blueprints.forms import Form, obeys
from blueprints.i18n import translated
from domain.purchases.buyers import UnfitBuyer, clean_company, clean_tax_number


class OrderForm(Form):
    """`country` is that of the package. The box holds the version of the text beside it, so that
    nobody agrees to another one than they have read."""

    company = StringField(_("Company"), [obeys(clean_company, UnfitBuyer)])
    tax_number = StringField(_("Tax number"))
    consent = HiddenField(_("Right of withdrawal"))

    def __init__(self, country: str) -> None:
        super().__init__()
        self.country = country

    def validate_tax_number(self, field: Field) -> None:
        try:
            clean_tax_number(field.data or "", self.country)
        except UnfitBuyer as problem:
            raise ValidationError(translated(problem)) from None

    def validate_consent(self, field: Field) -> None:
        if field.data != VERSION:
            raise ValidationError(_("Tick this box to buy: your credits come at once."))

    @property
    def is_consenting(self) -> bool:
        return bool(self.consent.data == VERSION)

    @property
    def buyer_company(self) -> str:
        return clean_company(self.company.data or "")

    @property
    def buyer_tax_number(self) -> str:
        return clean_tax_number(self.tax_number.data or "", self.country)

    @property
    def is_for_a_company(self) -> bool:
        """Whether the part about the company is open."""
        return bool(self.company.data or self.tax_number.data)
