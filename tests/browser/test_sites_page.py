"""The list of sites that may frame the packages, and the page of the API, in a browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import PageErrors, assert_fit

SITES = "/settings/sites"


def type_site(page: Page, address: str) -> None:
    page.get_by_label("Address").fill(address)
    page.get_by_role("button", name="Add", exact=True).click()


@pytest.mark.parametrize("javascript", [True, False], ids=["htmx", "plain"])
def test_a_site_is_added_and_removed(
    make_page: MakePage, sign_in: SignIn, javascript: bool
) -> None:
    page = make_page(javascript=javascript)
    sign_in(page)
    page.goto(SITES)
    expect(page.get_by_role("heading", name="No websites yet")).to_be_visible()
    type_site(page, "https://München.example/")
    expect(page.get_by_role("heading", name="1 of 50 websites")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text(
        "https://xn--mnchen-3ya.example may show your packages now."
    )
    if javascript:
        expect(page.get_by_label("Address")).to_be_focused()
    expect(page.get_by_label("Address")).to_have_value("")
    page.get_by_role("button", name="Remove https://xn--mnchen-3ya.example").click()
    expect(page.get_by_role("heading", name="No websites yet")).to_be_visible()
    if javascript:
        expect(page.get_by_role("heading", name="No websites yet")).to_be_focused()


def test_a_slip_is_told_where_it_was_typed(
    page: Page, sign_in: SignIn, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 422")
    sign_in(page)
    page.goto(SITES)
    type_site(page, "https://*.example.com")
    expect(page.locator(".problems")).to_be_focused()
    field = page.get_by_label("Address")
    expect(field).to_have_value("https://*.example.com")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert_fit(page)


def test_the_list_is_accessible_and_fits(page: Page, sign_in: SignIn) -> None:
    sign_in(page)
    page.goto(SITES)
    type_site(page, f"https://{'a' * 63}.example")
    expect(page.get_by_role("heading", name="1 of 50 websites")).to_be_visible()
    assert_fit(page)


def test_the_page_of_the_api_is_accessible_and_fits(page: Page) -> None:
    page.goto("/api/v1/")
    for example in page.locator("summary").all():
        example.click()
    expect(page.get_by_label("Example answer").first).to_be_visible()
    assert_fit(page)
