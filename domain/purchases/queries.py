"""A purchase and what belongs to it. Reads only."""

from collections.abc import Sequence

from sqlalchemy import select

from domain.database import AnySession
from domain.purchases.errors import PurchaseNotFound
from domain.purchases.models import (
    Checkout,
    PaymentDispute,
    PaymentEvent,
    PaymentRefund,
    Purchase,
    PurchaseStep,
)


def get_purchase(session: AnySession, purchase_id: int) -> Purchase:
    """Raises PurchaseNotFound."""
    found = session.get(Purchase, purchase_id, populate_existing=True)
    if found is None:
        raise PurchaseNotFound
    return found


def get_own(session: AnySession, purchase_id: int, customer_id: int) -> Purchase:
    """Another customer's is not found, as if there were none. Raises PurchaseNotFound."""
    found = get_purchase(session, purchase_id)
    if found.customer_id != customer_id:
        raise PurchaseNotFound
    return found


def find_newest_checkout(session: AnySession, purchase_id: int) -> Checkout | None:
    """The attempt that counts: those before it have ended. A sample's purchase has none."""
    of_it = select(Checkout).where(Checkout.purchase_id == purchase_id)
    return session.scalars(of_it.order_by(Checkout.id.desc()).limit(1)).one_or_none()


def list_steps(session: AnySession, purchase_id: int) -> Sequence[PurchaseStep]:
    """The oldest first."""
    of_it = select(PurchaseStep).where(PurchaseStep.purchase_id == purchase_id)
    return session.scalars(of_it.order_by(PurchaseStep.id)).all()


def list_events(session: AnySession, purchase_id: int) -> Sequence[PaymentEvent]:
    """In the order in which they came."""
    of_it = select(PaymentEvent).where(PaymentEvent.purchase_id == purchase_id)
    return session.scalars(of_it.order_by(PaymentEvent.id)).all()


def list_refunds(session: AnySession, purchase_id: int) -> Sequence[PaymentRefund]:
    of_it = select(PaymentRefund).where(PaymentRefund.purchase_id == purchase_id)
    return session.scalars(of_it.order_by(PaymentRefund.id)).all()


def list_disputes(session: AnySession, purchase_id: int) -> Sequence[PaymentDispute]:
    of_it = select(PaymentDispute).where(PaymentDispute.purchase_id == purchase_id)
    return session.scalars(of_it.order_by(PaymentDispute.id)).all()
