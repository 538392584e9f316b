"""Money that goes back at once: asked for, sent to the provider and seen by a sync. What there is
no room for is left to the worker."""

from contextlib import suppress
from functools import partial

from flask import current_app

from blueprints.payment_provider import FOR_A_SYNC, provider, room_for_a_sync
from domain.database import write
from domain.purchases.errors import NotSynced
from domain.purchases.models import Purchase
from domain.purchases.provider import ProviderError
from domain.purchases.refunding import send_refund
from domain.purchases.syncing import sync
from domain.purchases.withdrawals import Withdrawn, Words, withdraw_own
from extensions import db


def withdraw_for(purchase: Purchase, words: Words) -> Withdrawn:
    """For the buyer, who is signed in."""
    work = partial(
        withdraw_own, purchase_id=purchase.id, customer_id=purchase.customer_id, words=words
    )
    return write(db.session, work)


def send_back(purchase_id: int, name: str, refund_id: int) -> None:
    """By the provider of that name, if it is the one that is connected."""
    found = provider(FOR_A_SYNC)
    with room_for_a_sync() as has_room:
        if found is None or found.name != name or not has_room:
            return
        with suppress(NotSynced):
            try:
                send_refund(db.session, found, refund_id)
                sync(db.session, found, purchase_id)
            except ProviderError as problem:
                current_app.logger.warning("Refund %s not sent: %r", refund_id, problem)
    db.session.rollback()
