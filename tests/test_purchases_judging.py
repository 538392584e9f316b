"""What a state of the provider means, without a database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.purchases.judging import (
    HOLDS,
    Bought,
    Judgement,
    Reason,
    back_minor,
    judge,
    state_of,
    worst,
)
from domain.purchases.provider import Dispute, PaymentStatus, Refund, Snapshot
from domain.purchases.rules import CHECKOUT_MOVES, CheckoutState, Hold, State
from domain.purchases.schedule import Timed, is_unsent, next_sync, put_off
from tests.clock import NOON
from tests.purchases import dispute, refund

BOUGHT = Bought("k", 1999, "USD", is_live=False)
PAID = Snapshot("cs_1", "paid", 1999, "USD", "k", is_live=False, paid_at=NOON)
SECOND = replace(PAID, ref="cs_2", paid_at=NOON + timedelta(minutes=1))
HALF = refund(amount_minor=1000)


def with_(payment: Snapshot, *back: Refund | Dispute) -> Snapshot:
    return replace(
        payment,
        refunds=tuple(one for one in back if isinstance(one, Refund)),
        disputes=tuple(one for one in back if isinstance(one, Dispute)),
    )


@pytest.mark.parametrize(
    ("status", "is_paid"),
    [("open", False), ("processing", False), ("paid", True), ("expired", False), ("failed", False)],
)
def test_paid_alone_is_paid(status: PaymentStatus, is_paid: bool) -> None:
    found = judge(BOUGHT, [replace(PAID, status=status)])
    assert (found.payment is not None) == is_paid


@pytest.mark.parametrize(
    "other",
    [
        {"amount_minor": 1998},
        {"amount_minor": 199900},
        {"currency": "EUR"},
        {"purchase_key": "other"},
        {"purchase_key": ""},
        {"is_live": True},
    ],
)
def test_another_amount_currency_key_or_mode_counts_for_nothing(other: dict[str, object]) -> None:
    """Caught: the amount not compared; the mode not compared."""
    seen = replace(PAID, **other)  # type: ignore[arg-type]
    assert judge(BOUGHT, [seen]) == Judgement(None, frozenset({Reason(Hold.MISMATCH, "cs_1")}))


OURS = refund()._replace(key="ours")
OURS_FAILED = refund("failed")._replace(key="ours")
# What went back of the one payment, whether it is clean, and the hold.
MONEY_BACK: dict[str, tuple[tuple[Refund | Dispute, ...], bool, Hold | None]] = {
    "nothing": ((), True, None),
    "all of it": ((refund(),), False, Hold.REFUNDED),
    "a part": ((HALF,), False, Hold.REFUNDED),
    "on its way": ((refund("pending"),), False, Hold.REFUNDED),
    "the refund failed": ((refund("failed"),), True, None),
    "the refund was canceled": ((refund("canceled"),), True, None),
    "one failed, one pending": ((refund("failed"), refund("pending")), False, Hold.REFUNDED),
    "nobody knows": ((refund("unknown"),), False, Hold.UNKNOWN_STATE),
    "asked for here": ((OURS,), False, None),
    "asked for here, in vain": ((OURS_FAILED,), True, Hold.REFUND_FAILED),
    "asked for by a key that is not ours": (
        (OURS._replace(key="theirs"),),
        False,
        Hold.REFUNDED,
    ),
    "asked for here, and another": ((OURS, refund(ref="re_2")), False, Hold.REFUNDED),
    "disputed": ((dispute("open"),), False, Hold.DISPUTED),
    "dispute lost": ((dispute("lost"),), False, Hold.DISPUTE_LOST),
    "dispute won": ((dispute("won"),), True, None),
    "a dispute of a new kind": ((dispute("unknown"),), False, Hold.UNKNOWN_STATE),
    "disputed, part refunded": ((HALF, dispute("open")), False, Hold.DISPUTED),
}


@pytest.mark.parametrize(("back", "clean", "hold"), MONEY_BACK.values(), ids=MONEY_BACK)
def test_a_person_has_to_look_at_what_goes_back_and_was_not_asked_for_here(
    back: tuple[Refund | Dispute, ...], clean: bool, hold: Hold | None
) -> None:
    """Caught: a pending refund counted as none, a failed one as done; a new word taken for won; the
    key of anybody taken for ours."""
    found = judge(BOUGHT, [with_(PAID, *back)], ["ours"])
    assert found.payment is not None
    assert (back_minor(found.payment) == 0, hold_of(found)) == (clean, hold)


def hold_of(found: Judgement) -> Hold | None:
    return worst({reason.kind for reason in found.reasons})


# Two checkouts of one purchase are paid: the one that counts, and the hold.
TWICE: dict[str, tuple[Snapshot, Snapshot, str, Hold | None]] = {
    "both": (PAID, SECOND, "cs_1", Hold.PAID_TWICE),
    "the second refunded": (PAID, with_(SECOND, refund()), "cs_1", None),
    "the first refunded": (with_(PAID, refund()), SECOND, "cs_2", None),
    "half of the second": (PAID, with_(SECOND, HALF), "cs_1", Hold.PAID_TWICE),
    "its refund on the way": (PAID, with_(SECOND, refund("pending")), "cs_1", Hold.PAID_TWICE),
    "the second lost to its bank": (
        PAID,
        with_(SECOND, dispute("lost")),
        "cs_1",
        Hold.DISPUTE_LOST,
    ),
    "the second disputed": (PAID, with_(SECOND, dispute()), "cs_1", Hold.DISPUTED),
}


@pytest.mark.parametrize(("one", "other", "counts", "hold"), TWICE.values(), ids=TWICE)
def test_of_two_payments_one_counts(
    one: Snapshot, other: Snapshot, counts: str, hold: Hold | None
) -> None:
    """pretix#343: the refund of a duplicate killed the good one."""
    for seen in ([one, other], [other, one]):
        found = judge(BOUGHT, seen)
        assert found.payment is not None
        assert (found.payment.ref, back_minor(found.payment)) == (counts, 0)
        assert hold_of(found) == hold


