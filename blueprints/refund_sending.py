"""A refund that was kept, sent to the provider in the same request if there is room; else later, by
the worker."""

from flask import current_app

from blueprints.payment_provider import FOR_A_SYNC, provider, room_for_a_sync
from domain.purchases.errors import NotSynced
from domain.purchases.models import Purchase
from domain.purchases.provider import ProviderError
from domain.purchases.queries import get_refund
from domain.purchases.refunding import send_refund
from domain.purchases.rules import RefundState
from domain.purchases.syncing import sync
from extensions import db


def send_at_once(purchase: Purchase, refund_id: int) -> RefundState:
    """Sends it and syncs its purchase. What is known of it then: ASKED without an answer."""
    purchase_id, name = purchase.id, purchase.provider
    connected = provider(FOR_A_SYNC)
    with room_for_a_sync() as has_room:
        if has_room and connected is not None and connected.name == name:
            try:
                send_refund(db.session, connected, refund_id)
                sync(db.session, connected, purchase_id)
            except (ProviderError, NotSynced) as problem:
                current_app.logger.warning("Refund %s is not in sync: %r", refund_id, problem)
    db.session.rollback()
    return RefundState(get_refund(db.session, refund_id).status)
