"""States of purchases and checkouts, and their allowed moves. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

KEY_HEX = 32
WORD = 40
REF_CHARACTERS = 255
EVENT_KIND_CHARACTERS = 80
DISPUTE_REASON_CHARACTERS = 80
COMPANY_CHARACTERS = 120
TAX_NUMBER_CHARACTERS = 40
REASON_CHARACTERS = 200
TASK_NOTE_CHARACTERS = 500
CODE_CHARACTERS = 4  # of what a restored database adds to its receipts' numbers
# How long the provider's page takes a payment. The provider wants at least half an hour from when
# it is asked, which a crash may put off.
CHECKOUT_LASTS = timedelta(minutes=60)


class State(StrEnum):
    """Of a purchase. Refunded and disputed are no states: they are computed from rows."""

    OPEN = "open"  # not paid yet
    PROCESSING = "processing"  # the buyer has done their part, the bank confirms later
    PAID = "paid"
    FAILED = "failed"  # the bank said no, for good
    EXPIRED = "expired"  # left alone


# What failed or expired may still become paid: a payment in the last second, a late bank.
MOVES: Mapping[State, frozenset[State]] = {
    State.OPEN: frozenset({State.PROCESSING, State.PAID, State.FAILED, State.EXPIRED}),
    State.PROCESSING: frozenset({State.PAID, State.FAILED}),
    State.PAID: frozenset(),
    State.FAILED: frozenset({State.OPEN, State.PROCESSING, State.PAID}),
    State.EXPIRED: frozenset({State.OPEN, State.PROCESSING, State.PAID, State.FAILED}),
}


class CheckoutState(StrEnum):
    """Of one attempt at the provider's page."""

    NEW = "new"  # asked for; whether the provider has it is not known yet
    OPEN = "open"
    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


# A purchase has one such checkout at most.
CAN_BE_PAID = (CheckoutState.NEW, CheckoutState.OPEN)
CHECKOUT_MOVES: Mapping[CheckoutState, frozenset[CheckoutState]] = {
    CheckoutState.NEW: frozenset(CheckoutState) - {CheckoutState.NEW},
    CheckoutState.OPEN: frozenset(CheckoutState) - {CheckoutState.NEW, CheckoutState.OPEN},
    CheckoutState.PROCESSING: frozenset({CheckoutState.PAID, CheckoutState.FAILED}),
    CheckoutState.PAID: frozenset(),
    CheckoutState.FAILED: frozenset({CheckoutState.PROCESSING, CheckoutState.PAID}),
    CheckoutState.EXPIRED: frozenset(
        {CheckoutState.PROCESSING, CheckoutState.PAID, CheckoutState.FAILED}
    ),
}


class Hold(StrEnum):
    """Why a person has to look at a purchase. What it is in no doubt about is done all the same."""

    MISMATCH = "mismatch"  # amount, currency, mode or name differ: no credits
    PAID_TWICE = "paid_twice"  # two checkouts of one purchase are paid: credits once
    REFUNDED = "refunded"  # money went back, not by us
    REFUND_FAILED = "refund_failed"  # a refund of ours did not arrive
    DISPUTED = "disputed"
    DISPUTE_LOST = "dispute_lost"
    UNKNOWN_STATE = "unknown_state"  # the provider says something that we do not know
    LEDGER_REFUSED = "ledger_refused"  # the wallet is closed, for example
    WITHDRAWAL = "withdrawal"  # the buyer withdraws from the contract


class RefundState(StrEnum):
    """Of money that goes back, in the provider's words but for the first."""

    ASKED = "asked"  # here; whether the provider has it is not known yet
    PENDING = "pending"
    SUCCEEDED = "succeeded"  # it may fail later all the same
    FAILED = "failed"
    CANCELED = "canceled"
    UNKNOWN = "unknown"


class Doubt(StrEnum):
    """Why no purchase can be made again of what the provider knows of it."""

    NOT_LOOKED_AT = "not_looked_at"  # news named it, and `recover-payments` has not run since
    INCOMPLETE = "incomplete"  # what the provider keeps of it is not enough
    OTHER_MODE = "other_mode"  # a test, for a live database, or the other way round
    OTHER_AMOUNT = "other_amount"  # than the price that was asked for
    UNKNOWN_CUSTOMER = "unknown_customer"  # they came after the backup was made
    OTHER_CUSTOMER = "other_customer"  # their number is somebody else's by now
    UNKNOWN_PACKAGE = "unknown_package"  # released after the backup was made
    NUMBER_TAKEN = "number_taken"  # the purchase's, by another one


class Failure(StrEnum):
    """Why a payment did not succeed. Fraud is never said to buyers: it is `declined`."""

    DECLINED = "declined"
    NO_FUNDS = "no_funds"
    CARD_EXPIRED = "card_expired"
    WRONG_CODE = "wrong_code"
    NOT_CONFIRMED = "not_confirmed"  # the bank asked the buyer, and got no or a wrong answer
    BANK_FAILED = "bank_failed"  # of a payment that the bank confirms later
    TRY_LATER = "try_later"  # an error of the bank or the provider


class Step(StrEnum):
    """What can happen in the life of a purchase."""

    OPENED = "opened"
    SENT = "sent"  # to the provider's page
    RETURNED = "returned"  # to the page here
    DECLINED = "declined"
    PROCESSING = "processing"
    PAID = "paid"
    CREDITED = "credited"
    FAILED = "failed"
    EXPIRED = "expired"
    HELD = "held"  # for a person
    REFUND_ASKED = "refund_asked"
    REFUND_SEEN = "refund_seen"
    DISPUTE_SEEN = "dispute_seen"
    TASK_DONE = "task_done"  # somebody looked at what was held for a person


def tax_within(gross_minor: int, basis_points: int) -> int:
    """How much of an amount is tax, of which it includes that rate; half a coin counts as one."""
    whole = 10_000 + basis_points
    return (2 * gross_minor * basis_points + whole) // (2 * whole)
