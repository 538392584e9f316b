"""What can be typed to give or take credits."""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from wtforms import BooleanField, HiddenField, StringField, ValidationError

from blueprints.customers.adding import account_address
from blueprints.forms import known_key, new_key, obeys
from blueprints.i18n import translated
from blueprints.pages import number
from blueprints.reauth import ConfirmedForm
from blueprints.zones import live_zone
from domain import numbers
from domain.customers.errors import UnfitDay, UnfitReason
from domain.customers.giving import Giving, today
from domain.customers.rules import GIVING_KINDS, check_last_day, clean_reason
from domain.ledger.rules import MOST_CREDITS
from domain.ledger.statements import LOTS
from domain.times import parse_day
from extensions import db


class GivingForm(ConfirmedForm):
    """`key` names one press of the button; `change` is what the valid amount means."""

    key = HiddenField()
    amount = StringField(lazy_gettext("Amount"))
    kind = StringField(lazy_gettext("Kind"))
    expires = StringField(lazy_gettext("Expires"))
    reason = StringField(lazy_gettext("Reason"), [obeys(clean_reason, UnfitReason)])
    is_shown = BooleanField(lazy_gettext("Show the reason to the customer"))

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - WTForms has no types
        super().__init__(**kwargs)
        self.change = 0
        self.is_over_limit = False
        self.last_day: date | None = None

    @classmethod
    def new(cls) -> "GivingForm":
        """The form as it opens, whatever this request sent."""
        return cls(formdata=None, data={"key": new_key(), "kind": "gift", "is_shown": True})

    def renew_key(self) -> None:
        self.key.data = new_key()

    def validate_amount(self, field: Any) -> None:  # noqa: ANN401
        try:
            self.change = numbers.parse_change(field.data or "")
        except ValueError:
            self.change = 0
        if not 1 <= abs(self.change) <= MOST_CREDITS:
            raise ValidationError(
                _(
                    "Enter a whole number up to %(most)s, for example 50, or −20 to take credits.",
                    most=number(MOST_CREDITS),
                )
            )

    def validate_kind(self, field: Any) -> None:  # noqa: ANN401
        if field.data not in GIVING_KINDS:
            raise ValidationError(_("Choose a kind."))

    def validate_expires(self, field: Any) -> None:  # noqa: ANN401
        if not (field.data or "").strip():
            return
        if self.change < 0:
            raise ValidationError(_("Leave this empty: credits that are taken do not expire."))
        self.last_day = parse_day(field.data)
        if self.last_day is None:
            raise ValidationError(_("Enter a day as year, month and day, for example 2026-12-31."))
        try:
            check_last_day(self.last_day, today(db.session, live_zone()))
        except UnfitDay as problem:
            raise ValidationError(translated(problem)) from None

    @property
    def asked(self) -> Giving:
        """What the valid form means."""
        return Giving(
            credits=self.change,
            kind=self.kind.data,
            reason=clean_reason(self.reason.data or ""),
            is_shown=self.is_shown.data,
            last_day=self.last_day,
            zone=live_zone(),
            admin_id=current_user.admin_id,
            author=current_user.email,
            key=known_key(self.key.data),
            account_address=account_address(),
        )

    @property
    def kind_choices(self) -> list[tuple[str, str]]:
        return [(kind, translated(LOTS[kind])) for kind in GIVING_KINDS]
