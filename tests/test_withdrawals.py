"""Withdrawing from contracts: once, until when, what goes back, and what a person decides."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from domain.database import write
from domain.ledger import acts as ledger
from domain.ledger.rules import Purpose
from domain.ledger.wallets import find_wallet
from domain.purchases.errors import (
    PurchaseNotFound,
    UnfitNumber,
    WithdrawalDecided,
    WithdrawalNotFound,
)
from domain.purchases.names import normal_number
from domain.purchases.withdrawal_rules import Decision, Share, is_in_time, last_day, share_back
from domain.purchases.withdrawals import decide_withdrawal, find_own, list_queued, look_ahead
from tests.clock import Clock
from tests.purchases import paid_purchase, purchase_of
from tests.withdrawals import (
    acknowledgements,
    buyer_of,
    email_of,
    withdraw_as,
    withdrawals,
)

pytestmark = pytest.mark.on_both

ISTANBUL = ZoneInfo("Europe/Istanbul")


def spend(session: Session, purchase_id: int, credits: int) -> None:
    wallet_id = find_wallet(session, buyer_of(session, purchase_id))
    assert wallet_id
    act = partial(
        ledger.spend,
        wallet_id=wallet_id,
        credits=credits,
        purpose=Purpose("call", "1"),
        actor="platform:1",
    )
    write(session, act)


# Rules.


@pytest.mark.parametrize(
    ("unspent", "share"),
    [
        (100, Share(100, 0, 1999)),
        (99, Share(99, 1, 1979)),
        (1, Share(1, 99, 19)),
        (0, Share(0, 100, 0)),
    ],
)
def test_the_unspent_part_of_the_price_goes_back(unspent: int, share: Share) -> None:
    """Caught: rounded up, which gives back a coin that was not paid for."""
    assert share_back(1999, 100, unspent) == share


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


def test_what_was_spent_is_kept(session: Session, clock: Clock) -> None:
    paid = paid_purchase(session)
    spend(session, paid.purchase_id, 30)
    purchase = purchase_of(session, paid.purchase_id)
    ahead = look_ahead(session, purchase, clock.now, is_owner=True)
    assert ahead == (Share(70, 30, 1399), True, True)
    assert not look_ahead(session, purchase, clock.now, is_owner=False).is_automatic
    late = clock.now + timedelta(days=15)
    assert look_ahead(session, purchase, late, is_owner=True)[1:] == (False, False)
    assert withdraw_as(session, purchase.customer_id, purchase.id)
    [one] = withdrawals(session)
    assert (one.unspent, one.is_owner) == (70, True)
    [mail] = acknowledgements(session)
    assert mail.recipient == email_of(session, purchase.id)
    assert [mail.data[name] for name in ("unspent", "kept", "amount_minor")] == [70, 30, 1399]


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
    """Caught: a decision that another one overwrites."""
    paid = paid_purchase(session)
    withdraw_as(session, buyer_of(session, paid.purchase_id), paid.purchase_id)
    [queued] = list_queued(session)
    decide = partial(
        decide_withdrawal, withdrawal_id=queued.id, author="admin:3", decision=decision
    )
    session.rollback()
    write(session, decide)
    [one] = withdrawals(session)
    assert (one.state, one.handled_by, one.handled_at) == (decision, "admin:3", clock.now)
    assert list_queued(session) == []
    with pytest.raises(WithdrawalDecided):
        write(session, decide)
    with pytest.raises(WithdrawalNotFound):
        write(session, partial(decide, withdrawal_id=99))