def test_every_hold_has_its_place() -> None:
    assert set(HOLDS) == set(Hold)


def test_the_newest_checkout_says_how_a_purchase_is() -> None:
    for state in CheckoutState:
        expected = {"new": State.OPEN, "paid": None}.get(state, state.value)
        assert state_of([CheckoutState.EXPIRED, state]) == expected
        assert (state_of([CheckoutState.PROCESSING, state])) is State.PROCESSING


def test_what_was_paid_stays_paid_and_an_end_is_no_beginning() -> None:
    assert CHECKOUT_MOVES.keys() == set(CheckoutState)
    assert not CHECKOUT_MOVES[CheckoutState.PAID]
    ended = (CheckoutState.FAILED, CheckoutState.EXPIRED)
    for state in ended:
        assert CheckoutState.PAID in CHECKOUT_MOVES[state], "a payment in the last second"
        assert not CHECKOUT_MOVES[state] & {CheckoutState.NEW, CheckoutState.OPEN}


@pytest.mark.parametrize(
    ("state", "age", "look"),
    [
        ("new", 0, 2),
        ("open", 1, 2),
        ("open", 2, 7),
        ("open", 59, 64),
        ("open", 119, 124),
        ("open", 120, None),
        ("processing", 0, 60),
        ("processing", 14 * 24 * 60 - 1, 14 * 24 * 60 + 59),
        ("processing", 14 * 24 * 60, None),
        ("paid", 0, None),
        ("failed", 0, None),
        ("expired", 0, None),
    ],
)
def test_when_it_is_looked_at_again(state: str, age: int, look: int | None) -> None:
    """Minutes since the checkout was begun, which lasts an hour."""
    one = Timed(CheckoutState(state), NOON, NOON + timedelta(hours=1))
    expected = None if look is None else NOON + timedelta(minutes=look)
    assert next_sync([one], NOON + timedelta(minutes=age)) == expected


def test_a_checkout_that_was_never_sent_is_sent_while_the_provider_takes_it() -> None:
    one = Timed(CheckoutState.NEW, NOON, NOON + timedelta(hours=1))
    minutes = [age for age in range(60) if is_unsent(one, NOON + timedelta(minutes=age))]
    assert minutes == list(range(2, 30))


def test_looks_in_vain_come_less_often() -> None:
    pauses = [put_off(tries, NOON) - NOON for tries in range(9)]
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(minutes=1)
    assert pauses[-1] == timedelta(hours=1)
