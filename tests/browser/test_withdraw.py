"""Withdrawing in a real browser: with an account and without one, with scripts and without."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from blueprints.customer_sign_in import cookie_name
from domain.customers import sessions
from domain.database import writing
from tests.browser.conftest import MakePage
from tests.browser.harness import LiveApp, PageErrors, assert_fit
from tests.companies import save_company
from tests.purchases import paid_purchase
from tests.withdrawals import acknowledgements, buyer_of, email_of, take_in_all, withdrawals

LONG_NAME = "Ayşe Donaudampfschifffahrtsgesellschaftskapitänin von Yıldırım"


@pytest.fixture
def paid(live_app: LiveApp, session: Session) -> int:  # noqa: ARG001 - for its effect
    save_company(session)
    return paid_purchase(session).purchase_id


def sign_in_buyer(page: Page, live_app: LiveApp, session: Session, purchase_id: int) -> None:
    customer_id = buyer_of(session, purchase_id)
    session.rollback()
    with writing(session):
        token = sessions.open_session(session, customer_id)
    with live_app.app.app_context():
        name = cookie_name()
    page.context.add_cookies([{"name": name, "value": token, "url": live_app.url}])


@pytest.mark.parametrize("javascript", [True, False])
def test_without_an_account(
    make_page: MakePage, session: Session, page_errors: PageErrors, paid: int, javascript: bool
) -> None:
    """Caught: Enter that confirms at once; a summary that nobody is led to."""
    page_errors.allow("status of 422")
    page = make_page(width=390, touch=True, javascript=javascript)
    page.goto("/packages?lang=en")
    page.get_by_role("link", name="Withdraw from the contract here").click()
    page.get_by_role("textbox", name="Your name").fill("Ayşe Yıldırım")
    page.get_by_role("textbox", name="Number of the receipt").fill("my order")
    page.get_by_role("textbox", name="Email").fill(email_of(session, paid))
    page.get_by_role("textbox", name="Email").press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_role("textbox", name="Number of the receipt")).to_be_focused()
    page.get_by_role("textbox", name="Number of the receipt").fill("P-1")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm your withdrawal")
    page.get_by_role("button", name="Change something").click()
    expect(page.get_by_role("textbox", name="Your name")).to_have_value("Ayşe Yıldırım")
    page.get_by_role("textbox", name="Your name").press("Enter")
    page.get_by_role("button", name="Confirm withdrawal").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your declaration was received")
    take_in_all(session)
    assert len(acknowledgements(session)) == 1


def test_by_the_buyer_from_the_receipt(
    make_page: MakePage, live_app: LiveApp, session: Session, paid: int
) -> None:
    page = make_page(width=1100)
    sign_in_buyer(page, live_app, session, paid)
    page.goto(f"/account/purchases/{paid}/receipt?lang=en")
    page.get_by_role("main").get_by_role("link", name="Withdraw from the contract here").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="What goes back")).to_be_visible()
    page.get_by_role("button", name="Confirm withdrawal").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "You have withdrawn from the contract"
    )
    assert len(withdrawals(session)) == 1
    assert_fit(page)


@pytest.mark.parametrize(
    ("language", "width", "dark"),
    [("en", 1100, False), ("tr", 390, False), ("de", 320, False), ("ar", 320, True)],
)
def test_every_page_fits(
    make_page: MakePage,
    live_app: LiveApp,
    session: Session,
    page_errors: PageErrors,
    paid: int,
    *,
    language: str,
    width: int,
    dark: bool,
) -> None:
    page_errors.allow("status of 422")
    page = make_page(width=width, touch=width < 400, dark=dark)
    walk(page, language, "empty@posta.example")
    sign_in_buyer(page, live_app, session, paid)
    walk(page, language, email_of(session, paid))


def walk(page: Page, language: str, email: str) -> None:
    """Through each page, the one with errors too."""
    page.goto(f"/withdraw?lang={language}")
    assert_fit(page)
    page.locator("#withdrawal-name").fill("")
    page.locator(".card button").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert_fit(page)
    page.locator("#withdrawal-name").fill(LONG_NAME)
    page.locator("#withdrawal-number").fill("P-1")
    page.locator("#withdrawal-email").fill(email)
    page.locator(".card button").click()
    expect(page.locator("blockquote")).to_be_visible()
    assert_fit(page)
    page.locator("button[value=confirm]").click()
    page.wait_for_url("**/withdraw/received?**")
    assert_fit(page)
