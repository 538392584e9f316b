"""Receipts: numbers without gaps, in the transaction of the credits, and what they freeze."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.customers.customers import get_customer
from domain.database import AnySession, write, writing
from domain.ledger.wallets import open_wallet
from domain.purchases.models import Receipt
from domain.purchases.names import name_receipt
from domain.purchases.receipts import find_receipt
from domain.purchases.settling import Seen, settle
from tests.clock import Clock
from tests.companies import LOTUS, save_company
from tests.page_helpers import apply_all, edit_market, edit_settings
from tests.purchases import (
    begin,
    new_buyer,
    open_checkout,
    package_on_sale,
    paid_purchase,
    purchase_of,
    sent,
    snapshot,
    wish_for,
)


def numbers(session: Session) -> list[str]:
    session.rollback()
    receipts = session.scalars(select(Receipt).order_by(Receipt.year, Receipt.number))
    return [name_receipt(one.series, one.year, one.number) for one in receipts]


def content_of(session: Session, purchase_id: int) -> dict[str, Any]:
    session.rollback()
    receipt = find_receipt(session, purchase_id)
    assert receipt is not None
    return receipt.content


def test_numbers_begin_anew_with_each_year_of_the_platform(clock: Clock, session: Session) -> None:
    """Caught: the year of UTC; a year by the day of payment."""
    package_on_sale(session)
    edit_settings(session, time_zone="Europe/Berlin")
    apply_all(session)
    for hour in (22, 23):  # in Berlin, 23:30 and half past midnight
        clock.set(datetime(2027, 12, 31, hour, 30, tzinfo=ZoneInfo("UTC")))
        for _one in range(2):
            paid_purchase(session)
    years = ["TEST-2027-000001", "TEST-2027-000002", "TEST-2028-000001", "TEST-2028-000002"]
    assert numbers(session) == years


def test_live_receipts_are_a_series_of_their_own(session: Session) -> None:
    started = open_checkout(session, mode="live")
    fetched = {started.checkout_id: snapshot(session, started, is_live=True)}
    seen = Seen(1, purchase_of(session, 1).version)
    write(session, partial(settle, seen=seen, fetched=fetched))
    assert numbers(session)[0].endswith("-000001")
    assert numbers(session)[0].startswith("20")


def test_a_receipt_freezes_what_was_bought_and_by_whom(session: Session) -> None:
    save_company(session)
    edit_market(session, "US", tax="included", tax_basis_points=2000)
    package_id, buyer = package_on_sale(session), new_buyer(session)
    wish = wish_for(buyer, package_id, buyer_company="Ayşe Ltd.", buyer_tax_number="4540536920")
    started = sent(session, begin(session, wish))
    bought = purchase_of(session, started.purchase_id)
    fetched = {started.checkout_id: snapshot(session, started)}
    seen = Seen(bought.id, bought.version)
    write(session, partial(settle, seen=seen, fetched=fetched))
    content = content_of(session, bought.id)
    assert content["seller"] == LOTUS._asdict()
    person = get_customer(session, buyer)
    assert content["buyer"] == {
        **{"name": "Ayşe", "email": person.email},
        **{"company": "Ayşe Ltd.", "tax_number": "4540536920"},
    }
    assert (content["price_minor"], content["tax_minor"], content["credits"]) == (1999, 333, 100)
    assert content["card"] == {"brand": "visa", "last4": "4242"}
    assert datetime.fromisoformat(content["paid_at"]).tzinfo is not None
    save_company(session, LOTUS._replace(legal_name="Another"))
    assert content_of(session, bought.id) == content
    with pytest.raises(IntegrityError, match="insert-only"), writing(session):
        session.get_one(Receipt, bought.id).number = 9


def test_a_test_database_may_sell_before_the_company_is_filled_in(session: Session) -> None:
    paid_purchase(session)
    assert content_of(session, 1)["seller"]["legal_name"] == "Our platform"


def test_many_that_are_paid_at_once_leave_no_number_out(engine: Engine, session: Session) -> None:
    """Every third one is undone after its number was given. Caught: the number given in a
    transaction of its own; the highest number read without a lock."""
    paid_purchase(session)
    begun = [open_checkout(session) for _ in range(9)]
    for one in begun:  # so that no lock but that of the series makes them wait for each other
        buyer = purchase_of(session, one.purchase_id).customer_id
        write(session, partial(open_wallet, customer_id=buyer, mode="test"))
    fetched = {one.checkout_id: snapshot(session, one) for one in begun}
    versions = {one: purchase_of(session, one.purchase_id).version for one in begun}

    def pay(place: int) -> None:
        one = begun[place]
        seen = Seen(one.purchase_id, versions[one])
        work = partial(settle, seen=seen, fetched={one.checkout_id: fetched[one.checkout_id]})
        with Session(engine) as own:
            if place % 3:
                write(own, work)
                return
            with pytest.raises(Undone), writing(own):
                undo(own, work)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(pay, range(len(begun))))
    assert len(numbers(session)) == 7
    assert [int(name[-6:]) for name in numbers(session)] == list(range(1, 8))


class Undone(Exception):
    pass


def undo(session: AnySession, work: partial[None]) -> None:
    work(session)
    raise Undone
