"""Stripe's test cards, and what becomes of who pays with them. Any other number is declined."""

from typing import Literal, NamedTuple

from simulator.store import Json


class Decline(NamedTuple):
    """In Stripe's words: `code`, and for `card_declined` why."""

    code: str
    decline_code: str | None
    message: str


class Card(NamedTuple):
    number: str
    about: str  # for the list on the page
    country: str = "US"
    decline: Decline | None = None
    asks_bank: bool = False
    disputed: bool = False
    refund: Literal["succeeds", "fails later", "pending"] = "succeeds"
    brand: str = "visa"

    @property
    def last4(self) -> str:
        return self.number[-4:]


DECLINED = Decline("card_declined", "generic_decline", "Your card was declined.")
NO_FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
LOST = Decline("card_declined", "lost_card", "Your card was declined.")
FRAUD = Decline("card_declined", "fraudulent", "Your card was declined.")
EXPIRED = Decline("expired_card", "expired_card", "Your card has expired.")
WRONG_CODE = Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.")
TRY_LATER = Decline(
    "processing_error",
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
)
NOT_CONFIRMED = Decline(
    "payment_intent_authentication_failure",
    None,
    "We are unable to authenticate your payment method. Please choose a different payment method "
    "and try again.",
)
NO_TEST_CARD = Decline(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card.",
)
BANK_SAID_NO = Decline(
    "payment_intent_payment_attempt_failed", None, "The payment failed: the bank said no."
)

# The last is none of Stripe's, which has no Turkish one; its digits follow the same pattern.
CARDS = (
    Card("4242424242424242", "paid"),
    Card("5555555555554444", "paid, Mastercard", brand="mastercard"),
    Card("4000002760000016", "paid, of Germany", country="DE"),
    Card("4000007920000004", "paid, of Turkey", country="TR"),
    Card("4000002760003184", "the bank asks", asks_bank=True, country="DE"),
    Card("4000008400001629", "the bank asks, then declined", asks_bank=True, decline=DECLINED),
    Card("4000000000000002", "declined", decline=DECLINED),
    Card("4000000000009995", "not enough money", decline=NO_FUNDS),
    Card("4000000000009987", "declined: lost", decline=LOST),
    Card("4100000000000019", "declined: fraud", decline=FRAUD),
    Card("4000000000000069", "expired", decline=EXPIRED),
    Card("4000000000000127", "wrong CVC", decline=WRONG_CODE),
    Card("4000000000000119", "an error of the bank", decline=TRY_LATER),
    Card("4000000000000259", "paid, then disputed", disputed=True),
    Card("4000000000005126", "paid; a refund fails later", refund="fails later"),
    Card("4000000000007726", "paid; a refund takes a while", refund="pending"),
)
BY_NUMBER = {card.number: card for card in CARDS}
BY_LAST4 = {card.last4: card for card in CARDS}


def find_card(number: str) -> Card:
    """By the number as typed, which is looked at here and nowhere kept."""
    digits = "".join(filter(str.isdigit, number))
    return BY_NUMBER.get(digits) or Card("0000", "", country="US", decline=NO_TEST_CARD)


def kept_card(last4: str) -> Card:
    return BY_LAST4.get(last4) or Card("0000", "", decline=NO_TEST_CARD)


def details(card: Card, *, confirmed: bool) -> Json:
    """As a charge's `payment_method_details`."""
    secure = {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": None,
        "version": "2.2.0",
    }
    return {
        "type": "card",
        "card": {
            "brand": card.brand,
            "checks": {
                "address_line1_check": None,
                "address_postal_code_check": None,
                "cvc_check": "pass",
            },
            "country": card.country,
            "exp_month": 12,
            "exp_year": 2034,
            "fingerprint": f"simulator{card.last4}",
            "funding": "credit",
            "last4": card.last4,
            "network": card.brand,
            "three_d_secure": secure if confirmed else None,
            "wallet": None,
        },
    }


def bank_details() -> Json:
    """The same for a debit that the bank confirms later."""
    debit = {"bank_code": "37040044", "country": "DE", "last4": "3000", "mandate": None}
    return {"type": "sepa_debit", "sepa_debit": debit}
