"""Asking the provider for a checkout, with its row before and after."""

from functools import partial

from sqlalchemy import select

from domain.database import AnySession, write
from domain.purchases.acts import note_opened
from domain.purchases.errors import CheckoutOver
from domain.purchases.models import Checkout
from domain.purchases.orders import order_of
from domain.purchases.provider import Provider, Unreachable
from domain.purchases.rules import CheckoutState


def open_checkout(session: AnySession, provider: Provider, checkout_id: int) -> str:
    """Where it is paid. However often this is asked, it is one checkout: the provider knows its
    key. No transaction is open while it is asked.

    Raises CheckoutOver, PurchaseNotFound, Refused; and Unreachable: then the checkout stays new,
    and the worker or the next press asks again.
    """
    if url := _url_of(session, checkout_id):
        return url
    order = order_of(session, checkout_id)
    session.rollback()
    try:
        opened = provider.create_checkout(order)
    except Unreachable:
        if url := _url_of(session, checkout_id):  # another press was faster
            return url
        raise
    url = write(session, partial(note_opened, checkout_id=checkout_id, opened=opened))
    if url is None:
        raise CheckoutOver
    return url


def _url_of(session: AnySession, checkout_id: int) -> str | None:
    session.rollback()
    is_open = (Checkout.id == checkout_id, Checkout.state == CheckoutState.OPEN)
    return session.scalar(select(Checkout.url).where(*is_open)) or None
