"""Browsers in which customers are signed in. The rows decide; a cookie only holds the key to one.

As strong as the admins' (`accounts.sessions`), but they live longer: a customer comes back on their
own phone after days, and can end each of them.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, and_, delete, not_, select, update

from domain.customers.models import Customer, CustomerContact, CustomerSession
from domain.customers.rules import DEVICE_CHARACTERS
from domain.database import AnySession, read_clock, utc_now

IDLE = timedelta(days=7)
ABSOLUTE = timedelta(days=30)
TOUCH_EVERY = timedelta(hours=1)
TOKEN_BYTES = 32
# So many are looked at with each sign-in. All would take longer the more customers there are.
LOOKED_AT = 100


@dataclass(frozen=True)
class SignedInCustomer:
    """The customer behind a request, detached from the database."""

    token: str = field(repr=False)
    session_id: int
    customer_id: int
    platform_id: int | None
    name: str
    email: str | None
    language: str
    needs_touch: bool = False


def open_session(session: AnySession, customer_id: int, device: str = "") -> str:
    """Signs this browser in; its new token."""
    _remove_dead(session)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        CustomerSession(
            token_hash=_digest(token), customer_id=customer_id, device=device[:DEVICE_CHARACTERS]
        )
    )
    session.execute(
        update(Customer).where(Customer.id == customer_id).values(last_sign_in_at=utc_now())
    )
    session.flush()
    return token


def find_session(session: AnySession, token: str) -> SignedInCustomer | None:
    """Who holds this token; None when it is unknown, idle for too long or too old."""
    found = session.execute(
        select(CustomerSession, Customer, CustomerContact.name, CustomerContact.email, utc_now())
        .join(Customer, Customer.id == CustomerSession.customer_id)
        .join(CustomerContact, CustomerContact.customer_id == Customer.id)
        .where(CustomerSession.token_hash == _digest(token))
    ).one_or_none()
    if found is None:
        return None
    row, customer, name, email, now = found
    # abs: a clock that was set back must not keep a session alive for ever.
    idle, age = abs(now - row.last_seen_at), abs(now - row.created_at)
    if idle >= IDLE or age >= ABSOLUTE:
        return None
    who = (customer.id, customer.platform_id, name, email, customer.language)
    return SignedInCustomer(token, row.id, *who, needs_touch=idle >= TOUCH_EVERY)


def touch(session: AnySession, token: str) -> None:
    """Notes that someone is there; a session that has ended stays ended."""
    session.execute(
        update(CustomerSession)
        .where(CustomerSession.token_hash == _digest(token))
        .values(last_seen_at=utc_now())
    )


def list_sessions(session: AnySession, customer_id: int) -> Sequence[CustomerSession]:
    """Those that live, the last seen first."""
    now = read_clock(session)
    return session.scalars(
        select(CustomerSession)
        .where(CustomerSession.customer_id == customer_id, _lives(now))
        .order_by(CustomerSession.last_seen_at.desc(), CustomerSession.id.desc())
    ).all()


def end_session(session: AnySession, customer_id: int, session_id: int) -> bool:
    """Whether it was there: a customer can end their own alone."""
    this = (CustomerSession.id == session_id, CustomerSession.customer_id == customer_id)
    ended = delete(CustomerSession).where(*this).returning(CustomerSession.id)
    return session.scalar(ended) is not None


def end_all_sessions(session: AnySession, customer_id: int) -> bool:
    """Whether there were any."""
    ended = delete(CustomerSession).where(CustomerSession.customer_id == customer_id)
    return bool(session.scalars(ended.returning(CustomerSession.id)).all())


def _remove_dead(session: AnySession) -> None:
    """Of the oldest, which are dead soonest."""
    now = read_clock(session)
    oldest = select(CustomerSession.id).order_by(CustomerSession.id).limit(LOOKED_AT)
    dead = delete(CustomerSession).where(CustomerSession.id.in_(oldest), not_(_lives(now)))
    session.execute(dead.execution_options(synchronize_session=False))


def _lives(now: datetime) -> ColumnElement[bool]:
    return and_(
        CustomerSession.last_seen_at.between(now - IDLE, now + IDLE),
        CustomerSession.created_at.between(now - ABSOLUTE, now + ABSOLUTE),
    )


def _digest(token: str) -> str:
    return sha256(token.encode(errors="replace")).hexdigest()
