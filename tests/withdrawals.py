"""Withdrawals as tests make them."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.customers.models import CustomerContact
from domain.database import write
from domain.outbox.models import OutboxMessage
from domain.purchases import declarations
from domain.purchases.declarations import Declaration
from domain.purchases.models import Purchase
from domain.purchases.queries import list_refunds
from domain.purchases.withdrawal_models import Withdrawal, WithdrawalDeclaration
from domain.purchases.withdrawals import Withdrawn, Words, withdraw_own
from tests.purchases import purchase_of

WORDS = Words("Ayşe Yıldırım", "P-1", "en", "2026-12")
SENT = Declaration(WORDS, "buyer@posta.example", "203.0.113.7")


def declare(session: Session, email: str, number: str = "P-1", **changes: Any) -> datetime:  # noqa: ANN401
    """Sent by somebody who is not signed in; the worker has not looked at it yet."""
    sent = replace(SENT, words=WORDS._replace(number=number), email=email, **changes)
    return write(session, partial(declarations.declare, sent=sent))


def refuse_one(session: Session, email: str, address: str) -> None:
    """What is asked before, without any lock."""
    declarations.refuse(session, replace(SENT, email=email, address=address))


def take_in_all(session: Session) -> None:
    """As the worker does, each of them twice."""
    session.rollback()
    while declarations.has_due(session):
        claimed = write(session, declarations.claim_due)
        assert claimed
        for _time in range(2):
            write(session, partial(declarations.take_in, declaration_id=claimed))
    session.rollback()


def withdraw_as(session: Session, customer_id: int, purchase_id: int) -> Withdrawn:
    """Signed in; twice, which is once."""
    work = partial(withdraw_own, purchase_id=purchase_id, customer_id=customer_id, words=WORDS)
    first = write(session, work)
    assert write(session, work) == Withdrawn(is_new=False)
    return first


def email_of(session: Session, purchase_id: int) -> str:
    """The buyer's own, of now."""
    session.rollback()
    contact = select(CustomerContact.email).join(
        Purchase, Purchase.customer_id == CustomerContact.customer_id
    )
    return str(session.scalars(contact.where(Purchase.id == purchase_id)).one())


def buyer_of(session: Session, purchase_id: int) -> int:
    return purchase_of(session, purchase_id).customer_id


def withdrawals(session: Session) -> list[Withdrawal]:
    session.rollback()
    return list(session.scalars(select(Withdrawal).order_by(Withdrawal.id)))


def acknowledgements(session: Session) -> list[OutboxMessage]:
    session.rollback()
    about = select(OutboxMessage).where(OutboxMessage.topic == "withdrawal")
    return list(session.scalars(about.order_by(OutboxMessage.id)))


def refunds(session: Session, purchase_id: int = 1) -> list[tuple[int, str]]:
    """Amounts and states."""
    session.rollback()
    return [(one.amount_minor, one.status) for one in list_refunds(session, purchase_id)]


def count_declarations(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(WithdrawalDeclaration)) or 0
