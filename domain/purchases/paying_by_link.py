"""Paying through a payment link. It is the same as any other purchase, once the link is looked at
under the lock of those who begin a payment."""

import re
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from domain.database import AnySession, insert_for
from domain.purchases.acts import lock_beginning, start, try_again
from domain.purchases.errors import (
    LinkExpired,
    LinkPaid,
    LinkRevoked,
    LinkUnderWay,
    PurchaseError,
)
from domain.purchases.link_models import LinkedPurchase, PaymentLink
from domain.purchases.models import Purchase
from domain.purchases.orders import Attempt, Started, Wish
from domain.purchases.payment_links import LinkState, digest, read_state
from domain.purchases.rules import State

# What a token looks like. Anything else is refused without a look into the database.
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
ENDED: dict[LinkState, type[PurchaseError]] = {
    LinkState.UNDER_WAY: LinkUnderWay,
    LinkState.PAID: LinkPaid,
    LinkState.REVOKED: LinkRevoked,
    LinkState.EXPIRED: LinkExpired,
}


def open_link(session: AnySession, token: str) -> PaymentLink:
    """The link with this token. One that nobody made looks like one that has expired. Raises
    LinkUnderWay, LinkPaid, LinkRevoked, LinkExpired."""
    link = None
    if TOKEN.fullmatch(token):
        this = PaymentLink.token_hash == digest(token)
        link = session.scalar(select(PaymentLink).where(this))
    if link is None:
        raise LinkExpired
    _refuse_unless_open(session, link)
    return link


def refuse_ended(session: AnySession, link_id: int) -> PaymentLink:
    """Before a checkout is ended for another one: so that a refusal leaves it. Raises what
    `open_link` raises."""
    link = session.get_one(PaymentLink, link_id, populate_existing=True)
    _refuse_unless_open(session, link)
    return link


def list_begun(session: AnySession, link_id: int) -> Sequence[Purchase]:
    """What was begun through it, and can still be paid at the provider's page."""
    return session.scalars(
        select(Purchase)
        .join(LinkedPurchase, LinkedPurchase.purchase_id == Purchase.id)
        .where(LinkedPurchase.link_id == link_id, Purchase.state == State.OPEN)
        .order_by(Purchase.id)
    ).all()


def start_by_link(session: AnySession, link_id: int, wish: Wish) -> Started:
    """Raises what `start` and `open_link` raise."""
    link = _lock_open_link(session, link_id)
    attempt = replace(wish.attempt, link=link.token_hash)
    started = start(session, replace(wish, attempt=attempt))
    _note_begun(session, link_id, started.purchase_id)
    return started


def try_again_by_link(
    session: AnySession,
    link_id: int,
    *,
    purchase_id: int,
    customer_id: int,
    consent: str,
    attempt: Attempt,
) -> Started | None:
    """Raises what `try_again` and `open_link` raise."""
    link = _lock_open_link(session, link_id)
    attempt = replace(attempt, link=link.token_hash)
    return try_again(session, purchase_id, customer_id, consent, attempt)


def note_begun_again(session: AnySession, purchase: Purchase, token_hash: str) -> None:
    """For a purchase that was lost, and came through the link with this digest, if that is here:
    it would open again else, although it is paid."""
    link_id = session.scalar(
        select(PaymentLink.id).where(
            PaymentLink.token_hash == token_hash, PaymentLink.customer_id == purchase.customer_id
        )
    )
    if link_id is not None:
        _note_begun(session, link_id, purchase.id)


def _note_begun(session: AnySession, link_id: int, purchase_id: int) -> None:
    row = {"link_id": link_id, "purchase_id": purchase_id}
    session.execute(insert_for(session)(LinkedPurchase).values(row).on_conflict_do_nothing())


def _lock_open_link(session: AnySession, link_id: int) -> PaymentLink:
    """As nobody else begins a payment then, it is paid once."""
    lock_beginning(session)
    return refuse_ended(session, link_id)


def _refuse_unless_open(session: AnySession, link: PaymentLink) -> None:
    if problem := ENDED.get(read_state(session, link)):
        raise problem
