"""Purchases in a browser: the list with everything long in it, what it follows, and a page."""

from datetime import UTC, datetime

from playwright.sync_api import Page, expect
from sqlalchemy import insert
from sqlalchemy.orm import Session

from domain.database import writing
from domain.purchases.models import Purchase
from tests.browser.conftest import SignIn
from tests.browser.harness import assert_fit
from tests.purchase_rows import (
    LIST,
    add_buyer,
    add_dispute,
    add_event,
    add_purchase,
    add_refund,
    add_step,
    frozen_values,
    values_of_state,
)
from tests.receipts import add_credit_note, add_receipt

LONG = "Maximilian Freiherr von Hohenstein-Bauer-Wiesinger zu Oberhausen und Unterammergau"
ROWS = ".purchase-customer > a"
DEAR = {"price_minor": 10**12, "currency": "TRY", "credits": 10**9, "country": "TR"}


def add_two_hundred(session: Session) -> int:
    """The newest one, with all that a page can hold."""
    frozen = frozen_values(session, add_buyer(session, LONG)) | DEAR | {"card_country": "US"}
    rows = [{"key": f"{n:032}", "name": "Aile " * 16, **frozen} for n in range(199)]
    with writing(session):
        session.execute(insert(Purchase), [row | values_of_state("expired") for row in rows])
    company = {"buyer_company": LONG, "buyer_tax_number": "DE" + "9" * 30, "name": "Kurs" * 20}
    id = add_purchase(session, add_buyer(session, "فاطمة الزهراء"), hold="disputed", **company)
    add_refund(session, id, 100)
    add_dispute(session, id, answer_by=datetime.now(UTC))
    add_event(session, id, "radar.early_fraud_warning.created", times=3)
    declined = {"card_brand": "visa", "card_last4": "0002", "failure": "no_funds"}
    add_step(session, id, "opened")
    add_step(session, id, "declined", **declined)
    add_step(session, id, "held", hold="disputed")
    return id


def test_the_list_and_a_page_fit_and_follow(page: Page, sign_in: SignIn, session: Session) -> None:
    id = add_two_hundred(session)
    sign_in(page)
    page.goto(LIST)
    expect(page.locator(ROWS)).to_have_count(50)
    assert_fit(page)
    page.get_by_role("searchbox", name="Number, customer or receipt").press_sequentially("فاط")
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.get_by_role("link", name="All 1")).to_be_visible()
    page.get_by_label("Market").select_option(label="Türkiye")
    expect(page.get_by_role("heading", name="No purchase matches")).to_be_visible()
    page.get_by_label("Market").select_option(label="Any market")
    page.locator("summary").click()
    page.get_by_label("From").fill("2026-01-01")
    expect(page.get_by_text("From 1 Jan 2026")).to_be_visible()
    assert_fit(page)
    page.locator(".purchase-when > a").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"P-{id}")).to_be_visible()
    assert_fit(page)


# From the last line of text in each refund's row to the row's lower edge.
ROOM_BELOW = """() => [...document.querySelectorAll(".provider-rows tr")].map(row => {
    const ends = [...row.querySelectorAll("small, time, bdi")].map(it =>
        it.getBoundingClientRect().bottom);
    return row.getBoundingClientRect().bottom - Math.max(...ends);
})"""


def test_rows_of_refunds_have_room_below(page: Page, sign_in: SignIn, session: Session) -> None:
    """Caught: the link to a credit note on the lower edge of the panel."""
    id = add_purchase(session, add_buyer(session, LONG))
    add_receipt(session, id)
    add_credit_note(session, id, reverses=add_credit_note(session, id))
    sign_in(page)
    page.goto(f"/purchases/{id}")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        rooms = page.evaluate(ROOM_BELOW)
        assert len(rooms) == 2
        assert min(rooms) >= 8
