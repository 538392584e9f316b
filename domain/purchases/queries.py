"""A purchase and what belongs to it. Reads only."""

from collections.abc import Sequence

from sqlalchemy import select

from domain.database import AnySession
from domain.purchases.errors import PurchaseNotFound
from domain.purchases.models import Checkout, PaymentEvent, Purchase, PurchaseStep, Receipt
from domain.purchases.money_back_models import PaymentDispute, PaymentRefund
from domain.purchases.names import read_purchase, read_receipt


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


def find_by_number(session: AnySession, number: str) -> int | None:
    """The purchase that is called so, or whose receipt is."""
    if (receipt := read_receipt(number)) is not None:
        has_it = (
            Receipt.series.in_(receipt.series),
            Receipt.year == receipt.year,
            Receipt.number == receipt.number,
        )
        return session.scalar(select(Receipt.purchase_id).where(*has_it).limit(1))
    return session.scalar(select(Purchase.id).where(Purchase.id == read_purchase(number)))


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


def get_refund(session: AnySession, refund_id: int) -> PaymentRefund:
    """As it is now. Raises NoResultFound for a number that was never given."""
    return session.get_one(PaymentRefund, refund_id, populate_existing=True)


def list_disputes(session: AnySession, purchase_id: int) -> Sequence[PaymentDispute]:
    of_it = select(PaymentDispute).where(PaymentDispute.purchase_id == purchase_id)
    return session.scalars(of_it.order_by(PaymentDispute.id)).all()
