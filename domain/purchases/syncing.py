"""Keeping purchases in sync with the provider: when somebody asks, after payment events, and
by the schedule where none came. No transaction is open while the provider is asked."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import NamedTuple

from sqlalchemy import select, update

from domain.database import AnySession, read_clock, utc_now, write
from domain.ledger.errors import LedgerError
from domain.purchases.errors import CheckoutOver, NotSynced, PurchaseError, StaleVersion
from domain.purchases.events import note_events
from domain.purchases.models import EventsListed, PaymentEvent, Purchase
from domain.purchases.opening import open_checkout
from domain.purchases.provider import (
    Event,
    Provider,
    ProviderError,
    Snapshot,
    UnknownRef,
    Unreachable,
)
from domain.purchases.queries import get_purchase, list_refunds
from domain.purchases.refunding import send_refund
from domain.purchases.rows import checkouts_of, timed
from domain.purchases.rules import RefundState
from domain.purchases.schedule import is_unsent, is_unsent_refund, put_off
from domain.purchases.settling import Fetched, Seen, settle

# Others may be faster: each event of a payment makes what was fetched before it stale.
FETCHES = 4
LIST_EVERY = timedelta(days=1)
# Providers' clocks and ours differ, and an event may be listed a while after it happened.
LISTED_TWICE = timedelta(hours=1)
# So long the provider keeps them.
LISTED_BACK = timedelta(days=30)
EVENTS_AT_ONCE = 100
# In a query of its own: see outbox/queries.py.
NOW = select(utc_now()).scalar_subquery()

# Writes down, in the transaction of the act, that somebody asked for it.
Note = Callable[[AnySession], None]

log = logging.getLogger("scrip.purchases")


class _Asked(NamedTuple):
    """What is to be asked: about `refs`, by checkout, or for a checkout or a refund that was never
    sent."""

    seen: Seen
    provider: str
    unsent: int | None
    unsent_refund: int | None
    refs: Mapping[int, str]


def sync(
    session: AnySession, provider: Provider, purchase_id: int, note: Note | None = None
) -> None:
    """Asks the provider for all that it knows of the purchase, and makes everything here equal to
    it; `note` is written down with that. Raises PurchaseNotFound, ProviderError; NotSynced, then
    the worker comes back to it."""
    may_refund = True
    for _time in range(FETCHES):
        asked = _read(session, purchase_id)
        if asked.provider != provider.name:
            raise NotSynced
        if asked.unsent is not None:
            with suppress(CheckoutOver):
                open_checkout(session, provider, asked.unsent)
            continue
        if asked.unsent_refund is not None and may_refund:
            may_refund = _send_refund(session, provider, asked.unsent_refund)
            continue
        fetched = {id: _fetch(provider, ref) for id, ref in asked.refs.items()}
        try:
            return write(session, partial(_settle, seen=asked.seen, fetched=fetched, note=note))
        except StaleVersion:
            continue
        except LedgerError as problem:
            log.error("The credits of purchase %s wait: %r", purchase_id, problem)
            raise NotSynced from problem
    raise NotSynced


def _settle(session: AnySession, seen: Seen, fetched: Fetched, note: Note | None) -> None:
    settle(session, seen, fetched)
    if note:
        note(session)


def _send_refund(session: AnySession, provider: Provider, refund_id: int) -> bool:
    """Whether the provider had an answer. Without one, all else of the purchase is synced all the
    same: the key may be allowed to read, and not to refund."""
    try:
        send_refund(session, provider, refund_id)
    except Unreachable as problem:
        log.warning("Refund %s is not sent: %r", refund_id, problem)
        return False
    return True


def _read(session: AnySession, purchase_id: int) -> _Asked:
    session.rollback()
    purchase, now = get_purchase(session, purchase_id), read_clock(session)
    checkouts = checkouts_of(session, purchase_id)
    unsent = (one.id for one in checkouts if is_unsent(timed(one), now))
    refunds = (one for one in list_refunds(session, purchase_id) if one.status == RefundState.ASKED)
    unsent_refunds = (one.id for one in refunds if is_unsent_refund(one.seen_at, now))
    asked = _Asked(
        Seen(purchase_id, purchase.version),
        purchase.provider,
        next(unsent, None),
        next(unsent_refunds, None),
        {one.id: one.ref for one in checkouts if one.ref},
    )
    session.rollback()
    return asked


def _fetch(provider: Provider, ref: str) -> Snapshot | None:
    try:
        return provider.fetch_payment(ref)
    except UnknownRef:
        return None


def has_due(session: AnySession, provider: str) -> bool:
    due = select(Purchase.id).where(Purchase.provider == provider, Purchase.due_at <= NOW)
    return session.scalar(due.order_by(Purchase.due_at).limit(1)) is not None


def claim_due(session: AnySession, provider: str) -> int | None:
    """The purchase that is due longest; None when none is. It is put off before anybody looks: so
    two workers do not ask at once, and one that fails holds up no other."""
    now = read_clock(session)
    due = select(Purchase.id, Purchase.tries).where(
        Purchase.provider == provider, Purchase.due_at <= now
    )
    first = due.order_by(Purchase.due_at, Purchase.id).limit(1).with_for_update(skip_locked=True)
    row = session.execute(first).one_or_none()
    if row is None:
        return None
    session.execute(
        update(Purchase)
        .where(Purchase.id == row.id)
        .values(due_at=put_off(row.tries, now), tries=Purchase.tries + 1)
        .execution_options(synchronize_session=False)
    )
    return int(row.id)


def sync_due(session: AnySession, provider: Provider) -> bool:
    """A step of the worker: the purchase that is due longest. Whether there was one."""
    if not has_due(session, provider.name):
        return False
    purchase_id = write(session, partial(claim_due, provider=provider.name))
    if purchase_id is None:
        return False  # others were faster
    try:
        sync(session, provider, purchase_id)
    except (ProviderError, PurchaseError) as error:
        log.warning("Purchase %s is not in sync: %r", purchase_id, error)
    return True


def note_missed_events(session: AnySession, provider: Provider) -> bool:
    """A step of the worker: once a day all events of the provider, for those that never came.
    Whether it was done. What is known to be about a purchase was synced, or is due."""
    begun = read_clock(session)
    since = _unlisted_since(session, provider.name, begun)
    session.rollback()
    if since is None:
        return False
    try:
        note_events_since(session, provider, since)
    except ProviderError as error:
        log.warning("The events since %s are not listed: %r", since, error)
        return False
    write(session, partial(_note_listed, until=begun - LISTED_TWICE))
    return True


def note_events_since(session: AnySession, provider: Provider, since: datetime) -> None:
    """All that the provider still lists, but for what is known to be about a purchase. Raises
    ProviderError."""
    events = provider.list_events(since)
    while some := list(islice(events, EVENTS_AT_ONCE)):
        _note_unheard(session, provider.name, some)


def _unlisted_since(session: AnySession, provider: str, now: datetime) -> datetime | None:
    """None when it was done within a day, or nothing was ever sold through this provider."""
    until = session.scalar(select(EventsListed.until))
    if until is None:
        of_it = select(Purchase.created_at).where(Purchase.provider == provider)
        until = session.scalars(of_it.order_by(Purchase.id).limit(1)).first()
    if until is None or now - LIST_EVERY < until <= now:
        return None
    # After a clock that was ahead, nobody knows until when it was.
    return max(until, now - LISTED_BACK) if until <= now else now - LISTED_BACK


def _note_unheard(session: AnySession, provider: str, events: Sequence[Event]) -> None:
    """Also what was about no purchase when it came: the name of a payment is known a little later
    than its first news."""
    ids = [event.id for event in events]
    this = (PaymentEvent.provider == provider, PaymentEvent.event_id.in_(ids))
    is_about_one = PaymentEvent.purchase_id.is_not(None)
    known = set(session.scalars(select(PaymentEvent.event_id).where(*this, is_about_one)))
    session.rollback()
    if unknown := [event for event in events if event.id not in known]:
        write(session, partial(note_events, provider=provider, events=unknown))


def _note_listed(session: AnySession, until: datetime) -> None:
    session.merge(EventsListed(id=1, until=until))
