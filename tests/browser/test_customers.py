"""Customers in a browser: looking for one while typing, and adding one by keyboard."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from domain.customers.models import CustomerTag
from domain.database import writing
from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import PageErrors, assert_fit
from tests.customers import LIST, add_customer

LONG = "Maximilian Freiherr von Hohenstein-Bauer-Wiesinger zu Oberhausen und Unterammergau"
ROWS = ".customer-name > a"


@pytest.fixture
def _people(session: Session) -> None:
    add_customer(session, "ayse@posta.example", "Ayşe Yıldırım", country="TR")
    long = add_customer(session, f"{'m' * 60}@{'b' * 60}.example", LONG, country="AE")
    add_customer(session, "fatima@posta.example", "فاطمة الزهراء", country="AE")
    with writing(session):
        session.add_all(CustomerTag(customer_id=long, tag=f"{n} {'tag' * 9}") for n in range(5))


@pytest.mark.usefixtures("_people")
def test_the_list_follows_what_is_typed_and_chosen(page: Page, sign_in: SignIn) -> None:
    sign_in(page)
    page.goto(LIST)
    expect(page.locator(ROWS)).to_have_count(3)
    assert_fit(page)
    search = page.get_by_role("searchbox", name="Name, email or number")
    search.press_sequentially("yil")
    expect(page.locator(ROWS)).to_have_text(["Ayşe Yıldırım"])
    expect(search).to_be_focused()
    assert page.url.endswith("?q=yil&country=&tag=")
    expect(page.get_by_role("link", name="Export")).to_have_attribute(
        "href", "/customers/customers.csv?q=yil"
    )
    search.fill("")
    page.get_by_label("Country").select_option(label="United Arab Emirates")
    expect(page.locator(ROWS)).to_have_count(2)
    page.get_by_role("link", name="Invited").click()
    expect(page.locator(ROWS)).to_have_count(2)
    expect(page.get_by_label("Country")).to_have_value("AE")
    search.fill("nobody")
    expect(page.get_by_role("heading", name="No customer matches “nobody”")).to_be_visible()
    assert_fit(page)


@pytest.mark.usefixtures("_people")
def test_the_list_works_without_scripts(make_page: MakePage, sign_in: SignIn) -> None:
    page = make_page(javascript=False, width=390)
    sign_in(page)
    page.goto(LIST)
    page.get_by_role("searchbox").fill("fatima")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(ROWS)).to_have_count(1)
    assert page.locator(ROWS).get_attribute("href") == "/customers/3"


def test_a_customer_is_added_by_keyboard(
    page: Page, sign_in: SignIn, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 422")
    sign_in(page)
    page.goto(LIST)
    expect(page.get_by_role("heading", name="No customers yet")).to_be_visible()
    assert_fit(page)
    page.get_by_role("link", name="Add customer").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Email")).to_be_focused()
    page.keyboard.type("ayse")
    page.keyboard.press("Enter")
    expect(page.locator(".problems")).to_be_focused()
    assert_fit(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Email")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type("@posta.example")
    page.keyboard.press("Tab")
    page.keyboard.type("Ayşe Yıldırım")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ayşe Yıldırım", level=1)).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Customer added and invited.")
    page.get_by_role("button", name="Send an invitation").click()
    expect(page.get_by_role("status")).to_contain_text("The invitation")
    page.goto(LIST)
    expect(page.locator(".customer")).to_contain_text("Invited")
