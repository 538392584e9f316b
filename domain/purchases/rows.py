"""The rows of a purchase, under its lock; and the one way to change its state."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from domain.database import AnySession
from domain.purchases.errors import PurchaseNotFound
from domain.purchases.models import Checkout, Purchase, PurchaseStep
from domain.purchases.rules import MOVES, CheckoutState, State, Step
from domain.purchases.schedule import Timed


def lock_purchase(session: AnySession, purchase_id: int) -> Purchase:
    """As it is now, and nobody else changes it until the transaction ends. Raises
    PurchaseNotFound."""
    found = session.get(Purchase, purchase_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise PurchaseNotFound
    return found


def checkouts_of(session: AnySession, purchase_id: int) -> Sequence[Checkout]:
    """The oldest first."""
    return session.scalars(
        select(Checkout)
        .where(Checkout.purchase_id == purchase_id)
        .order_by(Checkout.id)
        .execution_options(populate_existing=True)
    ).all()


def timed(checkout: Checkout) -> Timed:
    return Timed(CheckoutState(checkout.state), checkout.created_at, checkout.expires_at)


def move(purchase: Purchase, state: State) -> None:
    """Raises ValueError for what cannot become so: who calls it knows."""
    if state not in MOVES[State(purchase.state)]:
        raise ValueError(f"A purchase that is {purchase.state} never becomes {state}.")
    purchase.state = state


def add_step(session: AnySession, purchase: Purchase, kind: Step, **data: str | int) -> None:
    """`data` holds numbers and words of ours, and names nobody."""
    session.add(PurchaseStep(purchase_id=purchase.id, kind=kind, data=data))


def last_data(session: AnySession, purchase_id: int, kind: Step) -> dict[str, Any] | None:
    """What the newest step of this kind says; None when there is none."""
    of_kind = (PurchaseStep.purchase_id == purchase_id, PurchaseStep.kind == kind)
    newest = select(PurchaseStep.data).where(*of_kind).order_by(PurchaseStep.id.desc())
    return session.scalars(newest.limit(1)).first()
