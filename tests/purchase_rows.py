"""Purchases for tests of what shows them: rows in any state, as if everything had happened."""

from datetime import UTC, datetime
from itertools import count
from secrets import token_hex
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.catalogue.packages.models import ReleasedPackage
from domain.customers.customers import add_by_hand
from domain.database import writing
from domain.purchases.models import Checkout, PaymentEvent, Purchase, PurchaseStep, Receipt
from domain.purchases.money_back_models import PaymentDispute, PaymentRefund
from domain.purchases.rules import KEY_HEX, State
from tests.page_helpers import add, apply_all

LIST = "/purchases/"
PAID_AT = datetime(2026, 11, 29, 15, 6, 8, tzinfo=UTC)
_REFS = count(1)


def add_buyer(session: Session, name: str = "Ayşe Yıldırım", **changes: str) -> int:
    person = {"email": f"buyer{next(_REFS)}@posta.example", "language": "tr"} | changes
    with writing(session):
        return add_by_hand(session, name=name, **person)


def add_purchase(session: Session, customer_id: int, state: str = "paid", **changes: Any) -> int:  # noqa: ANN401
    """The number of a new one, of a package that is released with the first."""
    values = frozen_values(session, customer_id) | values_of_state(state)
    with writing(session):
        row = Purchase(key=token_hex(KEY_HEX // 2), **values | changes)
        session.add(row)
        session.flush()
        return row.id


def frozen_values(session: Session, customer_id: int) -> dict[str, Any]:
    """All that does not change of a purchase, but its key."""
    released = _released(session)
    copied = ("name", "credits", "price_minor", "currency", "country", "release_number")
    return {name: getattr(released, name) for name in copied} | {
        **{"customer_id": customer_id, "language": "tr", "mode": "test", "provider": "stripe"},
        **{"package_id": released.item_id, "released_id": released.id, "consent": "2026-11"},
        **{"tax": "included", "tax_basis_points": 1900, "tax_minor": 334},
    }


def values_of_state(state: str) -> dict[str, Any]:
    return {"state": state, "paid_at": PAID_AT if state == State.PAID else None}


def add_refund(
    session: Session,
    purchase_id: int,
    amount_minor: int = 2089,
    status: str = "succeeded",
    **more: Any,  # noqa: ANN401
) -> None:
    _add_money_back(session, PaymentRefund, purchase_id, amount_minor, status=status, **more)


def add_dispute(session: Session, purchase_id: int, status: str = "open", **more: Any) -> None:  # noqa: ANN401
    _add_money_back(session, PaymentDispute, purchase_id, 2089, status=status, **more)


def add_receipt(session: Session, purchase_id: int, number: int, series: str = "TEST") -> None:
    with writing(session):
        values = {"series": series, "year": 2026, "number": number, "issued_at": PAID_AT}
        session.add(Receipt(purchase_id=purchase_id, content={"seller": {}}, **values))


def add_checkout(session: Session, purchase_id: int) -> int:
    """The number of one that has ended; within a transaction."""
    ended = {"state": "failed", "expires_at": PAID_AT, "language": "tr", "network": "192.0.2.1"}
    urls = {"return_url": "https://shop.example/", "cancel_url": "https://shop.example/"}
    row = Checkout(key=token_hex(KEY_HEX // 2), purchase_id=purchase_id, **ended, **urls)
    session.add(row)
    session.flush()
    return row.id


def add_step(session: Session, purchase_id: int, kind: str, **data: str | int) -> None:
    """A moment after the step before."""
    with writing(session):
        session.add(PurchaseStep(purchase_id=purchase_id, kind=kind, data=data))


def add_event(session: Session, purchase_id: int, kind: str, times: int = 1) -> None:
    values = {"provider": "stripe", "event_id": f"evt_{next(_REFS)}", "ref": "cs_1"}
    with writing(session):
        session.add(
            PaymentEvent(
                purchase_id=purchase_id, kind=kind, happened_at=PAID_AT, times=times, **values
            )
        )


def _add_money_back(
    session: Session,
    table: type[PaymentRefund | PaymentDispute],
    purchase_id: int,
    amount_minor: int,
    **more: Any,  # noqa: ANN401
) -> None:
    values = {"purchase_id": purchase_id, "ref": f"re_{next(_REFS)}", "currency": "EUR", **more}
    with writing(session):
        session.add(table(amount_minor=amount_minor, **values))


def _released(session: Session) -> ReleasedPackage:
    newest = select(ReleasedPackage).order_by(ReleasedPackage.id.desc()).limit(1)
    if (found := session.scalar(newest)) is None:
        add(session, "Start", price_minor=2089, currency="EUR", country="DE")
        apply_all(session)
        found = session.scalars(newest).one()
    return found
