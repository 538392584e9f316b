"""Making a purchase again that the database has lost, of what the provider keeps of it. In doubt
nothing is made: credits that somebody else got could not be told from real ones.

Locks: that of those who begin a payment; the payment's row among the unknown ones; the purchase.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import select

from domain.catalogue.storefront.live import find_released
from domain.customers.customers import Person, get_customer
from domain.customers.errors import CustomerNotFound
from domain.database import AnySession, read_clock
from domain.emails import UnfitAddress, address_key, normal_address
from domain.ledger.rules import Mode
from domain.networks import UNKNOWN
from domain.purchases.acts import lock_beginning
from domain.purchases.lost_models import UnknownPayment
from domain.purchases.lost_orders import LostOrder, Unreadable, read_order
from domain.purchases.models import Checkout, Purchase
from domain.purchases.orders import LINK, customer_key, new_key
from domain.purchases.paying_by_link import note_begun_again
from domain.purchases.provider import ListedCheckout
from domain.purchases.restoring import note_restored_after, skip_to
from domain.purchases.rows import add_step, checkouts_of, lock_purchase
from domain.purchases.rules import CAN_BE_PAID, CheckoutState, Doubt, State, Step
from domain.purchases.unknown import close_known, lock_unknown, note_doubt, note_unpaid


class Found(StrEnum):
    """What became of a purchase that the provider knows."""

    HERE = "here"  # and it was all along
    REBUILT = "rebuilt"
    COMPLETED = "completed"  # it was here, but not the checkout
    UNPAID = "unpaid"  # nobody paid, and nobody can any more
    DOUBTFUL = "doubtful"  # a person has to look
    CLOSED = "closed"  # a person has done so


class Taken(NamedTuple):
    """`to_sync` is the purchase that the provider is to be asked about now."""

    found: Found
    to_sync: int | None = None
    doubt: Doubt | None = None


def take(
    session: AnySession, provider: str, mode: Mode, checkouts: Sequence[ListedCheckout]
) -> Taken:
    """All checkouts of one purchase, the oldest first. Once it is taken, it is here."""
    lock_beginning(session)
    key = checkouts[-1].purchase_key
    unknown = lock_unknown(session, provider, key)
    if unknown and unknown.done_at and unknown.done_by:
        return Taken(Found.CLOSED)
    purchase_id = session.scalar(select(Purchase.id).where(Purchase.key == key))
    if purchase_id is not None:
        close_known(session, unknown)
        return _complete(session, purchase_id, checkouts)
    if unknown is None or unknown.why == Doubt.NOT_LOOKED_AT:
        note_restored_after(session, checkouts[0].created_at)
    if all(one.status == "expired" for one in checkouts):
        note_unpaid(session, provider, unknown, checkouts[-1])
        return Taken(Found.UNPAID)
    return _rebuild(session, provider, mode, checkouts, unknown)


def _rebuild(
    session: AnySession,
    provider: str,
    mode: Mode,
    checkouts: Sequence[ListedCheckout],
    unknown: UnknownPayment | None,
) -> Taken:
    newest = checkouts[-1]
    try:
        order = read_order(newest.purchase_key, newest.metadata)
        doubt = _find_doubt(session, mode, order, checkouts)
    except Unreadable:
        doubt = Doubt.INCOMPLETE
    if doubt:
        note_doubt(session, provider, unknown, doubt, newest)
        return Taken(Found.DOUBTFUL, doubt=doubt)
    purchase = _insert(session, provider, mode, order, checkouts[0])
    for one in checkouts:
        _add(session, purchase, one)
    close_known(session, unknown)
    return Taken(Found.REBUILT, purchase.id)


def _find_doubt(
    session: AnySession, mode: Mode, order: LostOrder, checkouts: Sequence[ListedCheckout]
) -> Doubt | None:
    price = (order.price_minor, order.currency)
    if any(one.is_live != (mode == "live") for one in checkouts):
        return Doubt.OTHER_MODE
    if any((one.amount_minor, one.currency) != price for one in checkouts):
        return Doubt.OTHER_AMOUNT
    if doubt := _doubt_customer(session, order, checkouts[-1]):
        return doubt
    if not _was_released(session, order):
        return Doubt.UNKNOWN_PACKAGE
    return Doubt.NUMBER_TAKEN if session.get(Purchase, order.number) else None


def _doubt_customer(
    session: AnySession, order: LostOrder, checkout: ListedCheckout
) -> Doubt | None:
    try:
        buyer = get_customer(session, order.customer_id)
    except CustomerNotFound:
        return Doubt.UNKNOWN_CUSTOMER
    return None if _is_buyer(buyer, order, checkout) else Doubt.OTHER_CUSTOMER


def _is_buyer(person: Person, order: LostOrder, checkout: ListedCheckout) -> bool:
    """By the key; where an older version gave none, by an address that is surely theirs."""
    if order.customer_key:
        return order.customer_key == customer_key(person)
    if not person.email or not person.may_get_mail:
        return False
    try:
        address = normal_address(checkout.email or "")
    except UnfitAddress:
        return False
    return address_key(address) == address_key(person.email)


def _was_released(session: AnySession, order: LostOrder) -> bool:
    """Whether this very version is here, as it was sold: numbers may have been given again."""
    found = find_released(session, order.released_id)
    if found is None:
        return False
    package_id, values = found
    here = (package_id, values.credits, values.price_minor, values.currency, values.country)
    sold = (order.package_id, order.credits, order.price_minor, order.currency, order.country)
    return here == sold


def _insert(
    session: AnySession, provider: str, mode: Mode, order: LostOrder, first: ListedCheckout
) -> Purchase:
    """With the number that it had, by which its buyer and the provider call it."""
    found = find_released(session, order.released_id)
    assert found  # noqa: S101 - looked for in this transaction
    purchase = Purchase(
        id=order.number,
        key=first.purchase_key,
        name=found[1].name,
        mode=mode,
        provider=provider,
        created_at=first.created_at,
        **order.columns,
    )
    session.add(purchase)
    session.flush()
    skip_to(session, Purchase.__tablename__, order.number)
    return purchase


def _complete(session: AnySession, purchase_id: int, listed: Sequence[ListedCheckout]) -> Taken:
    """A purchase that is here, with those of its checkouts that were opened later."""
    purchase = lock_purchase(session, purchase_id)
    known = {one.ref for one in checkouts_of(session, purchase_id)}
    lost = [one for one in listed if one.ref not in known]
    for one in lost:
        _add(session, purchase, one)
    may_be_paid = purchase.state != State.PAID and any(one.status != "expired" for one in listed)
    to_sync = purchase_id if lost or may_be_paid else None
    return Taken(Found.COMPLETED if lost else Found.HERE, to_sync)


def _add(session: AnySession, purchase: Purchase, listed: ListedCheckout) -> None:
    """Its row, which may be here without the provider's name: asked for, and lost since. What is
    not said to be open may become anything when the provider is asked."""
    there = checkouts_of(session, purchase.id)
    row = next((one for one in there if _is_same(one, listed)), None)
    if row is None:
        row = _new_row(purchase, listed)
        session.add(row)
    others = [one for one in there if one is not row and one.state in CAN_BE_PAID]
    is_open = listed.status == "open" and not others
    row.state = CheckoutState.OPEN if is_open else CheckoutState.EXPIRED
    row.ref, row.url = listed.ref, listed.url
    session.flush()
    if link := listed.metadata.get(LINK):
        note_begun_again(session, purchase, link)
    add_step(session, purchase, Step.OPENED, checkout=row.id, recovered=1)
    add_step(session, purchase, Step.SENT, checkout=row.id)  # so the buyer's return is awaited
    purchase.version += 1
    purchase.due_at, purchase.tries = read_clock(session), 0
    session.flush()


def _is_same(row: Checkout, listed: ListedCheckout) -> bool:
    """Its end is frozen before it is asked for."""
    return row.ref is None and row.expires_at == listed.expires_at


def _new_row(purchase: Purchase, listed: ListedCheckout) -> Checkout:
    return Checkout(
        key=new_key(),
        purchase_id=purchase.id,
        language=purchase.language,
        return_url=listed.return_url,
        cancel_url=listed.cancel_url,
        network=UNKNOWN,
        created_at=listed.created_at,
        expires_at=listed.expires_at,
    )
