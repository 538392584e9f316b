"""The second factor from the first code to a lost phone, in a browser."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pyotp import TOTP

from domain.accounts.sessions import CONFIRMED
from domain.embedding.sites import add_site
from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import LiveApp, PageErrors, assert_fit
from tests.conftest import PASSWORD
from tests.test_reauth import confirm

ACCOUNT = "/settings/account"
STEP = timedelta(seconds=30)


def open_sign_in(page: Page, admin: str) -> None:
    """As far as the password goes."""
    page.goto(f"/login?next={ACCOUNT}")
    page.get_by_label("Email").fill(admin)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def sign_in_with_code(page: Page, admin: str, code: str) -> None:
    open_sign_in(page, admin)
    page.get_by_label("Code", exact=True).fill(code)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Account:").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def set_up(page: Page) -> tuple[TOTP, list[str]]:
    """Turns on the app that this page offers; the app, and the recovery codes."""
    app = TOTP(page.locator("#factor-key").inner_text().replace(" ", ""))
    page.get_by_label("Code", exact=True).fill(app.now())
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("heading", name="Keep your recovery codes")).to_be_visible()
    return app, page.locator("#recovery-codes").inner_text().split()


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "plain"])
def test_the_phone_is_lost_and_another_takes_its_place(
    make_page: MakePage, live_app: LiveApp, javascript: bool
) -> None:
    page = make_page(javascript=javascript)
    open_sign_in(page, live_app.admin)
    page.get_by_role("link", name="Second factor").click()
    page.get_by_role("link", name="Set up").click()
    if javascript:
        assert_fit(page)
    app, codes = set_up(page)
    if javascript:
        assert_fit(page)
        keep(page, codes)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("10 of 10 left.")).to_be_visible()
    sign_out(page)

    sign_in_with_code(page, live_app.admin, app.at(datetime.now(UTC) + STEP))
    sign_out(page)

    sign_in_with_code(page, live_app.admin, codes[3].lower().replace("-", " "))
    page.get_by_role("link", name="Second factor").click()
    expect(page.get_by_text("9 of 10 left.")).to_be_visible()
    if javascript:
        assert_fit(page)
    page.get_by_role("link", name="Use another app").click()
    app, new_codes = set_up(page)
    assert not set(codes) & set(new_codes)
    sign_out(page)
    sign_in_with_code(page, live_app.admin, app.at(datetime.now(UTC) + STEP))


def keep(page: Page, codes: list[str]) -> None:
    """On paper, by the clipboard, and as a file.

    Caught: pale letters on white paper, printed from a dark screen. Also the page as narrow as the
    menu that is left out, with half of each code.
    """
    page.emulate_media(media="print", color_scheme="dark")
    printed = page.locator("#recovery-codes")
    assert printed.evaluate("codes => codes.scrollWidth <= codes.clientWidth")
    expect(printed).to_have_css("color", "rgb(24, 27, 37)")
    expect(page.locator(".side")).to_be_hidden()
    page.emulate_media(media="screen", color_scheme="light")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").split() == codes
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "scrip-recovery-codes.txt"
    assert Path(download.value.path()).read_text().splitlines() == codes


def test_the_list_of_sites_asks_where_the_button_is(
    page: Page, sign_in: SignIn, live_app: LiveApp, page_errors: PageErrors
) -> None:
    """Caught: the question at the top of the page."""
    page_errors.allow("status of 422")
    sign_in(page)
    with live_app.writing() as session:
        add_site(session, "https://one.example", author=live_app.admin)
    page.goto("/settings/sites")
    with live_app.writing() as session:
        confirm(session, CONFIRMED)
    page.get_by_role("button", name="Remove https://one.example").click()
    row = page.get_by_role("listitem").filter(has_text="https://one.example")
    expect(row.get_by_label("Your password")).to_be_focused()
    assert_fit(page)
    row.get_by_label("Your password").fill(PASSWORD)
    row.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", name="No websites yet")).to_be_focused()
    expect(page.get_by_label("Your password")).to_have_count(0)
