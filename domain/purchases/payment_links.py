"""Payment links: support sends a customer the checkout of one package. What is done with them is in
paying_by_link.py.

The token is shown or mailed once; the database keeps its digest only.
"""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from domain.customers.customers import get_customer
from domain.database import AnySession, lock, read_clock, utc_now
from domain.purchases.errors import LinkNotFound, LinkSentAMomentAgo, NoAddress, TooManyLinks
from domain.purchases.link_models import LinkedPurchase, PaymentLink
from domain.purchases.mails import put_payment_link
from domain.purchases.models import Purchase
from domain.purchases.offering import get_on_sale
from domain.purchases.rules import State

TOKEN_BYTES = 32
LIFETIMES_DAYS = (1, 3, 7, 30)
# Of one customer, at the same time.
MOST_OPEN = 20
# Of those that have ended, so many are listed.
MOST_ENDED = 5
# A second press by mistake sends nothing.
AT_MOST_EVERY = timedelta(minutes=1)


class LinkState(StrEnum):
    """What became of a link."""

    OPEN = "open"
    UNDER_WAY = "under_way"  # the bank confirms later, or a person looks at the payment
    PAID = "paid"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Wanted(NamedTuple):
    """Which link an admin makes."""

    customer_id: int
    package_id: int
    days: int
    author: str


class ListedLink(NamedTuple):
    id: int
    package_id: int
    name: str
    author: str
    is_mailed: bool
    created_at: datetime
    expires_at: datetime
    state: LinkState


def is_linked(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a purchase of which this is true was begun through the link."""
    return (
        exists()
        .where(LinkedPurchase.link_id == PaymentLink.id)
        .where(Purchase.id == LinkedPurchase.purchase_id)
        .where(*conditions)
    )


IS_PAID = is_linked(Purchase.state == State.PAID)
IS_UNDER_WAY = is_linked(or_(Purchase.state == State.PROCESSING, Purchase.hold.is_not(None)))
IS_OPEN = and_(
    PaymentLink.revoked_at.is_(None), PaymentLink.expires_at > utc_now(), ~IS_PAID, ~IS_UNDER_WAY
)
_COLUMNS = (
    *(PaymentLink.id, PaymentLink.package_id, PaymentLink.name, PaymentLink.author),
    *(PaymentLink.is_mailed, PaymentLink.created_at, PaymentLink.expires_at),
    *(PaymentLink.revoked_at, IS_PAID, IS_UNDER_WAY),
)


def make_link(session: AnySession, wanted: Wanted) -> str:
    """The token of a new link, to be shown once. Raises CustomerNotFound, NotForSale,
    TooManyLinks."""
    _link, token = _make(session, wanted, is_mailed=False)
    return token


def send_link(session: AnySession, wanted: Wanted, *, origin: str) -> None:
    """A new link that goes to the customer by mail, in their language. Raises what `make_link`
    raises, NoAddress, LinkSentAMomentAgo."""
    person = get_customer(session, wanted.customer_id)
    if not person.may_get_mail:
        raise NoAddress
    lock(session, "payment links")
    _refuse_pressed_twice(session, wanted)
    link, token = _make(session, wanted, is_mailed=True)
    put_payment_link(session, link, person, token, origin)


def list_links(session: AnySession, customer_id: int) -> list[ListedLink]:
    """The open ones, then some that have ended, each the newest first."""
    of_customer = select(*_COLUMNS).where(PaymentLink.customer_id == customer_id)
    newest_first = of_customer.order_by(PaymentLink.id.desc())
    now = read_clock(session)
    rows = [
        *session.execute(newest_first.where(IS_OPEN)),
        *session.execute(newest_first.where(~IS_OPEN).limit(MOST_ENDED)),
    ]
    found = []
    for *columns, expires_at, revoked_at, is_paid, is_under_way in rows:
        state = state_of(expires_at, revoked_at, now, is_paid, is_under_way)
        found.append(ListedLink._make((*columns, expires_at, state)))
    return found


def revoke_link(session: AnySession, customer_id: int, link_id: int) -> bool:
    """Ends it for good; False for one that had ended before, which stays as it is. Raises
    LinkNotFound."""
    link = session.get(PaymentLink, link_id, with_for_update=True, populate_existing=True)
    if link is None or link.customer_id != customer_id:
        raise LinkNotFound
    if link.revoked_at is not None or read_state(session, link) != LinkState.OPEN:
        return False
    link.revoked_at = read_clock(session)
    session.flush()
    return True


def read_state(session: AnySession, link: PaymentLink) -> LinkState:
    """As it is now."""
    this = select(IS_PAID, IS_UNDER_WAY).where(PaymentLink.id == link.id)
    is_paid, is_under_way = session.execute(this).one()
    now = read_clock(session)
    return state_of(link.expires_at, link.revoked_at, now, is_paid, is_under_way)


def state_of(
    expires_at: datetime,
    revoked_at: datetime | None,
    now: datetime,
    is_paid: bool,
    is_under_way: bool,
) -> LinkState:
    if is_paid:
        return LinkState.PAID
    if is_under_way:
        return LinkState.UNDER_WAY
    if revoked_at is not None:
        return LinkState.REVOKED
    return LinkState.OPEN if expires_at > now else LinkState.EXPIRED


def digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _make(session: AnySession, wanted: Wanted, *, is_mailed: bool) -> tuple[PaymentLink, str]:
    if wanted.days not in LIFETIMES_DAYS:
        raise ValueError(f"A link works for {LIFETIMES_DAYS} days, not for {wanted.days}.")
    get_customer(session, wanted.customer_id)
    sale = get_on_sale(session, wanted.package_id)
    lock(session, "payment links")
    if _count_open(session, wanted.customer_id) >= MOST_OPEN:
        raise TooManyLinks(MOST_OPEN)
    token, now = secrets.token_urlsafe(TOKEN_BYTES), read_clock(session)
    link = PaymentLink(
        token_hash=digest(token),
        customer_id=wanted.customer_id,
        package_id=wanted.package_id,
        name=sale.values.name,
        author=wanted.author,
        is_mailed=is_mailed,
        created_at=now,
        expires_at=now + timedelta(days=wanted.days),
    )
    session.add(link)
    session.flush()
    return link, token


def _count_open(session: AnySession, customer_id: int) -> int:
    open_ones = select(func.count()).select_from(PaymentLink).where(IS_OPEN)
    return session.scalar(open_ones.where(PaymentLink.customer_id == customer_id)) or 0


def _refuse_pressed_twice(session: AnySession, wanted: Wanted) -> None:
    same = (
        PaymentLink.customer_id == wanted.customer_id,
        PaymentLink.package_id == wanted.package_id,
        PaymentLink.is_mailed,
        PaymentLink.created_at > read_clock(session) - AT_MOST_EVERY,
    )
    if session.scalars(select(PaymentLink.id).where(*same, IS_OPEN)).first() is not None:
        raise LinkSentAMomentAgo
