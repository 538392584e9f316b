"""What became of a payment, in words for who paid."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from flask_babel import lazy_gettext as _

from domain.purchases.models import Purchase, PurchaseStep
from domain.purchases.rules import Failure, State, Step


class Outcome(StrEnum):
    """Each is a page of its own kind."""

    CONFIRMING = "confirming"  # the buyer is back, and the provider says nothing yet
    PROCESSING = "processing"  # the bank confirms later
    PAID = "paid"
    DECLINED = "declined"
    LEFT = "left"  # nothing paid, and it still can be
    EXPIRED = "expired"
    HELD = "held"  # for a person


class Words(NamedTuple):
    title: str
    text: str


DECLINES = {
    Failure.DECLINED: Words(
        _("Your bank declined the payment"),
        _("Your bank did not say why. Another card often works, or ask your bank first."),
    ),
    Failure.NO_FUNDS: Words(
        _("Your bank declined the payment"),
        _("There was not enough money for it. Try another card."),
    ),
    Failure.CARD_EXPIRED: Words(
        _("Your card has expired"),
        _("Try another card."),
    ),
    Failure.WRONG_CODE: Words(
        _("The security code was wrong"),
        _("It is the short number on the card. Check it, then try again."),
    ),
    Failure.NOT_CONFIRMED: Words(
        _("The payment was not confirmed"),
        _("Your bank asked you to confirm it, and got no yes. Try again, or use another card."),
    ),
    Failure.BANK_FAILED: Words(
        _("Your bank did not make the payment"),
        _("Try again, or pay by card."),
    ),
    Failure.TRY_LATER: Words(
        _("The payment did not work"),
        _("Something went wrong at the bank. Try again in a few minutes."),
    ),
}
WORDS = {
    Outcome.CONFIRMING: Words(
        _("We are confirming your payment"),
        _(
            "This usually takes a few seconds. You can close this page: your credits arrive either "
            "way, and we email you."
        ),
    ),
    Outcome.PROCESSING: Words(
        _("Your bank confirms the payment later"),
        _(
            "That takes up to 3 days. Then your credits arrive, and we email you. There is nothing "
            "more for you to do."
        ),
    ),
    Outcome.LEFT: Words(
        _("You have not paid yet"),
        _("You have not been charged. You can go on where you left off."),
    ),
    Outcome.EXPIRED: Words(
        _("The time to pay is over"),
        _("You have not been charged. You can begin again."),
    ),
    Outcome.HELD: Words(
        _("We are looking at your payment"),
        _(
            "Something about it needs a person of ours. You are not forgotten: we email you as "
            "soon as it is settled. Please do not pay again."
        ),
    ),
}
LATE = Words(
    _("It takes longer than usual"),
    _("You need not wait here. As soon as your payment is confirmed, we email you."),
)


def outcome_of(purchase: Purchase, steps: Iterable[PurchaseStep], *, has_returned: bool) -> Outcome:
    """`has_returned`: the provider sent the buyer back because they paid, by what it says."""
    if any(step.kind == Step.CREDITED for step in steps):
        return Outcome.PAID
    if purchase.hold or purchase.state == State.PAID:
        return Outcome.HELD
    if purchase.state == State.PROCESSING:
        return Outcome.PROCESSING
    if purchase.state == State.OPEN and has_returned:
        return Outcome.CONFIRMING
    if purchase.failure or purchase.state == State.FAILED:
        return Outcome.DECLINED
    return Outcome.LEFT if purchase.state == State.OPEN else Outcome.EXPIRED


def words_of(outcome: Outcome, failure: str | None, *, is_late: bool) -> Words | None:
    """None for what is paid: that has numbers in its words."""
    if outcome == Outcome.DECLINED:
        return DECLINES[Failure(failure or Failure.DECLINED)]
    return LATE if outcome == Outcome.CONFIRMING and is_late else WORDS.get(outcome)
