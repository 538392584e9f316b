"""Receipts: numbers without gaps for each series and year, and what was bought as it was then."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain.catalogue.settings.rules import SettingsValues
from domain.company.company import find_company
from domain.company.rules import CompanyValues
from domain.customers.customers import Person
from domain.database import AnySession, insert_for
from domain.purchases.models import Purchase, Receipt, ReceiptSeries
from domain.purchases.names import LIVE_SERIES, TEST_SERIES
from domain.purchases.restoring import series_now
from domain.times import known_zone

COPIED = (
    *("credits", "price_minor", "currency", "tax", "tax_basis_points", "tax_minor", "country"),
    *("language", "consent"),
)


def issue(
    session: AnySession,
    purchase: Purchase,
    buyer: Person,
    settings: SettingsValues,
    now: datetime,
) -> Receipt:
    """In the transaction in which the credits are given, with the last lock of it: so a number that
    is given is used, and the next one waits for that.

    The content is frozen JSON: "seller" (a CompanyValues), "buyer" (name, email, company,
    tax_number), "purchase" (its number), "package" (its name), the columns of COPIED, "bought_at",
    "paid_at", "card" (brand and last4, or null) and "zone", by whose clock the year began.
    """
    zone = known_zone(settings.time_zone) or ZoneInfo("UTC")
    content = _content(session, purchase, buyer, settings) | {"zone": zone.key}
    kind = LIVE_SERIES if purchase.mode == "live" else TEST_SERIES
    series = series_now(session, kind)
    year = now.astimezone(zone).year
    number = next_number(session, series, year)
    receipt = Receipt(
        purchase_id=purchase.id,
        series=series,
        year=year,
        number=number,
        issued_at=now,
        content=content,
    )
    session.add(receipt)
    session.flush()
    return receipt


def find_receipt(session: AnySession, purchase_id: int) -> Receipt | None:
    """None while nothing is paid, and when no credits were given."""
    return session.scalar(select(Receipt).where(Receipt.purchase_id == purchase_id))


def next_number(session: AnySession, series: str, year: int) -> int:
    """Locked until the transaction ends, which uses it."""
    add = insert_for(session)(ReceiptSeries).values(series=series, year=year, last=1)
    last = add.on_conflict_do_update(
        index_elements=["series", "year"], set_={"last": ReceiptSeries.last + 1}
    ).returning(ReceiptSeries.last)
    return int(session.execute(last).scalar_one())


def _content(
    session: AnySession, purchase: Purchase, buyer: Person, settings: SettingsValues
) -> dict[str, Any]:
    paid_at = purchase.paid_at
    has_card = bool(purchase.card_last4)
    return {
        "seller": _seller(session, settings)._asdict(),
        "buyer": {
            "name": buyer.name,
            "email": buyer.email or "",
            "company": purchase.buyer_company,
            "tax_number": purchase.buyer_tax_number,
        },
        "purchase": purchase.id,
        "package": purchase.name,
        **{name: getattr(purchase, name) for name in COPIED},
        "bought_at": purchase.created_at.isoformat(),
        "paid_at": paid_at and paid_at.isoformat(),
        "card": {"brand": purchase.card_brand, "last4": purchase.card_last4} if has_card else None,
    }


def _seller(session: AnySession, settings: SettingsValues) -> CompanyValues:
    """A test database may sell before the company is filled in."""
    nobody = CompanyValues(settings.platform_name, *[""] * (len(CompanyValues._fields) - 1))
    return find_company(session) or nobody
