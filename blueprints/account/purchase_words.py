"""What purchases are said to be, in the words of those who bought."""

from flask_babel import lazy_gettext as _

from domain.purchases.listing import Listed
from domain.purchases.shown import Shown

STATES = {
    Shown.PAID: _("Paid"),
    Shown.CONFIRMING: _("Your bank confirms later"),
    Shown.DECLINED: _("Not paid: your bank said no"),
    Shown.REFUNDED: _("Money went back"),
    Shown.DISPUTED: _("Disputed at your bank"),
    Shown.EXPIRED: _("Not paid"),
    Shown.OPEN: _("Not paid yet"),
    Shown.HELD: _("We are looking at it"),
}


def describe_state(purchase: Listed) -> str:
    return str(STATES[purchase.shown])
