"""Debts that are let go of a customer with several purchases: which of them remember it."""

from functools import partial

import pytest
from sqlalchemy.orm import Session

from domain.database import write
from domain.ledger import corrections
from domain.ledger.wallets import close_wallet
from domain.purchases.forgiving import forgive_debt
from domain.purchases.models import Purchase
from domain.purchases.orders import Started, new_key
from domain.purchases.provider import Dispute
from domain.purchases.refund_errors import NotOwed
from domain.purchases.refunding import ask_refund, forecast_refund
from tests.purchases import (
    balances,
    dispute,
    new_buyer,
    paid_purchase,
    purchase_of,
    refund,
    settled,
    snapshot,
    wallet_of,
)


def forgive(session: Session, credits: int) -> None:
    """To the buyer of purchase 1."""
    act = partial(forgive_debt, credits=credits, reason="Our mistake", author="ada@example.com")
    buyer = purchase_of(session, 1).customer_id
    assert write(session, partial(act, customer_id=buyer, actor="admin:1", key=new_key()))


def two_purchases(session: Session) -> tuple[Started, Started]:
    """Of one buyer, who spends all 200 credits."""
    first = paid_purchase(session, customer_id=new_buyer(session))
    buyer = purchase_of(session, first.purchase_id).customer_id
    second = paid_purchase(session, customer_id=buyer)
    wallet_of(session).spend(200)
    return first, second


def disputed(session: Session, started: Started, now_is: Dispute) -> Purchase:
    paid = snapshot(session, started, disputes=(now_is,))
    return settled(session, paid, purchase_id=started.purchase_id)


def dispute_of(started: Started, status: str, amount_minor: int = 1999) -> Dispute:
    return dispute(status, amount_minor, f"dp_{started.purchase_id}")  # type: ignore[arg-type]


@pytest.mark.parametrize("forgiven", [60, 100])
def test_what_one_purchase_paid_for_another_is_forgiven_to_the_other(
    session: Session, forgiven: int
) -> None:
    """The appeal about the second pays for the first one's debt. Caught: an error of the database,
    since the lot that owes is of a purchase that is paid."""
    first, second = two_purchases(session)
    for started in (first, second):
        disputed(session, started, dispute_of(started, "lost"))
    disputed(session, second, dispute_of(second, "won"))
    assert balances(session) == (0, 0, 100)
    forgive(session, forgiven)
    taken = [purchase_of(session, one.purchase_id) for one in (first, second)]
    counts = [(one.taken_credits, one.forgiven_credits) for one in taken]
    assert counts == [(100 - forgiven, forgiven), (0, 0)]
    disputed(session, first, dispute_of(first, "won"))
    assert balances(session) == (0, 0, 0), "200 are paid for, and 200 were spent"


def test_a_part_that_came_back_is_not_forgiven_again(session: Session) -> None:
    """Caught: more forgiven to a purchase than was taken for it."""
    first, second = two_purchases(session)
    for started in (first, second):
        disputed(session, started, dispute_of(started, "lost"))
    disputed(session, second, dispute_of(second, "lost", 400))
    assert balances(session) == (0, 0, 121)
    forgive(session, 121)
    both = [purchase_of(session, one.purchase_id) for one in (first, second)]
    assert sum(one.forgiven_credits for one in both) == 121
    assert [one.taken_credits for one in both] == [0, 0]


def test_a_debt_of_no_purchase_that_is_known_here_is_let_go_too(session: Session) -> None:
    """Caught: an error instead."""
    paid_purchase(session)
    wallet = wallet_of(session)
    wallet.bought(50, 999)
    wallet.spend(150)
    wallet.entry(corrections.revoke, 50, purchase_id=999, may_owe=True, actor="scrip")
    forgive(session, 50)
    assert balances(session) == (0, 0, 0)
    assert purchase_of(session, 1).forgiven_credits == 0
    with pytest.raises(NotOwed):
        forgive(session, 1)


def test_what_was_forgiven_is_no_debt_in_a_forecast(session: Session) -> None:
    """Its refund failed, and is asked for again. Caught: a second choice wanted for a debt that
    nobody will have."""
    started = paid_purchase(session)
    wallet_of(session).spend(40)
    paid = snapshot(session, started, refunds=(refund(),))
    settled(session, paid)
    forgive(session, 40)
    settled(session, snapshot(session, started, refunds=(refund("failed"),)))
    whole, half = forecast_refund(session, 1), forecast_refund(session, 1, 1000)
    assert (whole.credits, whole.free, whole.owed, whole.most_minor) == (60, 60, 0, 1999)
    assert (half.credits, half.free, half.makes_debt) == (11, 11, False)
    again = partial(ask_refund, purchase_id=1, forecast=whole, author="admin:1", reason="Again")
    session.rollback()
    write(session, again)
    assert balances(session) == (0, 60, 0)


def test_money_can_go_back_after_the_wallet_was_closed(session: Session) -> None:
    """Its credits were spent before. A person has to look. Caught: an error instead."""
    started = paid_purchase(session)
    wallet = wallet_of(session)
    wallet.spend(100)
    assert wallet.do(close_wallet) is None
    forecast = forecast_refund(session, 1)
    assert forecast.makes_debt
    session.rollback()
    asking = partial(ask_refund, purchase_id=1, forecast=forecast, may_owe=True)
    write(session, partial(asking, author="admin:1", reason="Did not like it"))
    assert settled(session, snapshot(session, started)).hold == "ledger_refused"
