"""What becomes of withdrawals: decided by a person, or by the refund that a buyer asked for."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from domain.database import AnySession, read_clock
from domain.purchases.errors import WithdrawalDecided, WithdrawalNotFound
from domain.purchases.money_back_models import PaymentRefund
from domain.purchases.queries import list_refunds
from domain.purchases.rows import lock_purchase
from domain.purchases.rules import Hold, RefundState
from domain.purchases.tasks import finish_task, tasks_of
from domain.purchases.withdrawal_models import Withdrawal
from domain.purchases.withdrawal_rules import MOVES, Decision, WithdrawalState

LOST = (RefundState.FAILED, RefundState.CANCELED)


def find_withdrawal(session: AnySession, purchase_id: int) -> Withdrawal | None:
    of_it = select(Withdrawal).where(Withdrawal.purchase_id == purchase_id)
    return session.scalar(of_it.execution_options(populate_existing=True))


def list_queued(session: AnySession) -> Sequence[Withdrawal]:
    """Those that wait for a person, the oldest first."""
    queued = select(Withdrawal).where(Withdrawal.state == WithdrawalState.QUEUED)
    return session.scalars(queued.order_by(Withdrawal.id)).all()


def decide_withdrawal(
    session: AnySession, withdrawal_id: int, author: str, decision: Decision
) -> None:
    """What a person made of one that waits: its task is done. Raises WithdrawalNotFound,
    WithdrawalDecided."""
    purchase_id = session.scalar(
        select(Withdrawal.purchase_id).where(Withdrawal.id == withdrawal_id)
    )
    if purchase_id is None:
        raise WithdrawalNotFound
    lock_purchase(session, purchase_id)
    found = session.get_one(Withdrawal, withdrawal_id, populate_existing=True)
    if found.state != WithdrawalState.QUEUED:
        raise WithdrawalDecided
    change_state(found, WithdrawalState(decision), read_clock(session), author)
    for task in tasks_of(session, purchase_id):
        if task.kind == Hold.WITHDRAWAL and task.closed_at is None:
            finish_task(session, task.id, author=author, note=decision)
    session.flush()


def decide_by_money(session: AnySession, purchase_id: int, author: str) -> None:
    """Once a person has done its task: by whether money was sent back since it was received."""
    found = find_withdrawal(session, purchase_id)
    if found is None or found.state != WithdrawalState.QUEUED:
        return
    back = list_refunds(session, purchase_id)
    is_sent = any(one.seen_at >= found.received_at and one.status not in LOST for one in back)
    state = WithdrawalState.REFUNDED if is_sent else WithdrawalState.DECLINED
    change_state(found, state, read_clock(session), author)
    session.flush()


def follow_refund(session: AnySession, purchase_id: int, now: datetime) -> None:
    """After the refund that went out at once. The purchase is locked."""
    found = find_withdrawal(session, purchase_id)
    if found is None or found.refund_id is None or found.state == WithdrawalState.QUEUED:
        return
    status = session.get_one(PaymentRefund, found.refund_id).status
    if status in LOST:
        change_state(found, WithdrawalState.QUEUED)
    elif status == RefundState.SUCCEEDED and found.state == WithdrawalState.REFUNDING:
        change_state(found, WithdrawalState.REFUNDED, now, str(found.handled_by))


def change_state(
    withdrawal: Withdrawal,
    state: WithdrawalState,
    at: datetime | None = None,
    author: str | None = None,
) -> None:
    """Raises ValueError for what cannot become so: who calls it knows."""
    if state not in MOVES[WithdrawalState(withdrawal.state)]:
        raise ValueError(f"A withdrawal that is {withdrawal.state} never becomes {state}.")
    withdrawal.state, withdrawal.handled_at, withdrawal.handled_by = state, at, author
