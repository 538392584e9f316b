"""Receipts for tests of what shows them."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from domain.database import writing
from domain.purchases.models import Purchase, Receipt
from domain.purchases.money_back_models import CreditNote, PaymentRefund
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


def add_credit_note(session: Session, purchase_id: int, *, reverses: int | None = None) -> int:
    """Of 10.00 that went back of a purchase with a receipt, or that did not arrive after all."""
    with writing(session):
        receipt = session.get_one(Receipt, purchase_id)
        refund = PaymentRefund(
            purchase_id=purchase_id,
            ref=f"re_{reverses or 0}",
            amount_minor=1000,
            currency="EUR",
            status="succeeded",
        )
        session.add(refund)
        session.flush()
        note = CreditNote(
            purchase_id=purchase_id,
            refund_id=refund.id,
            reverses=reverses,
            series="TEST-CN",
            year=2026,
            number=7 + (reverses or 0),
            issued_at=PAID_AT,
            content=receipt.content
            | {
                "receipt": "TEST-2026-000184",
                "amount_minor": 1000,
                "tax_minor": 160,
                "refunded_at": PAID_AT.isoformat(),
                "reverses": "TEST-CN-2026-000007" if reverses else None,
            },
        )
        session.add(note)
        session.flush()
        return note.id


COPIED = (
    *("credits", "price_minor", "tax_minor", "currency", "tax", "tax_basis_points"),
    *("country", "language", "consent"),
)
BUYER = {
    **{"name": "Ayşe Yıldırım", "email": "ayse@posta.example"},
    **{"company": "Yıldırım A.Ş.", "tax_number": "4540536920"},
}
CARD = {"brand": "visa", "last4": "4242"}
