"""Customers with wallets, as the tests of their pages use them."""

from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from domain.customers.claims import Claims
from domain.customers.customers import enter_from_platform
from domain.customers.models import CustomerNote
from domain.database import write, writing
from domain.ledger import acts
from domain.ledger.chain import note_digest
from domain.ledger.wallets import open_wallet
from domain.platforms.models import Platform
from tests.wallets import TestWallet

SALT = "5a" * 16


def add_platforms_customer(
    session: Session, platform: str, subject: str, removed_at: datetime | None = None
) -> int:
    """Who came from a new platform, with no name or email."""
    with writing(session):
        row = Platform(name=platform, removed_at=removed_at)
        session.add(row)
        session.flush()
        return enter_from_platform(session, row.id, Claims(subject), "en")


def add_wallet(session: Session, customer_id: int) -> TestWallet:
    id = write(session, partial(open_wallet, customer_id=customer_id, mode="test"))
    return TestWallet(session, id)


def give_for_a_reason(
    wallet: TestWallet,
    customer_id: int,
    credits: int,
    text: str,
    *,
    is_shown: bool = False,
    **terms: object,
) -> None:
    """A gift with the digest of its reason."""
    terms |= {"kind": "gift", "source": f"reason:{next(wallet.numbers)}", "actor": "admin:1"}
    given = wallet.entry(acts.grant, credits, **terms, note_digest=note_digest(SALT, text))
    add_reason(wallet.session, customer_id, given.seq, text, is_shown=is_shown)


def add_reason(session: Session, customer_id: int, seq: int, text: str, *, is_shown: bool) -> None:
    """Of any entry: whether it fits or not."""
    note = {"customer_id": customer_id, "seq": seq, "text": text, "is_shown": is_shown}
    with writing(session):
        session.add(CustomerNote(**note, salt=SALT, author="ana@example.com"))
