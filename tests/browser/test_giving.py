"""Give or take credits in a browser: what is typed survives the question for the password."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from domain.accounts.models import SignInSession
from domain.customers.customers import add_by_hand
from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import LiveApp, PageErrors, assert_fit
from tests.conftest import PASSWORD

NAME = "Ayşe Yıldırım"


def open_form(page: Page, live_app: LiveApp, sign_in: SignIn) -> None:
    """The sign-in is an old one."""
    with live_app.writing() as session:
        customer_id = add_by_hand(session, email="ayse@posta.example", name=NAME, language="tr")
    sign_in(page)
    page.goto(f"/customers/{customer_id}/credits")


def forget_password(live_app: LiveApp) -> None:
    with live_app.writing() as session:
        session.execute(update(SignInSession).values(confirmed_at=None))


def press(page: Page) -> None:
    page.get_by_role("button", name="Give or take credits").click()


@pytest.mark.parametrize("javascript", [True, False], ids=["htmx", "plain"])
def test_what_is_typed_survives_the_question_for_the_password(
    make_page: MakePage,
    live_app: LiveApp,
    sign_in: SignIn,
    page_errors: PageErrors,
    javascript: bool,
) -> None:
    page_errors.allow("status of 422")
    page = make_page(javascript=javascript, width=390)
    open_form(page, live_app, sign_in)
    forget_password(live_app)
    page.get_by_label("Amount").fill("50")
    page.get_by_label("Expires").fill("2099-12-31")
    page.get_by_label("Reason", exact=True).fill("The call dropped")
    page.get_by_label("Show the reason to the customer").uncheck()
    press(page)
    password = page.get_by_label("Your password")
    expect(password).to_have_value("")
    expect(page.get_by_label("Amount")).to_have_value("50")
    expect(page.get_by_label("Expires")).to_have_value("2099-12-31")
    expect(page.get_by_label("Reason", exact=True)).to_have_value("The call dropped")
    expect(page.get_by_label("Show the reason to the customer")).not_to_be_checked()
    if javascript:
        expect(page.locator(".problems")).to_be_focused()
        assert_fit(page)
    password.fill(PASSWORD)
    press(page)
    expect(page).to_have_url(f"{live_app.url}/customers/1")
    expect(page.get_by_role("status")).to_contain_text(f"50 credits given to \u2068{NAME}\u2069.")
    page.get_by_role("link", name="Give or take credits").click()
    expect(page.locator("#giving-echo")).to_contain_text("Free: 50")


def test_the_echo_follows_the_amount_and_sends_nothing_else(
    page: Page, live_app: LiveApp, sign_in: SignIn
) -> None:
    """Caught: the reason and the password in an address, which is logged."""
    open_form(page, live_app, sign_in)
    page.get_by_label("Reason", exact=True).fill("Secret")
    with page.expect_request("**/credits/echo**") as asked:
        page.get_by_label("Amount").press_sequentially("50")
    assert asked.value.url.partition("?")[2] == "amount=50"
    expect(page.locator("#giving-echo")).to_have_text("Free: 0 → 50")
    page.get_by_label("Amount").fill("-5")
    expect(page.locator("#giving-echo")).to_contain_text("Too few to take that many")
    assert_fit(page)


def test_the_limits_are_accessible_and_fit(page: Page, sign_in: SignIn, live_app: LiveApp) -> None:
    sign_in(page)
    forget_password(live_app)
    page.goto("/settings/customers")
    page.get_by_label("Credits at once").fill("10")
    assert_fit(page)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("The limits are saved.")
