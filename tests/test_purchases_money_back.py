"""Money that goes back, as the provider says: what becomes of the credits, the papers, and who has
to look. Each state is settled twice, which is the same."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.database import write
from domain.ledger import acts
from domain.ledger.verify import Verified
from domain.outbox.models import OutboxMessage
from domain.purchases.credit_notes import list_credit_notes, name_note
from domain.purchases.forgiving import forgive_debt
from domain.purchases.models import Purchase
from domain.purchases.orders import Started
from domain.purchases.provider import Dispute, Refund
from domain.purchases.queries import list_disputes, list_refunds, list_steps
from domain.purchases.rules import Hold
from domain.purchases.tasks import finish_task, tasks_of
from tests.clock import Clock
from tests.purchases import (
    balances,
    dispute,
    open_checkout,
    paid_purchase,
    purchase_of,
    refund,
    sent,
    settled,
    snapshot,
    try_again,
    wallet_of,
)

LOST, WON = dispute("lost"), dispute("won")


def seen(session: Session, *back: Refund | Dispute) -> Purchase:
    """Purchase 1 once the provider says that this went back of its payment."""
    paid = snapshot(
        session,
        Started(1, 1, None),
        refunds=tuple(one for one in back if isinstance(one, Refund)),
        disputes=tuple(one for one in back if isinstance(one, Dispute)),
    )
    bought = settled(session, paid)
    assert list(Verified(session).differences()) == []
    return bought


def notes(session: Session) -> list[tuple[str, int, str | None]]:
    session.rollback()
    return [
        (name_note(note), note.content["amount_minor"], note.content["reverses"])
        for note in list_credit_notes(session, 1)
    ]


def mails(session: Session) -> list[str]:
    session.rollback()
    topics = session.scalars(select(OutboxMessage.topic).order_by(OutboxMessage.id))
    return [topic for topic in topics if topic != "notice"]


def open_tasks(session: Session) -> list[tuple[str, str]]:
    session.rollback()
    return [(one.kind, one.subject) for one in tasks_of(session, 1) if one.closed_at is None]


@pytest.mark.parametrize("status", ["pending", "succeeded", "unknown"])
def test_money_that_went_back_before_the_credits_leaves_none_to_spend(
    session: Session, status: str
) -> None:
    """Caught: credits that can be spent for what was refunded already."""
    open_checkout(session)
    bought = seen(session, refund(status))  # type: ignore[arg-type]
    assert (bought.state, balances(session)[0]) == ("paid", 0)
    assert bought.hold == ("unknown_state" if status == "unknown" else "refunded")
    bought = seen(session, refund("failed"))
    assert (bought.hold, bought.taken_credits, balances(session)) == (None, 0, (100, 0, 0))


def test_a_refund_on_its_way_freezes_and_one_that_arrives_takes(session: Session) -> None:
    """Caught: a pending refund counted as none; its freeze never ended."""
    paid_purchase(session)
    assert seen(session, refund("pending", 1000)).taken_credits == 0
    assert balances(session) == (49, 51, 0)
    assert seen(session, refund("succeeded", 1000)).taken_credits == 51
    assert balances(session) == (49, 0, 0)
    seen(session, refund("succeeded", 1000), refund("succeeded", 999, "re_2"))
    assert balances(session) == (0, 0, 0)
    assert notes(session) == [
        ("TEST-CN-2026-000001", 1000, None),
        ("TEST-CN-2026-000002", 999, None),
    ]
    assert mails(session) == ["receipt", "refund", "refund"]


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_refund_that_fails_gives_its_credits_back(session: Session, status: str) -> None:
    """WooCommerce#4405: a refund that failed was booked as done. Caught: failure of a refund
    ignored."""
    paid_purchase(session)
    seen(session, refund("pending"))
    assert balances(session) == (0, 100, 0)
    assert seen(session, refund(status)).taken_credits == 0  # type: ignore[arg-type]
    assert balances(session) == (100, 0, 0)
    assert notes(session) == []
    assert mails(session) == ["receipt"]


def test_a_refund_that_fails_after_it_succeeded_gives_its_credits_back(session: Session) -> None:
    """What was spent of them is spent again, what paid for it is free. Caught: what was taken stays
    taken; a credit note that stands though nothing went back."""
    paid_purchase(session)
    wallet_of(session).spend(40)
    seen(session, refund())
    assert balances(session) == (0, 0, 40)
    wallet_of(session).gift(30)
    assert balances(session) == (0, 0, 10)
    seen(session, refund("failed"))
    assert balances(session) == (90, 0, 0)
    first = "TEST-CN-2026-000001"
    assert notes(session) == [(first, 1999, None), ("TEST-CN-2026-000002", 1999, first)]
    assert mails(session) == ["receipt", "refund", "refund_failed"]


def test_what_is_held_is_taken_once_its_hold_ends(session: Session, clock: Clock) -> None:
    """The worker comes back for it. Caught: held credits that stay after all money is back."""
    paid_purchase(session)
    wallet = wallet_of(session)
    held = wallet.hold(60).hold
    bought = seen(session, refund())
    assert (balances(session), bought.taken_credits) == ((0, 0, 0), 40)
    assert bought.due_at == clock.now + timedelta(hours=1)
    assert seen(session, refund()).taken_credits == 40
    wallet.entry(acts.capture, held, credits=20, actor="customer:1")
    bought = seen(session, refund())
    assert (balances(session), bought.taken_credits, bought.due_at) == ((0, 0, 20), 100, None)


def test_a_dispute_freezes_what_is_free_and_a_won_one_frees_it(session: Session) -> None:
    """Late and doubled news change nothing. Caught: dispute event twice."""
    paid_purchase(session)
    wallet_of(session).spend(40)
    assert seen(session, dispute()).hold == "disputed"
    assert balances(session) == (0, 60, 0)
    wallet_of(session).gift(5)
    seen(session, dispute())
    assert balances(session) == (5, 60, 0)
    assert seen(session, WON).hold is None
    assert balances(session) == (65, 0, 0)


def test_a_lost_dispute_takes_what_is_frozen_and_the_rest_is_owed(session: Session) -> None:
    """The next credits pay first. Caught: spent credits for nothing."""
    paid_purchase(session)
    wallet_of(session).spend(40)
    seen(session, dispute())
    bought = seen(session, LOST)
    assert (bought.hold, bought.taken_credits) == ("dispute_lost", 100)
    assert balances(session) == (0, 0, 40)
    wallet_of(session).gift(100)
    assert balances(session) == (60, 0, 0)
    assert notes(session) == [], "a bank's decision is no refund of ours"


def test_a_dispute_that_is_won_after_it_was_lost_gives_all_back(session: Session) -> None:
    """An appeal. Caught: won after lost ignored."""
    paid_purchase(session)
    wallet_of(session).spend(40)
    for one, expected in (
        (LOST, (0, 0, 40)),
        (WON, (60, 0, 0)),
        (LOST, (0, 0, 40)),
        (dispute(), (0, 60, 0)),
        (WON, (60, 0, 0)),
    ):
        seen(session, one)
        assert balances(session) == expected, one.status


def test_a_dispute_of_a_part_freezes_a_part_and_of_more_no_more_than_all(session: Session) -> None:
    """Caught: the amount of the dispute taken as it is."""
    paid_purchase(session)
    seen(session, dispute("open", 200))
    assert balances(session) == (89, 11, 0)
    seen(session, dispute("lost", 200))
    assert balances(session) == (89, 0, 0)
    seen(session, dispute("lost", 200), dispute("open", 5000, "dp_2"))
    assert balances(session) == (0, 89, 0)
    seen(session, dispute("lost", 200), dispute("lost", 5000, "dp_2"))
    assert (balances(session), purchase_of(session, 1).taken_credits) == ((0, 0, 0), 100)


def test_a_refund_beside_a_dispute_takes_its_own_share(session: Session) -> None:
    """Frozen ones of the other go first, and nothing is taken twice."""
    paid_purchase(session)
    inquiry = dispute()
    seen(session, inquiry)
    seen(session, inquiry, refund("succeeded", 1000))
    assert balances(session) == (0, 49, 0)
    seen(session, dispute("won"), refund("succeeded", 1000))
    assert balances(session) == (49, 0, 0)


@pytest.mark.parametrize("forgiven", [40, 15])
def test_a_debt_that_was_let_go_does_not_come_back_with_the_money(
    session: Session, forgiven: int
) -> None:
    """Nor is it owed again by the next sync. Caught: forgiven credits given once more; taken once
    more."""
    paid_purchase(session)
    wallet_of(session).spend(40)
    buyer = seen(session, refund()).customer_id
    forgive = partial(forgive_debt, customer_id=buyer, credits=forgiven, reason="Our mistake")
    forgive = partial(forgive, author="ada@example.com", actor="admin:1", key="k")
    assert write(session, forgive)
    assert not write(session, forgive), "pressed twice"
    for one, expected in (
        (refund(), (0, 0, 40 - forgiven)),
        (refund("failed"), (60, 0, 0)),
        (refund(), (0, 0, 40 - forgiven)),
    ):
        bought = seen(session, one)
        assert (balances(session), bought.forgiven_credits) == (expected, forgiven), one.status


def test_the_second_payment_goes_back_without_credits(session: Session) -> None:
    """pretix#343. Caught: the refund of a duplicate takes the credits of the good one."""
    first = open_checkout(session)
    buyer = settled(session, snapshot(session, first, "expired")).customer_id
    again = try_again(session, first, buyer)
    assert again
    second = sent(session, again)
    both = [snapshot(session, one) for one in (first, second)]
    settled(session, *both)
    assert open_tasks(session) == [("paid_twice", "pi_2")]
    pending = replace(both[1], refunds=(refund("pending"),))
    settled(session, both[0], pending)
    assert balances(session) == (100, 0, 0)
    back = replace(both[1], refunds=(refund(),))
    assert settled(session, both[0], back).hold is None
    assert (balances(session), notes(session)) == ((100, 0, 0), [])
    assert {one.payment_ref for one in list_refunds(session, 1)} == {"pi_2"}


