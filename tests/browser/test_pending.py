"""The pending bar: what it counts, who sees it, and what Apply Changes does."""

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy.orm import Session

from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import PageErrors, hold
from tests.browser.packages_list import press_in_more, states
from tests.conftest import ADMIN
from tests.page_helpers import LIST, add, apply_all, edit, order, releases, remove

LIVE = "Release 2 is live. Buyers see it now."
# Where focus is, and where the bar and the messages are that lie over the page.
FOCUS_AND_DOCK = """
() => {
  const focus = document.activeElement, {top, bottom} = focus.getBoundingClientRect();
  const dock = [...document.querySelectorAll('.dock > * > *')];
  return {name: focus.ariaLabel || focus.textContent.trim(), top, bottom,
          isInMain: Boolean(focus.closest('main')),
          dockTop: Math.min(...dock.map(element => element.getBoundingClientRect().top))};
}
"""


@pytest.fixture
def listed(page: Page, sign_in: SignIn, session: Session) -> Page:
    """The list with three live packages of the United States: A, B and C."""
    add(session, "A", "B", "C")
    apply_all(session)
    sign_in(page)
    page.goto(LIST)
    return page


def bar(page: Page) -> Locator:
    return page.get_by_role("region", name="Pending changes")


def expect_pending(page: Page, words: str) -> None:
    """The kinds that the bar counts; "" for no bar."""
    if words:
        expect(bar(page).locator(".strip-kinds")).to_have_text(words)
    else:
        expect(bar(page)).to_have_count(0)


def press(page: Page, name: str) -> None:
    """Presses a button of a row, or one of its More menu."""
    verb, _space, package = name.partition(" ")
    if verb in ("Duplicate", "Remove"):
        press_in_more(page, package, name)
    else:
        page.get_by_role("button", name=name, exact=True).click()


def save(page: Page, **fields: str) -> None:
    form = page.locator("form[data-guard]")
    for name, value in fields.items():
        form.get_by_label(name.replace("_", " ")).fill(value)
    form.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#status")).to_contain_text("saved")


def stop_polling(page: Page) -> None:
    page.route("**/pending?*", lambda route: route.fulfill(status=204))


def test_the_bar_counts_what_differs_and_nothing_else(listed: Page) -> None:
    expect_pending(listed, "")
    press(listed, "Edit A")
    save(listed, Price="25")
    expect_pending(listed, "1 edited")
    press(listed, "Remove B")
    expect_pending(listed, "1 edited, 1 removed")
    listed.get_by_role("button", name="Reorder C, 2 of 2").press("ArrowUp")
    expect_pending(listed, "1 edited, 1 moved, 1 removed")
    press(listed, "Duplicate A")
    listed.get_by_role("form", name="Copy of A").get_by_label("Package Name").fill("D")
    listed.keyboard.press("Enter")
    expect_pending(listed, "1 new, 1 edited, 1 moved, 1 removed")
    expect(bar(listed)).to_contain_text("4 pending changes")

    press(listed, "Remove D")
    expect_pending(listed, "1 edited, 1 moved, 1 removed")
    listed.get_by_role("button", name="Reorder C, 1 of 2").press("ArrowDown")
    expect_pending(listed, "1 edited, 1 removed")
    press(listed, "Keep B")
    expect_pending(listed, "1 edited")
    press(listed, "Edit A")
    save(listed, Price="19.99")
    expect_pending(listed, "")


def test_settings_count_too_and_can_be_saved_twice_in_a_row(listed: Page) -> None:
    listed.goto("/settings/")
    save(listed, Platform_Name="Bright")
    expect_pending(listed, "1 edited")
    expect(listed.get_by_role("button", name="Save")).to_be_focused()
    save(listed, Platform_Name="Our platform")
    expect_pending(listed, "")


def test_another_tab_shows_it_within_ten_seconds(
    page: Page, sign_in: SignIn, session: Session
) -> None:
    [package_id] = add(session, "A")
    apply_all(session)
    sign_in(page)
    page.clock.install()
    page.goto("/settings/")
    expect_pending(page, "")
    edit(session, package_id, price_minor=2500)
    page.clock.fast_forward(8000)
    expect_pending(page, "1 edited")
    remove(session, package_id)
    page.clock.fast_forward(8000)
    expect_pending(page, "1 removed")
    apply_all(session)
    page.clock.fast_forward(8000)
    expect_pending(page, "")


def test_apply_says_what_it_did(listed: Page, session: Session) -> None:
    press(listed, "Remove B")
    expect(states(listed).nth(1)).to_have_text("Removed")
    listed.get_by_role("button", name="Apply Changes").click()
    expect(listed.get_by_role("status")).to_contain_text(LIVE)
    expect(listed.get_by_role("heading", level=1)).to_be_focused()
    expect_pending(listed, "")
    expect(states(listed)).to_have_text(["Live", "Live"])
    assert releases(session) == 2


