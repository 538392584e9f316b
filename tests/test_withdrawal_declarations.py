"""Declarations of withdrawal by people who are not signed in: who is answered, and how many are
taken."""

from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select, update
from sqlalchemy.orm import Session

import worker
from domain.customers.models import Customer, CustomerContact
from domain.database import AnySession, write, writing
from domain.platforms.models import Platform
from domain.purchases import declarations, queries, withdrawal_limits
from domain.purchases.errors import TooManyDeclarations
from domain.purchases.models import Purchase
from domain.purchases.withdrawal_models import WithdrawalDeclaration
from domain.purchases.withdrawals import withdraw_own
from tests.clock import NOON, Clock
from tests.meeting import Meeting
from tests.purchases import ATTEMPT, open_checkout, paid_purchase
from tests.receipts import add_receipt
from tests.test_purchases_money_back import open_tasks
from tests.withdrawals import (
    WORDS,
    acknowledgements,
    buyer_of,
    count_declarations,
    declare,
    email_of,
    refunds,
    refuse_one,
    take_in_all,
    withdraw_as,
    withdrawals,
)

pytestmark = pytest.mark.on_both

AT_CHECKOUT = str(ATTEMPT.email)


def test_number_and_email_that_fit_are_answered_by_mail(session: Session, clock: Clock) -> None:
    """Money waits for a person. Caught: the time when the worker looked, for when it was received;
    `at_once` for anybody who knows number and email."""
    paid = paid_purchase(session)
    email = email_of(session, paid.purchase_id)
    received_at = declare(session, email)
    clock.go_on(minutes=7)
    take_in_all(session)
    [one] = withdrawals(session)
    assert (one.purchase_id, one.received_at, one.state) == (1, received_at, "queued")
    assert (one.name, one.number, one.language, one.text) == WORDS
    assert (one.is_owner, one.unspent, one.handled_at) == (False, 100, None)
    assert (open_tasks(session), refunds(session)) == ([("withdrawal", "")], [])
    [mail] = acknowledgements(session)
    assert (mail.recipient, mail.key) == (email, "purchase:1:withdrawal")
    assert mail.data["received_at"] == received_at.isoformat()
    assert mail.data["language"] == "en"


@pytest.mark.parametrize("number", ["2026-000184", "TEST-2026-000184", "P-1"])
def test_the_receipts_number_does_as_well(session: Session, number: str) -> None:
    started = open_checkout(session)
    with writing(session):
        session.get_one(Purchase, started.purchase_id).state = "paid"
        session.get_one(Purchase, started.purchase_id).paid_at = NOON
    add_receipt(session, started.purchase_id)
    declare(session, AT_CHECKOUT, number)
    take_in_all(session)
    assert len(withdrawals(session)) == 1


def test_the_email_of_the_checkout_does_as_well(session: Session) -> None:
    """Caught: the address of now alone, which the mail with the receipt did not go to."""
    paid_purchase(session)
    declare(session, AT_CHECKOUT)
    take_in_all(session)
    assert [mail.recipient for mail in acknowledgements(session)] == [AT_CHECKOUT]


@pytest.mark.parametrize(
    ("number", "email"),
    [
        ("P-1", "eve@posta.example"),
        ("P-2", AT_CHECKOUT),
        ("P-3", AT_CHECKOUT),
        ("2026-000999", AT_CHECKOUT),
    ],
)
def test_what_does_not_fit_is_answered_to_nobody(session: Session, number: str, email: str) -> None:
    """The second purchase is not paid, a third is not there. Caught: a mail to whom the purchase
    belongs, whatever email was typed; `state` not looked at."""
    paid_purchase(session)
    open_checkout(session)
    declare(session, email, number)
    take_in_all(session)
    assert (withdrawals(session), acknowledgements(session)) == ([], [])
    assert count_declarations(session) == 1


def test_an_email_that_a_platform_merely_claims_gets_no_mail(session: Session) -> None:
    """Caught: `may_get_mail` left out."""
    paid = paid_purchase(session)
    email = email_of(session, paid.purchase_id)
    with writing(session):
        platform = Platform(name="Lotus", return_url="")
        session.add(platform)
        session.flush()
        session.execute(update(Customer).values(platform_id=platform.id))
        session.execute(update(CustomerContact).values(email_verified_at=None))
    declare(session, email)
    take_in_all(session)
    assert acknowledgements(session) == []


def test_sent_twice_it_is_one_withdrawal(session: Session, clock: Clock) -> None:
    """Caught: a second row, a second mail; the first time of receipt overwritten."""
    paid = paid_purchase(session)
    email = email_of(session, paid.purchase_id)
    first = declare(session, email)
    clock.go_on(hours=1)
    declare(session, email)
    declare(session, AT_CHECKOUT)
    take_in_all(session)
    own = withdraw_as(session, buyer_of(session, paid.purchase_id), paid.purchase_id)
    assert not own.is_new
    [one] = withdrawals(session)
    assert one.received_at == first
    assert len(acknowledgements(session)) == 1


