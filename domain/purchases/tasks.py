"""What waits for a person: opened and closed with its reason, or done by somebody."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from domain.customers.models import CustomerContact
from domain.database import AnySession, read_clock
from domain.messages import message
from domain.purchases.errors import PurchaseError
from domain.purchases.judging import Reason, worst
from domain.purchases.models import Purchase
from domain.purchases.money_back_models import PurchaseTask
from domain.purchases.notices import note_for_admins
from domain.purchases.rows import add_step, lock_purchase
from domain.purchases.rules import Hold, Step

# These are no state of the provider's, so a sync does not end them.
OF_PEOPLE = (Hold.WITHDRAWAL,)
MOST_LISTED = 200


class Waiting(NamedTuple):
    """An open task, with what it is about."""

    id: int
    kind: str
    subject: str
    opened_at: datetime
    purchase_id: int
    package: str
    price_minor: int
    currency: str
    provider: str
    customer_id: int
    customer_name: str
    customer_email: str | None


class TaskNotFound(PurchaseError):
    """Nothing with this number ever waited for a person."""

    def __init__(self) -> None:
        super().__init__(message("This task does not exist."))


class TaskClosed(PurchaseError):
    """Somebody else did it, or its reason is gone."""

    def __init__(self) -> None:
        super().__init__(message("Nothing waits here any more: it was done, or it has ended."))


def follow_reasons(
    session: AnySession, purchase: Purchase, reasons: Collection[Reason], now: datetime
) -> None:
    """Opens what is new, closes what is over. What somebody has done stays done. The purchase is
    locked."""
    tasks = tasks_of(session, purchase.id)
    known = {Reason(Hold(one.kind), one.subject): one for one in tasks}
    for reason, task in known.items():
        if reason not in reasons and reason.kind not in OF_PEOPLE and task.closed_at is None:
            task.closed_at = now
    for reason in sorted(reasons):
        there = known.get(reason)
        if there is None:
            _open(session, purchase, reason, now)
        elif there.closed_at is not None and there.done_by is None:
            there.opened_at, there.closed_at = now, None
            _tell(session, purchase, reason)
    hold_by_tasks(session, purchase)


def open_task(session: AnySession, purchase: Purchase, reason: Reason) -> None:
    """What no sync would find. The purchase is locked."""
    _open(session, purchase, reason, read_clock(session))
    hold_by_tasks(session, purchase)
    purchase.version += 1


def finish_task(session: AnySession, task_id: int, *, author: str, note: str) -> PurchaseTask:
    """Somebody has done it, and says what. Raises TaskNotFound, TaskClosed."""
    purchase_id = session.scalar(select(PurchaseTask.purchase_id).where(PurchaseTask.id == task_id))
    if purchase_id is None:
        raise TaskNotFound
    purchase = lock_purchase(session, purchase_id)
    task = session.get_one(PurchaseTask, task_id, populate_existing=True)
    if task.closed_at is not None:
        raise TaskClosed
    task.closed_at, task.done_by, task.note = read_clock(session), author, note
    add_step(session, purchase, Step.TASK_DONE, hold=task.kind)
    hold_by_tasks(session, purchase)
    purchase.version += 1
    session.flush()
    return task


def hold_by_tasks(session: AnySession, purchase: Purchase) -> None:
    """Shows the worst of what is open."""
    session.flush()
    still = tasks_of(session, purchase.id)
    purchase.hold = worst([Hold(one.kind) for one in still if one.closed_at is None])


def tasks_of(session: AnySession, purchase_id: int) -> Sequence[PurchaseTask]:
    """The oldest first."""
    of_it = select(PurchaseTask).where(PurchaseTask.purchase_id == purchase_id)
    return session.scalars(
        of_it.order_by(PurchaseTask.id).execution_options(populate_existing=True)
    ).all()


def list_open(session: AnySession) -> list[Waiting]:
    """The oldest first, as far as somebody can work them off in a day."""
    columns = (PurchaseTask.id, PurchaseTask.kind, PurchaseTask.subject, PurchaseTask.opened_at)
    of_purchase = (
        *(Purchase.id, Purchase.name, Purchase.price_minor, Purchase.currency, Purchase.provider),
        Purchase.customer_id,
    )
    rows = (
        select(*columns, *of_purchase, CustomerContact.name, CustomerContact.email)
        .join(Purchase, Purchase.id == PurchaseTask.purchase_id)
        .join(CustomerContact, CustomerContact.customer_id == Purchase.customer_id)
        .where(PurchaseTask.closed_at.is_(None))
        .order_by(PurchaseTask.id)
        .limit(MOST_LISTED)
    )
    return [Waiting(*row) for row in session.execute(rows)]


def _open(session: AnySession, purchase: Purchase, reason: Reason, now: datetime) -> None:
    row = {"purchase_id": purchase.id, "kind": reason.kind, "subject": reason.subject}
    session.add(PurchaseTask(**row, opened_at=now))
    _tell(session, purchase, reason)


def _tell(session: AnySession, purchase: Purchase, reason: Reason) -> None:
    add_step(session, purchase, Step.HELD, hold=reason.kind.value)
    note_for_admins(session, "purchase_held", purchase=purchase.id, hold=reason.kind.value)