def test_the_link_to_the_bar_is_there_while_the_bar_is(listed: Page, session: Session) -> None:
    """Caught: the link leading to an empty element."""
    skip = listed.get_by_role("link", name="Skip to pending changes")
    pages = [LIST, "/settings/", f"{LIST}history", f"{LIST}history/1"]
    for path in pages:
        listed.goto(path)
        expect(skip).to_have_count(0)
    edit(session, 1, price_minor=2500)
    for path in pages:
        listed.goto(path)
        skip.press("Enter")
        expect(listed.locator("#pending")).to_be_focused()
        expect(listed.locator("#pending")).not_to_be_empty()


def test_apply_works_from_the_settings_page(listed: Page, session: Session) -> None:
    add(session, "D", credits=777, price_minor=15000)
    listed.goto("/settings/")
    listed.get_by_role("button", name="Apply Changes").click()
    expect(listed.get_by_role("status")).to_contain_text(LIVE)
    expect(listed.get_by_role("heading", level=1)).to_be_focused()
    expect_pending(listed, "")


def test_a_double_click_on_apply_makes_one_release(listed: Page, session: Session) -> None:
    press(listed, "Remove A")
    held = hold(listed, "**/apply")
    with listed.expect_request("**/apply"):
        listed.get_by_role("button", name="Apply Changes").dblclick()
        listed.wait_for_timeout(100)  # the request is told of before it is held
    assert len(held) == 1
    held[0].continue_()
    expect_pending(listed, "")
    assert releases(session) == 2


def test_apply_refuses_what_its_presser_has_not_seen(
    listed: Page, session: Session, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 409")
    (id,) = add(session, "Early", credits=777, price_minor=15000)
    listed.reload()
    stop_polling(listed)
    press(listed, "Remove A")
    expect(bar(listed)).to_contain_text("2 pending changes")
    edit(session, id, name="Late", author=ADMIN)
    apply = listed.get_by_role("button", name="Apply Changes")
    apply.click()
    expect(bar(listed).get_by_role("alert")).to_contain_text("Nothing applied")
    expect(bar(listed)).to_contain_text("2 pending changes")
    expect(apply).to_be_focused()
    expect(listed.get_by_role("link", name="Late", exact=True)).to_be_visible()
    assert releases(session) == 1
    assert order(session) == ["B", "C", "Late"]
    apply.click()
    expect(listed.get_by_role("status")).to_contain_text(LIVE)


def test_apply_leaves_what_its_presser_has_not_seen(listed: Page, session: Session) -> None:
    stop_polling(listed)
    press(listed, "Remove A")
    expect(bar(listed)).to_contain_text("1 pending change")
    add(session, "Late", credits=777, price_minor=15000)
    listed.get_by_role("button", name="Apply Changes").click()
    said = f"{LIVE} 1 new change by you stays pending."
    expect(listed.get_by_role("status")).to_contain_text(said)
    expect_pending(listed, "1 new")
    expect(listed.get_by_role("link", name="Late", exact=True)).to_be_visible()
    assert releases(session) == 2


def test_apply_after_a_colleagues_apply_says_so(
    listed: Page, session: Session, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 409")
    stop_polling(listed)
    press(listed, "Remove A")
    expect_pending(listed, "1 removed")
    apply_all(session)
    listed.get_by_role("button", name="Apply Changes").click()
    expect(bar(listed).get_by_role("alert")).to_contain_text("you applied release 2 already")
    assert releases(session) == 2


def test_focus_is_never_under_the_bar(
    make_page: MakePage, sign_in: SignIn, session: Session
) -> None:
    page = make_page(width=320, height=700)
    add(session, "A", "B", "C", short_info="One line on the card that takes more than one line")
    sign_in(page)
    page.goto(LIST)
    page.get_by_role("button", name="Add", exact=True).focus()
    seen = []
    while (now := page.evaluate(FOCUS_AND_DOCK))["isInMain"]:
        assert now["bottom"] <= now["dockTop"], f"{now['name']} is under the bar"
        assert now["top"] >= 0, f"{now['name']} is above the screen"
        seen.append(now["name"])
        page.keyboard.press("Tab")
    assert "More for C" in seen
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="More for C")).to_be_focused()


def test_the_bar_is_lean_on_a_small_phone(
    make_page: MakePage, sign_in: SignIn, session: Session
) -> None:
    """Caught: a quarter of the screen under it; buttons too low for a thumb; Review gone."""
    add(session, "A", "B")
    page = make_page(width=320, height=640, touch=True)
    sign_in(page)
    page.goto(LIST)
    box = bar(page).bounding_box()
    assert box
    assert box["height"] <= 640 / 5
    expect(bar(page)).to_contain_text("2 pending changes")
    for control in (
        bar(page).get_by_role("link", name="Review", exact=True),
        bar(page).get_by_role("button", name="Apply Changes"),
    ):
        size = control.bounding_box()
        assert size
        assert min(size["width"], size["height"]) >= 44
