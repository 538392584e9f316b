"""Settings, Payments in a browser: buying is paused and resumed, with and without scripts."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import assert_fit


@pytest.mark.parametrize("javascript", [True, False], ids=["htmx", "plain"])
def test_buying_is_paused_and_resumed(
    make_page: MakePage, sign_in: SignIn, javascript: bool
) -> None:
    page = make_page(javascript=javascript)
    sign_in(page)
    page.goto("/settings/")
    page.get_by_role("link", name="Payments").click()
    page.get_by_role("button", name="Pause buying").click()
    expect(page.get_by_role("status")).to_have_text("Buying is paused.")
    if javascript:
        assert_fit(page)
    page.get_by_role("button", name="Resume buying").press("Enter")
    expect(page.get_by_role("status")).to_have_text("Packages can be bought again.")
    expect(page.get_by_role("button", name="Pause buying")).to_be_visible()
    if javascript:
        assert_fit(page)
