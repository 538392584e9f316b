"""An admin types the code of an authenticator app: on a phone, without scripts, in Turkish."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from tests.browser.conftest import MakePage
from tests.browser.harness import LiveApp, PageErrors, assert_fit
from tests.conftest import ADMIN, PASSWORD
from tests.page_helpers import LIST
from tests.second_factor import App, set_up_app


@pytest.fixture
def phone(live_app: LiveApp, session: Session) -> App:
    return set_up_app(session, live_app.admin)


def type_password(page: Page) -> None:
    page.goto(f"/login?next={LIST}")
    page.get_by_label("Email").fill(ADMIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_the_code_and_then_a_recovery_code(
    make_page: MakePage, phone: App, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 422")
    page = make_page(width=390, touch=True)
    type_password(page)
    field = page.get_by_label("Code", exact=True)
    expect(field).to_be_focused()
    assert_fit(page)
    field.fill("12345")
    field.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    assert_fit(page)
    code = phone.code()
    field.fill(f"{code[:3]} {code[3:]}")
    page.get_by_label("Do not ask for a code").check()
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(LIST)

    page.context.clear_cookies(name="scrip")
    type_password(page)
    expect(page).to_have_url(LIST)

    page.context.clear_cookies()
    type_password(page)
    page.get_by_role("link", name="Use a recovery code").click()
    field = page.get_by_label("Recovery code")
    expect(field).to_be_focused()
    assert_fit(page)
    field.fill(phone.recovery_codes[0])
    field.press("Enter")
    expect(page).to_have_url(LIST)
    expect(page.get_by_role("status").first).to_contain_text("9 are left.")


def test_without_javascript(make_page: MakePage, phone: App) -> None:
    page = make_page(javascript=False, width=320)
    type_password(page)
    page.get_by_label("Code", exact=True).fill(phone.code())
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(LIST)
