"""Payment events: kept as a log, and reasons to sync the purchases that they are about. What became
of a payment is asked, never taken from its events."""

import logging
from collections.abc import Sequence

from sqlalchemy import select, update

from domain.database import AnySession, insert_for, read_clock
from domain.outbox.rules import fit
from domain.purchases.models import Checkout, PaymentEvent, Purchase
from domain.purchases.provider import Event
from domain.purchases.rules import EVENT_KIND_CHARACTERS, REF_CHARACTERS
from domain.purchases.unknown import note_unheard_of

log = logging.getLogger("scrip.purchases")


def note_events(session: AnySession, provider: str, events: Sequence[Event]) -> None:
    """Keeps them, copies as a number, and makes the purchases that they are about due at once. What
    is about none of ours is kept too, and in the log."""
    about = [(event, _find_purchase(session, event)) for event in events]
    for event, purchase_id in about:
        _keep(session, provider, event, purchase_id)
        if purchase_id is None:
            _tell(session, provider, event)
    ours = {purchase_id for _event, purchase_id in about if purchase_id is not None}
    for purchase_id in sorted(ours):  # in one order, as others lock some of them, too
        _make_due(session, purchase_id)


def _tell(session: AnySession, provider: str, event: Event) -> None:
    """Others may sell by the same account; what names a purchase as we do may be one that a
    restored backup does not have: it waits for `recover-payments`."""
    if event.purchase_key:
        note_unheard_of(session, provider, event.purchase_key, event.ref)
        log.warning("Event %s of %s is about a purchase that is not here", event.id, provider)
    else:
        log.info("Event %s of %s is about no purchase here", event.id, provider)


def _find_purchase(session: AnySession, event: Event) -> int | None:
    """By our own key, which is kept before the provider hears anything; else by its words."""
    by_key = select(Purchase.id).where(Purchase.key == event.purchase_key)
    by_ref = select(Checkout.purchase_id).where(Checkout.ref == event.ref)
    by_payment = select(Checkout.purchase_id).where(Checkout.payment_ref == event.ref)
    ways = [by_ref, by_payment] if event.purchase_key is None else [by_key, by_ref, by_payment]
    found = (session.scalars(way.limit(1)).first() for way in ways)
    return next((one for one in found if one is not None), None)


def _keep(session: AnySession, provider: str, event: Event, purchase_id: int | None) -> None:
    row = {
        **{"provider": provider, "event_id": event.id, "ref": fit(event.ref, REF_CHARACTERS)},
        **{"kind": fit(event.kind, EVENT_KIND_CHARACTERS), "purchase_id": purchase_id},
        **{"happened_at": event.happened_at, "received_at": read_clock(session), "times": 1},
    }
    again = {"times": PaymentEvent.times + 1, "purchase_id": purchase_id}
    session.execute(
        insert_for(session)(PaymentEvent)
        .values(row)
        .on_conflict_do_update(index_elements=["provider", "event_id"], set_=again)
    )


def _make_due(session: AnySession, purchase_id: int) -> None:
    """Whoever fetched it before this asks again: the version says so."""
    session.execute(
        update(Purchase)
        .where(Purchase.id == purchase_id)
        .values(due_at=read_clock(session), tries=0, version=Purchase.version + 1)
        .execution_options(synchronize_session=False)
    )
