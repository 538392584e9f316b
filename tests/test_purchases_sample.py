"""The sample's purchases: they agree with the customers' wallets, and with each other."""

from collections import Counter
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import String, func, select
from sqlalchemy.orm import Session

from domain.catalogue import sample as sample_catalogue
from domain.customers import sample as sample_customers
from domain.database import Base, writing
from domain.invisibles import has_invisible
from domain.ledger.models import lot, wallet
from domain.platforms.models import Platform
from domain.purchases import sample
from domain.purchases.filters import Selection
from domain.purchases.listing import Listed, iterate_purchases
from domain.purchases.models import Purchase, PurchaseStep
from domain.purchases.names import name_receipt
from domain.purchases.shown import Shown
from tests.conftest import Once
from tests.purchase_rows import add_purchase

# That it can be loaded into PostgreSQL is in tests/test_cli_serve.py.
pytestmark = pytest.mark.long


def load(session: Session) -> None:
    with writing(session):
        sample_catalogue.load(session, author="Scrip")
        platform = Platform(name="Lotus app")
        session.add(platform)
        session.flush()
        zone = ZoneInfo("Europe/Berlin")
        sample_customers.load(
            session, platform_id=platform.id, mode="test", zone=zone, author="Scrip"
        )
        sample.load(session, mode="test")


@pytest.fixture
def purchases(once: Once, session: Session) -> list[Listed]:
    once(load)
    return list(iterate_purchases(session, Selection()))


def test_each_lot_that_was_bought_has_its_purchase(
    session: Session, purchases: list[Listed]
) -> None:
    """Caught: two customers' purchases with one number; a price that no package has."""
    columns = (lot.c.purchase_id, wallet.c.customer_id, lot.c.granted, lot.c.paid_minor)
    bought = select(*columns, lot.c.currency).join(wallet).where(lot.c.kind == "bought")
    paid = [one for one in purchases if one.state == "paid"]
    assert {tuple(row) for row in session.execute(bought)} == {
        (one.id, one.customer_id, one.credits, one.price_minor, one.currency) for one in paid
    }
    assert len(paid) == len({one.id for one in paid}) > 20
    year = paid[0].created_at.year
    assert [one.receipt for one in paid if one.created_at.year == year] == [
        name_receipt("TEST", year, n)
        for n in range(1, 1 + sum(one.created_at.year == year for one in paid))
    ]


def test_there_is_something_of_everything_in_the_order_of_its_numbers(
    session: Session, purchases: list[Listed]
) -> None:
    assert Counter(one.shown for one in purchases if one.shown != Shown.PAID) == {
        **{Shown.DECLINED: 4, Shown.EXPIRED: 1, Shown.CONFIRMING: 1},
        **{Shown.DISPUTED: 2, Shown.REFUNDED: 1},
    }
    assert [one.created_at for one in purchases] == sorted(one.created_at for one in purchases)
    steps = select(func.count(func.distinct(PurchaseStep.purchase_id)))
    assert session.scalar(steps) == len(purchases)
    assert session.scalar(select(func.count()).where(Purchase.due_at.is_not(None))) == 0


def test_the_next_purchase_has_the_next_number(session: Session, purchases: list[Listed]) -> None:
    """Caught: on PostgreSQL the numbers of the sample given again."""
    assert add_purchase(session, purchases[0].customer_id) == purchases[-1].id + 1


@pytest.mark.usefixtures("purchases")
def test_none_of_the_samples_texts_hides_anything(session: Session) -> None:
    """Of catalogue, customers, credits and purchases. Caught: a reason with a soft hyphen."""
    texts = {
        text
        for table in Base.metadata.sorted_tables
        for column in table.c
        if isinstance(column.type, String)
        for text in session.scalars(select(column).where(column.is_not(None)))
    }
    assert len(texts) > 400
    assert [text for text in texts if has_invisible(text)] == []
