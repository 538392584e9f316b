"""What purchases are said to be, in the words of admins."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_pgettext

from blueprints.i18n import format_day
from blueprints.pages import price
from domain.purchases.listing import Listed, MoneyBack
from domain.purchases.rules import Doubt, Failure, Hold
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
    Hold.REFUND_FAILED: lazy_gettext("Refund did not arrive"),
    Hold.DISPUTED: lazy_gettext("Disputed at the bank"),
    Hold.DISPUTE_LOST: lazy_gettext("Dispute lost"),
    Hold.UNKNOWN_STATE: lazy_gettext("Provider says something unknown"),
    Hold.LEDGER_REFUSED: lazy_gettext("Credits could not be changed"),
    Hold.WITHDRAWAL: lazy_gettext("Buyer withdraws"),
}
# What a hold means, and what to do.
MEANINGS = {
    Hold.MISMATCH: lazy_gettext(
        "What the provider says was paid is not what this purchase asks for. No credits were added "
        "for it. Compare both, then give credits by hand or give the money back at the provider."
    ),
    Hold.PAID_TWICE: lazy_gettext(
        "Two payments arrived. Credits were added once. Give the second one back."
    ),
    Hold.REFUNDED: lazy_gettext(
        "Somebody gave money back at the provider. The share of the credits that goes with it was "
        "taken. If that was right, nothing more is to do."
    ),
    Hold.REFUND_FAILED: lazy_gettext(
        "The money did not reach the buyer, so their credits are back. Ask the buyer for another "
        "way to pay, or try again."
    ),
    Hold.DISPUTED: lazy_gettext(
        "The buyer's bank asks for the money back. The credits that are unspent are frozen. Answer "
        "at the provider in time."
    ),
    Hold.DISPUTE_LOST: lazy_gettext(
        "The bank gave the money back to the buyer. Unspent credits were taken, spent ones are "
        "owed: the next credits pay them, or they can be let go at the customer's page."
    ),
    Hold.UNKNOWN_STATE: lazy_gettext(
        "The provider says something that Scrip does not know. Look at it there."
    ),
    Hold.LEDGER_REFUSED: lazy_gettext(
        "The customer's wallet is closed, so its credits do not follow the payment. Look at the "
        "customer's page."
    ),
    Hold.WITHDRAWAL: lazy_gettext(
        "The buyer has withdrawn from the contract. Give back what is unspent, or answer why not."
    ),
}
# Why a payment belongs to no purchase here.
DOUBTS = {
    Doubt.NOT_LOOKED_AT: lazy_gettext("The provider was not asked yet: run recover-payments."),
    Doubt.INCOMPLETE: lazy_gettext("What the provider keeps of it is not enough."),
    Doubt.OTHER_MODE: lazy_gettext("It is a test, and this database is not, or the other way."),
    Doubt.OTHER_AMOUNT: lazy_gettext("The amount is another one than the price."),
    Doubt.UNKNOWN_CUSTOMER: lazy_gettext("Its customer is not here."),
    Doubt.OTHER_CUSTOMER: lazy_gettext("Its customer may be another one than the one here."),
    Doubt.UNKNOWN_PACKAGE: lazy_gettext("Its package is not here as it was sold."),
    Doubt.NUMBER_TAKEN: lazy_gettext("Another purchase has its number by now."),
}
REFUND_STATUS = {
    "asked": lazy_gettext("The provider has not answered yet"),
    "pending": lazy_gettext("On its way"),
    "succeeded": lazy_gettext("Done"),
    "failed": lazy_gettext("Failed"),
    "canceled": lazy_gettext("Canceled"),
    "unknown": lazy_gettext("Provider says something unknown"),
}
DISPUTE_STATUS = {
    "open": lazy_pgettext("dispute", "Open"),
    "won": lazy_gettext("Won"),
    "lost": lazy_gettext("Lost"),
    "unknown": lazy_gettext("Provider says something unknown"),
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


def explain_hold(hold: str) -> str:
    """What it means, and what to do."""
    return str(MEANINGS[Hold(hold)])


def describe_failure(failure: str | None) -> str:
    return str(FAILURES[Failure(failure or Failure.DECLINED)])


def describe_dispute(dispute: MoneyBack) -> str:
    if dispute.status == "open" and dispute.answer_by:
        return str(_("Answer by %(day)s", day=format_day(dispute.answer_by)))
    if dispute.status == "open":
        return str(_("Bank asks for the money back"))
    return str(DISPUTE_STATUS[dispute.status])


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