def test_what_a_person_has_to_look_at_is_opened_once_and_closed_with_its_reason(
    session: Session,
) -> None:
    """Caught: a notice for each sync; a task that stays when its reason is gone."""
    paid_purchase(session)
    seen(session, dispute(), refund("pending", 10))
    assert open_tasks(session) == [("disputed", "dp_1"), ("refunded", "re_1")]
    assert purchase_of(session, 1).hold == Hold.DISPUTED
    seen(session, WON, refund("pending", 10))
    assert open_tasks(session) == [("refunded", "re_1")]
    assert purchase_of(session, 1).hold == Hold.REFUNDED
    kinds = [step.data["hold"] for step in list_steps(session, 1) if step.kind == "held"]
    assert kinds == ["disputed", "refunded"]
    assert [one.status for one in list_disputes(session, 1)] == ["won"]


def test_what_somebody_has_done_stays_done(session: Session) -> None:
    """Caught: the next sync opens it again."""
    paid_purchase(session)
    seen(session, refund("succeeded", 10))
    [task] = tasks_of(session, 1)
    done = partial(finish_task, task_id=task.id, author="ada@example.com", note="Agreed by phone")
    write(session, done)
    assert (purchase_of(session, 1).hold, open_tasks(session)) == (None, [])
    assert seen(session, refund("succeeded", 10)).hold is None
    assert seen(session, refund("succeeded", 10), refund("succeeded", 9, "re_2")).hold == "refunded"
    assert open_tasks(session) == [("refunded", "re_2")]


def test_frozen_credits_go_before_spent_ones_become_a_debt(session: Session) -> None:
    """Caught: a debt while as many credits of the purchase were frozen for the other reason."""
    paid_purchase(session)
    wallet_of(session).spend(40)
    seen(session, dispute())
    seen(session, dispute(), refund("pending", 1000))
    assert balances(session) == (0, 60, 0)
    seen(session, dispute(), refund("succeeded", 1000))
    assert balances(session) == (0, 9, 0)
    seen(session, WON, refund("succeeded", 1000))
    assert balances(session) == (9, 0, 0)
