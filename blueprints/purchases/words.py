"""What purchases are said to be, in the words of admins."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from blueprints.i18n import format_day
from blueprints.pages import price
from domain.purchases.listing import Listed, MoneyBack
from domain.purchases.rules import Failure, Hold
from domain.purchases.shown import DISPUTES_THAT_COUNT, REFUNDS_THAT_COUNT, Shown

STATES = {
    Shown.PAID: lazy_gettext("Paid"),
    Shown.CONFIRMING: lazy_gettext("Confirming"),
    Shown.DECLINED: lazy_gettext("Declined"),
    Shown.REFUNDED: lazy_gettext("Refunded"),
    Shown.DISPUTED: lazy_gettext("Disputed"),
    Shown.EXPIRED: lazy_gettext("Expired"),
    Shown.OPEN: lazy_gettext("Not paid yet"),
    Shown.HELD: lazy_gettext("Needs a person"),
}
WAYS = {
    Shown.CONFIRMING: lazy_gettext("Bank confirms later"),
    Shown.EXPIRED: lazy_gettext("Left the payment page"),
}
FAILURES = {
    Failure.DECLINED: lazy_gettext("Bank gave no reason"),
    Failure.NO_FUNDS: lazy_gettext("Not enough money on the card"),
    Failure.CARD_EXPIRED: lazy_gettext("Card has expired"),
    Failure.WRONG_CODE: lazy_gettext("Wrong security code"),
    Failure.NOT_CONFIRMED: lazy_gettext("Not confirmed with the bank"),
    Failure.BANK_FAILED: lazy_gettext("Bank payment did not arrive"),
    Failure.TRY_LATER: lazy_gettext("Bank could not answer"),
}
HOLDS = {
    Hold.MISMATCH: lazy_gettext("Paid is not what was asked"),
    Hold.PAID_TWICE: lazy_gettext("Paid twice"),
    Hold.REFUNDED: lazy_gettext("Refunded at the provider"),
    Hold.DISPUTED: lazy_gettext("Disputed at the bank"),
    Hold.UNKNOWN_STATE: lazy_gettext("Provider says something unknown"),
    Hold.LEDGER_REFUSED: lazy_gettext("Credits could not be added"),
}


def title(customer_id: int, name: str = "", email: str | None = None) -> str:
    """What a customer is called: the name, else the email, else the number."""
    return name or email or str(_("Customer %(number)s", number=customer_id))


def describe_reason(purchase: Listed) -> str:
    """Why it is in the state that is shown; "" where there is nothing to say."""
    match purchase.shown:
        case Shown.DISPUTED:
            count = [one for one in purchase.disputes if one.status in DISPUTES_THAT_COUNT]
            return describe_dispute(count[-1])
        case Shown.REFUNDED:
            return describe_refunds(purchase)
        case Shown.HELD:
            return str(HOLDS[Hold(purchase.hold or "")])
        case Shown.DECLINED:
            return describe_failure(purchase.failure)
        case shown:
            return str(WAYS.get(shown, ""))


def describe_failure(failure: str | None) -> str:
    return str(FAILURES[Failure(failure or Failure.DECLINED)])


def describe_dispute(dispute: MoneyBack) -> str:
    if dispute.status == "open" and dispute.answer_by:
        return str(_("Answer by %(day)s", day=format_day(dispute.answer_by)))
    words = {
        "open": _("Bank asks for the money back"),
        "lost": _("Lost: the bank took the money"),
        "won": _("Won"),
    }
    return str(words.get(dispute.status, _("Provider says something unknown")))


def describe_refunds(purchase: Listed) -> str:
    """How much of the price went back."""
    count = [refund for refund in purchase.refunds if refund.status in REFUNDS_THAT_COUNT]
    amount = sum(refund.amount_minor for refund in count)
    if any(refund.status == "pending" for refund in count):
        return str(_("%(amount)s on its way", amount=_money(amount, count[0])))
    if amount >= purchase.price_minor:
        return str(_("In full"))
    return str(
        _(
            "%(amount)s of %(price)s",
            amount=_money(amount, count[0]),
            price=price(purchase.price_minor, purchase.currency),
        )
    )


def _money(amount_minor: int, refund: MoneyBack) -> str:
    return price(amount_minor, refund.currency)
