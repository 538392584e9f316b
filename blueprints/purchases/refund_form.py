"""What can be typed to give money back."""

from hashlib import sha256
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import BooleanField, HiddenField, StringField, ValidationError

from blueprints.forms import obeys
from blueprints.i18n import translated
from blueprints.locale import reader_locale
from blueprints.reauth import ConfirmedForm
from domain import money
from domain.customers.errors import UnfitReason
from domain.customers.rules import clean_reason
from domain.money import PriceError
from domain.purchases.models import Purchase
from domain.purchases.refund_errors import PurchaseChanged
from domain.purchases.refunding import Forecast


class RefundForm(ConfirmedForm):
    """`seen` names the forecast that was on the page, and `payment` the second one of a purchase
    that was paid twice."""

    seen = HiddenField()
    payment = HiddenField()
    amount = StringField(lazy_gettext("Amount"))
    reason = StringField(lazy_gettext("Reason"), [obeys(clean_reason, UnfitReason)])
    may_owe = BooleanField(lazy_gettext("Make it a debt"))

    def __init__(self, purchase: Purchase, **kwargs: Any) -> None:  # noqa: ANN401 - WTForms has no types
        super().__init__(**kwargs)
        self.currency = purchase.currency
        self.amount_minor = 0

    @classmethod
    def of(cls, purchase: Purchase, forecast: Forecast) -> "RefundForm":
        """The form as it opens: with as much as can go back without a debt, or else with all."""
        form = cls(purchase, formdata=None, data={"payment": forecast.payment_ref})
        form.amount.data = form.write(forecast.most_minor or forecast.left_minor)
        return form

    def write(self, amount_minor: int) -> str:
        return money.input_value(amount_minor, self.currency, reader_locale())

    def validate_amount(self, field: StringField) -> None:
        try:
            self.amount_minor = read_amount(field.data or "", self.currency)
        except PriceError as problem:
            raise ValidationError(translated(problem)) from None

    def asks_debt(self, forecast: Forecast) -> bool:
        """Whether that choice is still to be made: nobody makes a debt by the button alone."""
        if not forecast.makes_debt or self.may_owe.data:
            return False
        self.may_owe.errors = [
            _("More credits would go than are unspent. Refund less, or tick this.")
        ]
        return True

    def check_seen(self, forecast: Forecast) -> Forecast:
        """Raises PurchaseChanged for another one than was on the page."""
        if self.seen.data != name_forecast(forecast):
            raise PurchaseChanged
        return forecast

    @property
    def said(self) -> dict[str, Any]:
        """What the valid form says besides the amount."""
        return {"reason": clean_reason(self.reason.data or ""), "may_owe": self.may_owe.data}


def read_amount(text: str, currency: str) -> int:
    """Raises PriceError, which says what to type instead."""
    return money.parse(text, currency, reader_locale())


def name_forecast(forecast: Forecast) -> str:
    """The same for what is the same: so that nothing else happens than was foretold."""
    return sha256(repr(forecast).encode()).hexdigest()[:32]
