"""Receipts for tests of what shows them."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from domain.database import writing
from domain.purchases.models import Purchase, Receipt
from tests.companies import LOTUS

PAID_AT = datetime(2026, 11, 29, 23, 6, 9, tzinfo=UTC)


def add_receipt(
    session: Session,
    purchase_id: int,
    number: int = 184,
    *,
    series: str = "TEST",
    **changes: Any,  # noqa: ANN401
) -> None:
    """Of a purchase, as it stands there; issued in Berlin, where it is the next day already."""
    with writing(session):
        purchase = session.get_one(Purchase, purchase_id)
        content = {
            **{"purchase": purchase_id, "package": purchase.name, "zone": "Europe/Berlin"},
            **{name: getattr(purchase, name) for name in COPIED},
            **{"bought_at": purchase.created_at.isoformat(), "paid_at": PAID_AT.isoformat()},
            **{"seller": LOTUS._asdict(), "buyer": BUYER, "card": CARD},
        }
        values = {"series": series, "year": 2026, "number": number, "issued_at": PAID_AT}
        session.add(Receipt(purchase_id=purchase_id, content=content | changes, **values))


COPIED = (
    *("credits", "price_minor", "tax_minor", "currency", "tax", "tax_basis_points"),
    *("country", "language", "consent"),
)
BUYER = {
    **{"name": "Ayşe Yıldırım", "email": "ayse@posta.example"},
    **{"company": "Yıldırım A.Ş.", "tax_number": "4540536920"},
}
CARD = {"brand": "visa", "last4": "4242"}
