"""A customer's page in a browser: changed by keyboard, on any screen, with much to show."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from domain.customers import sessions
from domain.customers.tags import add_tag
from domain.database import writing
from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import PageErrors, assert_fit
from tests.customer_wallets import add_wallet, give_for_a_reason
from tests.customers import add_customer

LONG = "Wolfeschlegelsteinhausenbergerdorff"


@pytest.mark.parametrize("javascript", [True, False], ids=["htmx", "plain"])
def test_a_customer_is_kept_by_keyboard(
    make_page: MakePage, sign_in: SignIn, session: Session, javascript: bool
) -> None:
    customer = add_customer(session)
    page = make_page(javascript=javascript)
    sign_in(page)
    page.goto(f"/customers/{customer}")
    page.get_by_label("Add a tag").focus()
    page.keyboard.type("VIP")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Tag VIP added.")
    expect(page.get_by_role("button", name="Remove tag VIP")).to_be_visible()
    page.get_by_label("Add a note").focus()
    page.keyboard.type("Call dropped.")
    page.keyboard.press("Enter")
    page.keyboard.type("Promised 50 credits.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".note")).to_have_text("Call dropped.\nPromised 50 credits.")
    page.get_by_role("link", name="Edit Contact").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Name").fill("Ayşe Y.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ayşe Y.")
    page.get_by_role("button", name="Remove tag VIP").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Tag VIP removed.")


def test_the_statement_is_narrowed_down(page: Page, sign_in: SignIn, session: Session) -> None:
    customer = add_customer(session)
    wallet = add_wallet(session, customer)
    give_for_a_reason(wallet, customer, 50, "Thank you")
    wallet.spend(20)
    sign_in(page)
    page.goto(f"/customers/{customer}")
    page.get_by_text("As of today").click()
    assert_fit(page)
    page.get_by_label("Show").select_option("Spent")
    page.get_by_role("button", name="Show").click()
    lines = page.get_by_role("table", name="Statement").locator("tbody tr")
    expect(lines).to_have_count(1)
    page.get_by_text("As of today, Spent").click()
    page.get_by_role("link", name="Clear").click()
    expect(lines).to_have_count(2)


def test_dates_and_numbers_of_a_statement_stay_whole(
    page: Page, sign_in: SignIn, session: Session
) -> None:
    """Caught: "+10,00" above "0", and each date on two lines."""
    customer = add_customer(session)
    give_for_a_reason(add_wallet(session, customer), customer, 1_000_000, "Thank you")
    sign_in(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"/customers/{customer}")
    cells = page.get_by_role("table", name="Statement").locator("time, .end > bdi, .wide-line")
    assert cells.evaluate_all("all => all.map(one => one.getClientRects().length)") == [1, 1, 1]
    assert_fit(page)


def test_on_a_phone_name_and_action_share_a_line(
    make_page: MakePage, sign_in: SignIn, session: Session
) -> None:
    """Caught: the menu between them, and the action on a line of its own."""
    customer = add_customer(session)
    with writing(session):
        sessions.open_session(session, customer)
    page = make_page(width=390)
    sign_in(page)
    page.goto(f"/customers/{customer}")
    name = page.get_by_role("heading", level=1).bounding_box()
    action = page.get_by_role("link", name="Give or take credits").bounding_box()
    assert name
    assert action
    assert action["y"] < name["y"] + name["height"] < action["y"] + action["height"]


def test_much_to_show_fits(
    page: Page, sign_in: SignIn, session: Session, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 422")
    customer = add_customer(
        session, name=" ".join([LONG] * 3), email=f"{'w' * 60}@{'x' * 60}.example"
    )
    wallet = add_wallet(session, customer)
    for n in range(60):
        give_for_a_reason(wallet, customer, 1000, f"{n} {'because' * 20}", is_shown=True)
    with writing(session):
        for n in range(9):
            add_tag(session, customer, f"{n}{'y' * 29}")
        sessions.open_session(session, customer, "x" * 80)
    sign_in(page)
    page.goto(f"/customers/{customer}")
    page.get_by_label("Add a note").fill("z" * 2001)
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_label("Add a note")).to_be_focused()
    assert_fit(page)
    page.get_by_role("link", name="Earlier", exact=True).click()
    expect(page.locator(".statement tbody tr")).to_have_count(10)
    page.goto(f"/customers/{customer}/contact")
    page.get_by_label("Email").fill("bo")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".problems")).to_be_focused()
    assert_fit(page)
