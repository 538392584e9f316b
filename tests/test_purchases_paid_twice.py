"""A purchase of which two payments arrived, and money of one of them or of both goes back: the
buyer has the credits once, as far as the better kept payment goes."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy.orm import Session

from domain.database import write
from domain.purchases.provider import Dispute, Refund, Snapshot
from domain.purchases.queries import list_refunds
from domain.purchases.refund_errors import RefundUnderway
from domain.purchases.refunding import ask_refund, forecast_refund
from tests.clock import NOON, Clock
from tests.purchases import (
    balances,
    dispute,
    open_checkout,
    purchase_of,
    refund,
    sent,
    settled,
    snapshot,
    try_again,
)
from tests.test_purchases_money_back import notes

Back = tuple[Refund | Dispute, ...]


@pytest.fixture
def both(session: Session) -> tuple[Snapshot, Snapshot]:
    """The payments, of which the first one counts."""
    first = open_checkout(session)
    buyer = settled(session, snapshot(session, first, "expired")).customer_id
    again = try_again(session, first, buyer)
    assert again
    second = sent(session, again)
    later = NOON + timedelta(minutes=5)
    return snapshot(session, first), snapshot(session, second, paid_at=later)


def back_of(payment: Snapshot, *back: Refund | Dispute) -> Snapshot:
    refunds = tuple(one for one in back if isinstance(one, Refund))
    disputes = tuple(one for one in back if isinstance(one, Dispute))
    return replace(payment, refunds=refunds, disputes=disputes)


def test_credits_stay_as_far_as_one_of_the_payments_is_kept(
    session: Session, both: tuple[Snapshot, Snapshot]
) -> None:
    """Caught: all credits taken for a payment that went back long ago, once a coin of the other one
    goes back, too."""
    first, second = both
    settled(session, back_of(first, refund()), second)
    assert balances(session) == (100, 0, 0)
    small = refund("succeeded", 10, "re_2")
    settled(session, back_of(first, refund()), back_of(second, small))
    assert balances(session) == (99, 0, 0)
    assert purchase_of(session, 1).payment_ref == second.payment_ref


@pytest.mark.parametrize("first_back", [(dispute(),), (refund("pending"),), (dispute("lost"),)])
def test_the_payment_counts_of_which_least_goes_back(
    session: Session, both: tuple[Snapshot, Snapshot], first_back: Back
) -> None:
    first, second = both
    settled(session, first, second)
    some = refund("pending", 200, "re_2")
    settled(session, back_of(first, *first_back), back_of(second, some))
    assert balances(session) == (89, 11, 0)


def test_what_went_back_of_a_payment_that_no_longer_counts_is_corrected_no_more(
    session: Session, both: tuple[Snapshot, Snapshot]
) -> None:
    """The receipt is for the other payment from then on. Caught: a credit note that says that the
    buyer has paid nothing."""
    first, second = both
    settled(session, back_of(first, refund()))
    assert (balances(session), len(notes(session))) == ((0, 0, 0), 1)
    settled(session, back_of(first, refund()), second)
    assert balances(session) == (100, 0, 0)
    [issued, reversal] = notes(session)
    assert (reversal[1], reversal[2]) == (1999, issued[0])


def ask(session: Session, payment: Snapshot) -> int:
    session.rollback()
    forecast = forecast_refund(session, 1, payment_ref=payment.payment_ref)
    asking = partial(ask_refund, purchase_id=1, forecast=forecast, may_owe=True)
    return write(session, partial(asking, author="admin:1", reason="Paid twice"))


def test_one_refund_at_a_time_is_asked_for_whichever_payment_it_is_of(
    session: Session, both: tuple[Snapshot, Snapshot]
) -> None:
    """Caught: an error of the database for a second one of the other payment."""
    settled(session, *both)
    ask(session, both[1])
    with pytest.raises(RefundUnderway):
        ask(session, both[0])


def test_the_worker_comes_back_to_a_refund_of_the_second_payment(
    session: Session, both: tuple[Snapshot, Snapshot], clock: Clock
) -> None:
    """Caught: a refund that nobody sends, since a sync came before."""
    settled(session, *both)
    ask(session, both[1])
    bought = settled(session, *both)
    assert bought.due_at == clock.now + timedelta(minutes=2)
    [row] = list_refunds(session, 1)
    assert row.status == "asked"


def test_a_refund_is_its_own_whoever_copied_its_key(
    session: Session, both: tuple[Snapshot, Snapshot]
) -> None:
    """Anybody can write what the provider shows beside a refund. Caught: two refunds in one row."""
    settled(session, both[0])
    ask(session, both[0])
    [row] = list_refunds(session, 1)
    twins = [refund("succeeded", 500, ref)._replace(key=row.key) for ref in ("re_1", "re_2")]
    settled(session, back_of(both[0], *twins))
    assert [one.ref for one in list_refunds(session, 1)] == ["re_1", "re_2"]
    assert balances(session) == (49, 0, 0)
