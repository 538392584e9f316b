"""The history as people use it: look back, compare, restore, and see what buyers saw."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import PageErrors, assert_accessible, assert_fit
from tests.page_helpers import LIST, add, apply_all, edit, order, releases

HISTORY = f"{LIST}history"


@pytest.fixture(autouse=True)
def scene(session: Session) -> None:
    add(session, "A")
    apply_all(session)
    edit(session, 1, name="Aa")
    apply_all(session)


def test_every_page_is_accessible_and_fits(page: Page, sign_in: SignIn) -> None:
    sign_in(page)
    for rest in ("", "/drafts", "/2", "/1/restore", "/2/restore", "/1/cards"):
        page.goto(f"{HISTORY}{rest}")
        assert_fit(page)


def test_a_button_stands_beside_its_field_or_below(page: Page, sign_in: SignIn) -> None:
    """Caught: Show lying over the date picker, and in line with the hint."""
    sign_in(page)
    page.goto(HISTORY)
    for width in (320, 390, 1100):
        page.set_viewport_size({"width": width, "height": 800})
        field = page.locator("main form input:visible").bounding_box()
        press = page.get_by_role("button", name="Show").bounding_box()
        assert field
        assert press
        is_beside = press["x"] >= field["x"] + field["width"]
        if is_beside:
            assert press["y"] == field["y"]
        else:
            assert press["y"] >= field["y"] + field["height"]
        assert is_beside or width < 400


def test_times_are_those_of_the_readers_clock(page: Page, sign_in: SignIn) -> None:
    """Caught: a cookie that the server does not know, as Tokyo's was with %2F."""
    sign_in(page)
    page.add_init_script(
        "Intl.DateTimeFormat.prototype.resolvedOptions = () => ({timeZone: 'Asia/Tokyo'})"
    )
    page.goto(HISTORY)
    page.reload()
    expect(page.locator("#moment-hint")).to_have_text("Date and time in Asia/Tokyo")
    title = page.locator(".release time").first.get_attribute("title")
    assert title
    assert title.endswith(", Asia/Tokyo (UTC+9)")


def test_what_cannot_be_found_is_asked_for_again_in_place(
    page: Page, sign_in: SignIn, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 422")
    sign_in(page)
    page.goto(HISTORY)
    page.get_by_label("Find what was live at").fill("2999-01-01T00:00")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_label("Find what was live at")).to_be_focused()
    expect(page.get_by_text("That lies in the future. Release 2 is live now.")).to_be_visible()
    assert_accessible(page)


def test_a_refusal_takes_the_focus(
    page: Page, sign_in: SignIn, session: Session, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 409")
    sign_in(page)
    page.goto(f"{HISTORY}/1/restore")
    edit(session, 1, name="Late")
    page.get_by_role("button", name="Restore with 1 change").click()
    expect(page.locator(".problems")).to_be_focused()
    expect(page.locator(".problems")).to_contain_text("Nothing restored: the drafts changed")
    assert_accessible(page)


@pytest.mark.parametrize("javascript", [True, False])
def test_going_back_to_an_old_release(
    make_page: MakePage, sign_in: SignIn, session: Session, javascript: bool
) -> None:
    page = make_page(javascript=javascript)
    sign_in(page)
    page.goto(LIST)
    page.get_by_role("link", name="History").first.click()
    page.get_by_role("link", name="Release 1", exact=True).click()
    page.get_by_role("link", name="Restore").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Restore release 1?")
    page.get_by_role("button", name="Restore with 1 change").click()
    expect(page.get_by_role("status")).to_contain_text("Drafts now match release 1.")
    assert (releases(session), order(session)) == (2, ["A"])
    page.get_by_role("button", name=re.compile("^Apply")).click()
    expect(page.get_by_role("status")).to_contain_text("Release 3 is live.")
    page.goto(HISTORY)
    page.get_by_role("link", name="Undo draft changes").click()
    page.get_by_role("button", name=re.compile("^Undo")).first.click()
    expect(page.get_by_role("status")).to_contain_text("That was undone.")
    assert order(session) == ["Aa"]


def test_what_buyers_saw(page: Page, sign_in: SignIn) -> None:
    sign_in(page)
    page.goto(f"{HISTORY}/1")
    page.get_by_role("link", name="What buyers saw", exact=True).click()
    expect(page.get_by_role("heading", level=2)).to_have_text("A")
    page.get_by_role("link", name="Back to release 1").click()
    page.get_by_label("with").select_option("2")
    page.get_by_label("Compare", exact=True).select_option("1")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".compared")).to_have_text("1 change from release 1 to release 2")
