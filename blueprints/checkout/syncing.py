"""One's own purchase, in sync with the provider if there is room to ask it; else later, by the
worker."""

from contextlib import suppress
from functools import partial

from flask import current_app

from blueprints.payment_provider import FOR_A_SYNC, provider, room_for_a_sync
from domain.database import write
from domain.purchases.acts import awaits_return, note_returned
from domain.purchases.errors import NotSynced
from domain.purchases.models import Purchase
from domain.purchases.provider import ProviderError
from domain.purchases.queries import get_own
from domain.purchases.rules import State
from domain.purchases.syncing import sync
from extensions import db

AWAITED = (State.OPEN, State.PROCESSING)


def sync_own(purchase_id: int, customer_id: int, *, has_returned: bool) -> Purchase:
    """As it is now, as far as can be known within a few seconds. Raises PurchaseNotFound."""
    purchase = get_own(db.session, purchase_id, customer_id)
    if purchase.state in AWAITED:
        if has_returned and awaits_return(db.session, purchase_id):
            write(db.session, partial(note_returned, purchase_id=purchase_id))
        ask_provider(purchase_id)
    return get_own(db.session, purchase_id, customer_id)


def ask_provider(purchase_id: int) -> None:
    found = provider(FOR_A_SYNC)
    with room_for_a_sync() as has_room:
        if found is None or not has_room:
            return
        with suppress(NotSynced):
            try:
                sync(db.session, found, purchase_id)
            except ProviderError as problem:
                current_app.logger.warning("Purchase %s not synced: %r", purchase_id, problem)
    db.session.rollback()
