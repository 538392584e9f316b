"""The list of packages in a browser: folding, filtering, and one form after the other."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from tests.browser.conftest import SignIn
from tests.browser.packages_list import names
from tests.page_helpers import LIST, add, apply_all


@pytest.fixture
def listed(page: Page, sign_in: SignIn, session: Session) -> Page:
    """The list with three live packages of the United States, A to C, and one of Germany, D."""
    add(session, "A", "B", "C")
    add(session, "D", country="DE", currency="EUR")
    apply_all(session)
    sign_in(page)
    page.goto(LIST)
    return page


def test_a_folded_country_stays_folded(listed: Page) -> None:
    """Caught: the fresh list opening what was folded."""
    germany = listed.get_by_role("checkbox", name="Show the packages of Germany")
    germany.press("Space")
    expect(listed.get_by_role("link", name="D", exact=True)).to_be_hidden()
    listed.get_by_role("button", name="Edit B").click()
    listed.get_by_label("Listing Order").fill("1")
    listed.get_by_label("Package Name").press("Enter")
    expect(names(listed)).to_have_text(["D", "B", "A", "C"])
    expect(listed.get_by_role("link", name="D", exact=True)).to_be_hidden()
    germany.press("Space")
    expect(listed.get_by_role("link", name="D", exact=True)).to_be_visible()


def test_the_list_follows_what_is_typed_and_keeps_an_open_form(listed: Page) -> None:
    listed.get_by_role("link", name="B", exact=True).click()
    name = listed.get_by_label("Package Name")
    name.fill("Typed with care")
    search = listed.get_by_role("searchbox")
    search.press_sequentially("d")
    expect(names(listed)).to_have_text(["D"])
    expect(search).to_be_focused()
    expect(name).to_have_value("Typed with care")
    expect(listed).to_have_url(re.compile(r"\?q=d\b"))
    search.fill("")
    expect(names(listed)).to_have_text(["D", "A", "C"])
    expect(listed.get_by_role("form", name="Edit B")).to_have_count(1)
    expect(name).to_have_value("Typed with care")
    listed.get_by_label("Sort by").select_option("credits")
    expect(listed.get_by_text("Sorted by credits.")).to_be_visible()


def test_save_and_edit_next_opens_one_form_after_the_other(listed: Page) -> None:
    listed.get_by_role("button", name="Edit A").click()
    for title, label in (("Edit B", "Package Name"), ("Edit C", "Price")):
        listed.get_by_label(label).focus()
        listed.get_by_role("button", name="Save and edit next").click()
        form = listed.get_by_role("form", name=title)
        expect(form.get_by_label(label)).to_be_focused()
        expect(listed.get_by_role("form")).to_have_count(1)
    listed.get_by_role("button", name="Save and edit next").click()
    expect(listed.get_by_role("status")).to_have_text("C saved. It is the last one here.")
    expect(listed.get_by_role("button", name="Edit C")).to_be_focused()


def test_save_and_edit_next_leaves_an_open_form_alone(listed: Page) -> None:
    """Caught: the next package's form opened anew over what was typed in it."""
    listed.get_by_role("button", name="Edit B").click()
    listed.get_by_label("Package Name").fill("Typed")
    listed.get_by_role("button", name="Edit A").click()
    form = listed.get_by_role("form", name="Edit A")
    form.get_by_role("button", name="Save and edit next").click()
    expect(form).to_have_count(0)
    name = listed.get_by_role("form", name="Edit B").get_by_label("Package Name")
    expect(name).to_have_value("Typed")
    expect(name).to_be_focused()


def test_chips_follow_what_is_saved(listed: Page) -> None:
    """Caught: the numbers of the page as it was opened."""
    pending = listed.get_by_role("group", name="Only").get_by_role("link", name="Pending")
    expect(pending).to_have_text("Pending")
    listed.get_by_role("button", name="Edit A").click()
    listed.get_by_label("Price").fill("77")
    listed.get_by_role("button", name="Save", exact=True).click()
    expect(pending).to_have_text("Pending 1")
    listed.get_by_role("button", name="Add", exact=True).click()
    form = listed.get_by_role("form", name="New package")
    form.get_by_label("Package Name").fill("New")
    form.get_by_label("Credits").fill("5")
    form.get_by_label("Price").fill("9")
    form.get_by_label("Package Country").select_option("JP")
    form.get_by_role("button", name="Save", exact=True).click()
    expect(listed.get_by_role("link", name="Japan 1")).to_be_visible()
    expect(pending).to_have_text("Pending 2")
