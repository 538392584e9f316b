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


# Once the bank has decided about a dispute.
LOST = _("Your bank gave you money back")
WON = _("Paid: your bank let the payment stand")


def describe_state(purchase: Listed) -> str:
    disputes = {dispute.status for dispute in purchase.disputes}
    if purchase.shown == Shown.DISPUTED and not disputes & {"open", "unknown"}:
        return str(LOST)
    if purchase.shown == Shown.PAID and "won" in disputes:
        return str(WON)
    return str(STATES[purchase.shown])