def test_owner_and_stranger_at_the_same_moment_are_one_withdrawal(
    engine: Engine, session: Session
) -> None:
    """Caught: a look for the row before the insert, with neither ON CONFLICT nor a lock."""
    paid = paid_purchase(session)
    customer_id = buyer_of(session, paid.purchase_id)
    declare(session, AT_CHECKOUT)
    claimed = write(session, declarations.claim_due)
    assert claimed
    session.rollback()
    outcomes = Meeting(engine).of(
        partial(withdraw_own, purchase_id=1, customer_id=customer_id, words=WORDS),
        partial(declarations.take_in, declaration_id=claimed),
    )
    assert outcomes[0].is_new
    assert len(withdrawals(session)) == 1
    assert len(acknowledgements(session)) == 1


def test_sending_does_the_same_whether_there_is_such_a_purchase_or_not(
    session: Session, engine: Engine
) -> None:
    """Caught: the purchase looked for at once."""
    paid = paid_purchase(session)
    email = email_of(session, paid.purchase_id)
    said: list[list[str]] = []

    def note(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:  # noqa: ANN401
        said[-1].append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        for number, typed in (("P-1", email), ("P-1", "eve@posta.example"), ("P-9", email)):
            said.append([])
            declare(session, typed, number)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert said[0] == said[1] == said[2]
    assert not any("purchase" in statement.lower() for statement in said[0])


def test_after_14_days_it_is_recorded_and_answered_all_the_same(
    session: Session, clock: Clock
) -> None:
    """Caught: refused once it is late."""
    paid_purchase(session)
    clock.go_on(days=15)
    declare(session, AT_CHECKOUT)
    take_in_all(session)
    assert [one.state for one in withdrawals(session)] == ["queued"]
    [mail] = acknowledgements(session)
    assert (mail.data["is_in_time"], mail.data["last_day"]) == (False, "2027-03-15")


def test_the_worker_takes_them_in_one_by_one(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: one that breaks something tried again at once, for ever, and the others after it."""
    paid_purchase(session)
    assert not worker.take_in_withdrawal(session)
    declare(session, "eve@posta.example")
    declare(session, AT_CHECKOUT)
    find = queries.find_by_number
    broken = [True]

    def fail_once(of: AnySession, number: str) -> int | None:
        if broken:
            broken.clear()
            raise RuntimeError
        return find(of, number)

    monkeypatch.setattr(declarations, "find_by_number", fail_once)
    with pytest.raises(RuntimeError):
        worker.take_in_withdrawal(session)
    session.rollback()
    assert worker.take_in_withdrawal(session)
    assert not worker.take_in_withdrawal(session)
    assert len(withdrawals(session)) == 1
    waiting = select(func.count()).where(WithdrawalDeclaration.due_at.is_not(None))
    assert session.scalar(waiting) == 1


# Limits.


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = withdrawal_limits.LIMITS
    fewer = {name: limits._asdict()[name]._replace(free=3) for name in limits._fields}
    fewer["in_all"] = limits.in_all._replace(free=5)
    fewer["in_all_with_newcomers"] = limits.in_all_with_newcomers._replace(free=7)
    monkeypatch.setattr(withdrawal_limits, "LIMITS", limits._replace(**fewer))


@pytest.mark.usefixtures("few", "clock")
@pytest.mark.parametrize("kind", ["mailbox", "network", "wide network", "in all"])
def test_many_are_refused(session: Session, kind: str) -> None:
    """Caught: `email` for its mailbox; one network for all; `declare` without a look of its own."""
    addresses = {"network": "203.0.113.7", "wide network": "203.0.113.{}"}
    free = 7 if kind == "in all" else 3

    def send(n: int, refuse: bool = False) -> None:
        email = f"a+{n}@posta.example" if kind == "mailbox" else f"{n}@posta.example"
        address = addresses.get(kind, "198.51.{}.1").format(n)
        (refuse_one if refuse else declare)(session, email, address=address)

    for n in range(free):
        send(n)
    for refuse in (True, False):
        with pytest.raises(TooManyDeclarations) as refused:
            send(8, refuse)
        assert refused.value.wait_seconds == 60
    assert count_declarations(session) == free


@pytest.mark.usefixtures("few")
def test_a_minute_later_one_more_is_taken_and_old_ones_are_forgotten(
    session: Session, clock: Clock
) -> None:
    for _n in range(3):
        declare(session, "a@posta.example")
    clock.go_on(seconds=61)
    declare(session, "a@posta.example")
    take_in_all(session)
    clock.go_on(days=1, seconds=1)
    declare(session, "b@posta.example")
    assert count_declarations(session) == 1


def test_what_was_not_looked_at_yet_is_not_forgotten(session: Session, clock: Clock) -> None:
    """Caught: declarations that a worker who was away for a day never sees."""
    declare(session, "a@posta.example")
    clock.go_on(days=3)
    declare(session, "b@posta.example")
    assert count_declarations(session) == 2
