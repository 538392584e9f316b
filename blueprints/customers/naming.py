"""What customers are called on the pages of admins, and where each has a page."""

from datetime import datetime, timedelta
from typing import Protocol

from flask import url_for
from flask_babel import gettext as _

from blueprints.i18n import format_date, format_end
from blueprints.zones import reader_zone


class Named(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str | None: ...


def customer_title(customer: Named) -> str:
    """The name, else the email, else the number."""
    return customer.name or customer.email or str(_("Customer %(number)s", number=customer.id))


def page_of(customer_id: int, anchor: str = "") -> str:
    """The address of their page, or of a part of it."""
    return url_for("customers.customer", customer_id=customer_id, _anchor=anchor or None)


def last_day(end: datetime) -> str:
    """Credits that end at midnight are good until the day before."""
    return format_end(end - timedelta(microseconds=1))


def joined(at: datetime) -> str:
    """The day by the reader's clock."""
    return format_date(at.astimezone(reader_zone()).date())
