"""Declarations of withdrawal by people who are not signed in.

Sending one writes it down, and looks for no purchase: so neither the answer nor the time that it
takes can tell whether there is one. The worker looks, a moment later.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select, update

from domain.customers.customers import get_customer
from domain.database import AnySession, lock, read_clock, utc_now
from domain.emails import address_key, mailbox_key
from domain.networks import network, wide_network
from domain.purchases.models import Checkout, Purchase
from domain.purchases.queries import find_by_number
from domain.purchases.withdrawal_limits import refuse_flood
from domain.purchases.withdrawal_models import WithdrawalDeclaration
from domain.purchases.withdrawals import Words, withdraw
from domain.try_limits import Source

# As long as the longest window of the limits. So many are forgotten with each that is sent.
KEPT = timedelta(days=1)
MOST_FORGOTTEN = 100
# When one is looked at again that broke something.
PUT_OFF = timedelta(minutes=5)
# In a query of its own: see outbox/queries.py.
NOW = select(utc_now()).scalar_subquery()


@dataclass(frozen=True)
class Declaration:
    """What somebody sends, with an email in its normal spelling. `device` is the browser, if a code
    to this email was typed in it before."""

    words: Words
    email: str
    address: str | None  # of the network
    device: str | None = None

    @property
    def source(self) -> Source:
        return Source(network(self.address), wide_network(self.address), self.device)


def refuse(session: AnySession, sent: Declaration) -> None:
    """By reading alone, so that a flood of them waits for no lock. Raises TooManyDeclarations."""
    refuse_flood(session, read_clock(session), mailbox_key(sent.email), sent.source)


def declare(session: AnySession, sent: Declaration) -> datetime:
    """When it was received. Raises TooManyDeclarations."""
    lock(session, "withdrawal declarations")
    now = read_clock(session)
    _forget_old(session, now)
    key = mailbox_key(sent.email)
    source = refuse_flood(session, now, key, sent.source)
    row = {**sent.words._asdict(), "email": sent.email, "email_key": key, **source._asdict()}
    row |= {"received_at": now, "due_at": now}
    session.execute(insert(WithdrawalDeclaration).values(row))
    return now


def has_due(session: AnySession) -> bool:
    due = select(WithdrawalDeclaration.id).where(WithdrawalDeclaration.due_at <= NOW)
    return session.scalar(due.order_by(WithdrawalDeclaration.due_at).limit(1)) is not None


def claim_due(session: AnySession) -> int | None:
    """The one that is due longest; None when none is. It is put off before anybody looks at it: so
    one that breaks something holds up no other."""
    table, now = WithdrawalDeclaration, read_clock(session)
    due = select(table.id).where(table.due_at <= now).order_by(table.due_at, table.id)
    found = session.scalar(due.limit(1).with_for_update(skip_locked=True))
    if found is not None:
        session.execute(update(table).where(table.id == found).values(due_at=now + PUT_OFF))
    return found


def take_in(session: AnySession, declaration_id: int) -> None:
    """Records the withdrawal from the paid purchase that number and email fit, if there is one, and
    answers to that email. It is not looked at again."""
    table = WithdrawalDeclaration
    sent = session.get(table, declaration_id, with_for_update=True, populate_existing=True)
    if sent is None or sent.due_at is None:
        return
    sent.due_at = None
    session.flush()
    purchase_id = find_by_number(session, sent.number)
    if purchase_id is not None and address_key(sent.email) in _addresses(session, purchase_id):
        words = Words(sent.name, sent.number, sent.language, sent.text)
        withdraw(session, purchase_id, words, sent.received_at, mail_to=sent.email)


def _addresses(session: AnySession, purchase_id: int) -> set[str]:
    """Keys of the emails that are surely the buyer's: that of now, and those at the checkouts."""
    buyer_id = select(Purchase.customer_id).where(Purchase.id == purchase_id)
    buyer = get_customer(session, session.scalars(buyer_id).one())
    own = [buyer.email] if buyer.may_get_mail else []
    used = session.scalars(select(Checkout.email).where(Checkout.purchase_id == purchase_id))
    return {address_key(email) for email in (*own, *used) if email}


def _forget_old(session: AnySession, now: datetime) -> None:
    """Those that were looked at."""
    table = WithdrawalDeclaration
    # Both ends: a clock that was set back must not count them for longer.
    old = or_(table.received_at < now - KEPT, table.received_at > now + KEPT)
    few = select(table.id).where(old, table.due_at.is_(None)).limit(MOST_FORGOTTEN)
    session.execute(delete(table).where(table.id.in_(few)))
