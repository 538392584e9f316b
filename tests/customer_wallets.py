"""Customers with wallets, as the tests of their pages use them."""

from functools import partial

from sqlalchemy.orm import Session

from domain.customers.customers import add_by_hand
from domain.customers.models import CustomerNote
from domain.database import write, writing
from domain.ledger.wallets import open_wallet
from tests.wallets import TestWallet


def add_customer(session: Session, name: str = "Ayşe Yıldırım", **changes: str | None) -> int:
    person = {"email": "ayse@posta.example", "language": "tr", "country": "TR"} | changes
    with writing(session):
        return add_by_hand(session, name=name, **person)  # type: ignore[arg-type]


def add_wallet(session: Session, customer_id: int) -> TestWallet:
    id = write(session, partial(open_wallet, customer_id=customer_id, mode="test"))
    return TestWallet(session, id)


def add_reason(session: Session, customer_id: int, seq: int, text: str, *, is_shown: bool) -> None:
    note = {"customer_id": customer_id, "seq": seq, "text": text, "is_shown": is_shown}
    with writing(session):
        session.add(CustomerNote(**note, salt="0" * 32, author="ana@example.com"))
