"""Withdrawing from contracts: once, until when, what goes back, and what a person decides."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from domain.database import write
from domain.purchases.errors import (
    PurchaseNotFound,
    UnfitNumber,
    WithdrawalDecided,
    WithdrawalNotFound,
)
from domain.purchases.names import normal_number
from domain.purchases.withdrawal_decisions import change_state, decide_withdrawal, list_queued
from domain.purchases.withdrawal_models import Withdrawal
from domain.purchases.withdrawal_rules import (
    MOVES,
    Decision,
    Share,
    WithdrawalState,
    is_in_time,
    last_day,
)
from domain.purchases.withdrawals import find_own, look_ahead
from tests.clock import Clock
from tests.purchases import ATTEMPT, paid_purchase, purchase_of, wallet_of
from tests.test_purchases_money_back import open_tasks
from tests.withdrawals import (
    acknowledgements,
    buyer_of,
    declare,
    email_of,
    take_in_all,
    withdraw_as,
    withdrawals,
)

pytestmark = pytest.mark.on_both

ISTANBUL = ZoneInfo("Europe/Istanbul")


# Rules.


@pytest.mark.parametrize(
    ("received", "in_time"),
    [
        (datetime(2026, 11, 15, 20, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 15, 21, 0, tzinfo=UTC), False),
    ],
)
def test_the_day_of_the_contract_does_not_count(received: datetime, in_time: bool) -> None:
    """Caught: 14 times 24 hours; the calendar of UTC."""
    paid_at = datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert last_day(paid_at, ISTANBUL) == date(2026, 11, 15)
    assert is_in_time(paid_at, received, ISTANBUL) == in_time


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("P-20431", "P-20431"),
        (" p 20431 ", "P-20431"),
        ("#20431", "P-20431"),
        ("2026-000184", "2026-000184"),
        ("2026\u2013184", "2026-000184"),
        ("\u200f٢٠٢٦-٠٠٠١٨٤", "2026-000184"),
        ("test-2026-000184", "TEST-2026-000184"),
    ],
)
def test_a_number_may_be_typed_in_many_ways(typed: str, number: str) -> None:
    assert normal_number(typed) == number


@pytest.mark.parametrize("typed", ["", "x", "P-", "0", "9" * 30, "2026-", "1 or 1=1", "P-1\0"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(UnfitNumber):
        normal_number(typed)


# By buyers who are signed in.


@pytest.mark.parametrize(
    ("spent", "share"),
    [
        (0, Share(100, 0, 1999)),
        (1, Share(99, 1, 1979)),
        (30, Share(70, 30, 1399)),
        (99, Share(1, 99, 19)),
        (100, Share(0, 100, 0)),
    ],
)
def test_the_unspent_part_of_the_price_goes_back(
    session: Session, clock: Clock, spent: int, share: Share
) -> None:
    """Caught: the whole price, whatever was spent."""
    paid = paid_purchase(session).purchase_id
    if spent:
        wallet_of(session).spend(spent)
    purchase = purchase_of(session, paid)
    assert look_ahead(session, purchase, clock.now) == (share, True, spent < 100)
    late = clock.now + timedelta(days=15)
    assert look_ahead(session, purchase, late) == (share, False, False)
    withdraw_as(session, purchase.customer_id, paid)
    [one] = withdrawals(session)
    assert (one.unspent, one.kept, one.amount_minor) == share
    assert (one.state, one.is_owner) == ("queued" if spent == 100 else "refunding", True)
    [mail] = acknowledgements(session)
    assert mail.recipient == email_of(session, paid)
    assert [mail.data[name] for name in ("unspent", "kept", "amount_minor")] == [*share]


def test_what_a_hold_has_reserved_is_kept(session: Session, clock: Clock) -> None:
    """Caught: held credits counted as unspent, which a hold may spend a moment later."""
    paid = paid_purchase(session).purchase_id
    wallet_of(session).hold(40)
    ahead = look_ahead(session, purchase_of(session, paid), clock.now)
    assert ahead.share == (60, 40, 1199)


def test_nobody_withdraws_from_another_customers_purchase(session: Session) -> None:
    """Caught: `get_own` left out of the act."""
    paid, other = paid_purchase(session), paid_purchase(session)
    eve = buyer_of(session, other.purchase_id)
    with pytest.raises(PurchaseNotFound):
        withdraw_as(session, eve, paid.purchase_id)
    assert find_own(session, "P-1", eve) is None
    assert find_own(session, "P-99", eve) is None
    assert find_own(session, "P-2", eve)
    assert withdrawals(session) == []


# Decided by a person.


@pytest.mark.parametrize("decision", Decision)
def test_a_person_decides_once(session: Session, clock: Clock, decision: Decision) -> None:
    """Caught: a decision that another one overwrites; a task left open."""
    paid_purchase(session)
    declare(session, str(ATTEMPT.email))
    take_in_all(session)
    assert open_tasks(session) == [("withdrawal", "")]
    [queued] = list_queued(session)
    decide = partial(
        decide_withdrawal, withdrawal_id=queued.id, author="admin:3", decision=decision
    )
    session.rollback()
    write(session, decide)
    [one] = withdrawals(session)
    assert (one.state, one.handled_by, one.handled_at) == (decision, "admin:3", clock.now)
    assert (list_queued(session), open_tasks(session)) == ([], [])
    with pytest.raises(WithdrawalDecided):
        write(session, decide)
    with pytest.raises(WithdrawalNotFound):
        write(session, partial(decide, withdrawal_id=99))


@pytest.mark.parametrize("state", WithdrawalState)
@pytest.mark.parametrize("then", WithdrawalState)
def test_only_known_moves_are_made(state: WithdrawalState, then: WithdrawalState) -> None:
    one = Withdrawal(state=state)
    if then in MOVES[state]:
        return change_state(one, then)
    with pytest.raises(ValueError, match="never becomes"):
        change_state(one, then)
    return None
