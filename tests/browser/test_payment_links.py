"""A payment link in a browser: made on the customer's page, paid through at the simulator's page
without signing in, with scripts and without; and failed payments, which lead to it."""

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from app import create_app
from domain.customers.holdings import read_holdings
from domain.database import writing
from domain.purchases.link_models import PaymentLink
from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import PageErrors, assert_fit
from tests.checkouts import make_shop
from tests.conftest import config_for
from tests.customers import add_customer
from tests.page_helpers import apply_all, edit
from tests.payment_links import new_link
from tests.purchase_rows import add_buyer, add_purchase
from tests.simulator import Simulator

LONG_NAME = "Maximilian Freiherr von Hohenstein-Bauer-Wiesinger zu Oberhausen und Unterammergau"
LONG_PACKAGE = "Aile Paketi – Düzenli Görüşmeler İçin Donaudampfschifffahrtsgesellschaft"


@pytest.fixture
def app(database: str, simulator: Simulator) -> Flask:
    return create_app(config_for(database, simulator_port=simulator.port))


@pytest.mark.parametrize("javascript", [True, False], ids=["htmx", "plain"])
def test_from_support_to_the_credits(
    make_page: MakePage,
    sign_in: SignIn,
    session: Session,
    simulator: Simulator,
    page_errors: PageErrors,
    javascript: bool,
) -> None:
    page_errors.allow("status of 410")
    make_shop(session)
    customer = add_customer(session)
    support = make_page(javascript=javascript)
    sign_in(support)
    support.goto(f"/customers/{customer}")
    support.get_by_role("link", name="Send payment link").click()
    support.get_by_label("Country").select_option("DE")
    support.get_by_role("button", name="Show packages").click()
    support.get_by_label("Package").select_option(index=1)
    support.get_by_role("radio", name="3 days").check()
    support.get_by_role("button", name="Create a link to copy").click()
    address = support.get_by_label("Your new link").input_value()
    buyer = make_page(width=390, touch=True, javascript=javascript)
    buyer.goto(address.replace("lang=tr", "lang=en"))
    expect(buyer.get_by_text("You pay for Ayşe Yıldırım")).to_be_visible()
    if javascript:
        assert_fit(buyer)
    buyer.get_by_role("checkbox").check()
    buyer.get_by_role("button", name="Buy now – pay €20.89").click()
    buyer.wait_for_url(f"{simulator.url}/pay/**")
    expect(buyer.get_by_text("ayse@posta.example")).to_have_count(0)
    buyer.locator("button[value=card]").click()
    expect(buyer.get_by_role("heading", level=1)).to_have_text("100 credits added")
    if javascript:
        assert_fit(buyer)
    session.rollback()
    assert read_holdings(session, customer).free == 100
    session.rollback()
    buyer.goto(address.replace("lang=tr", "lang=en"))
    expect(buyer.get_by_role("heading", level=1)).to_have_text("Already paid")
    support.reload()
    expect(support.locator(".payment-links .state")).to_have_text("Paid")
    expect(support.get_by_label("Your new link")).to_have_count(0)


@pytest.mark.parametrize(("language", "width", "dark"), [("tr", 390, False), ("ar", 320, True)])
def test_links_fit_a_phone(
    make_page: MakePage,
    session: Session,
    page_errors: PageErrors,
    *,
    language: str,
    width: int,
    dark: bool,
) -> None:
    page_errors.allow("status of 4(10|22)")
    make_shop(session)
    edit(session, 1, name=LONG_PACKAGE)
    apply_all(session)
    customer = add_customer(session, name=LONG_NAME)
    open_one, revoked = (new_link(session, customer) for _ in range(2))
    page = make_page(width=width, touch=True, dark=dark)
    page.goto(f"/pay/{open_one}?lang={language}")
    assert_fit(page)
    page.locator("button.buy").click()
    expect(page.locator(".problems")).to_be_focused()
    assert_fit(page)
    with writing(session):
        session.get_one(PaymentLink, 2).revoked_at = session.get_one(PaymentLink, 2).created_at
    page.goto(f"/pay/{revoked}?lang={language}")
    assert_fit(page)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_failed_payments_are_done_one_by_one(
    make_page: MakePage, sign_in: SignIn, session: Session, *, width: int, dark: bool
) -> None:
    make_shop(session)
    for failure in ("no_funds", "declined", "try_later", None):
        for number in range(6):
            buyer = add_buyer(session, LONG_NAME if number == 1 else f"Buyer {number}")
            add_purchase(session, buyer, "expired", failure=failure)
    page = make_page(width=width, dark=dark)
    sign_in(page)
    page.goto("/purchases/")
    page.get_by_role("link", name="Failed payments").click()
    assert_fit(page)
    expect(page.locator(".failed")).to_have_count(20)
    page.get_by_role("link", name="All 6 The buyer can mend it").click()
    expect(page.locator(".failed")).to_have_count(6)
    page.get_by_role("button", name="Done: Start for Buyer 5").click()
    expect(page.get_by_role("status")).to_have_text("Done. You can undo it under Done.")
    expect(page.locator(".failed")).to_have_count(5)
    page.get_by_role("link", name="Buyer 4", exact=True).click()
    page.get_by_label("Add a note").fill("Calls back on Monday")
    page.get_by_label("Add a note").press("Enter")
    expect(page.locator(".note")).to_have_text("Calls back on Monday")
    assert_fit(page)
    page.get_by_role("link", name="Send payment link").click()
    expect(page.get_by_label("Package")).to_have_value("1")
    assert_fit(page)
