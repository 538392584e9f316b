"""The review as people use it: ticks and numbers, refusals in place, discard and undo."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import PageErrors, assert_accessible
from tests.browsing import LIST, add, apply_all, edit, move, pending, releases, remove

REVIEW = f"{LIST}review"
IS_TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(autouse=True)
def scene(session: Session) -> None:
    """A edited (tenfold), B removed and C moved by Bob; D added by Ana."""
    add(session, "A")
    add(session, "B", credits=200, price_minor=3899)
    add(session, "C", credits=300, price_minor=5799)
    apply_all(session)
    edit(session, 1, price_minor=19990, short_info="New")
    remove(session, 2)
    move(session, 3, 1)
    add(session, "D", credits=400, price_minor=7599)


@pytest.mark.parametrize(
    ("width", "dark"), [(1100, False), (1100, True), (390, False), (390, True)]
)
def test_every_state_is_accessible_and_fits(
    make_page: MakePage, sign_in: SignIn, page_errors: PageErrors, width: int, dark: bool
) -> None:
    page_errors.allow("status of 422")
    page = make_page(width=width, dark=dark)
    sign_in(page)
    for path in ("review", "discard", "1/discard?field=price_minor"):
        page.goto(f"{LIST}{path}")
        assert_accessible(page)
    page.goto(REVIEW)
    page.get_by_role("button", name="Apply 4 changes").click()
    expect(page.locator(".problems")).to_be_focused()
    assert_accessible(page)
    page.set_viewport_size({"width": 320, "height": 700})
    assert not page.evaluate(IS_TOO_WIDE)


def test_the_numbers_follow_the_ticks(page: Page, sign_in: SignIn) -> None:
    """Caught: the number of the button left as the page was opened."""
    sign_in(page)
    page.goto(REVIEW)
    page.get_by_label("B", exact=True).uncheck()
    expect(page.get_by_role("button", name="Apply 3 changes")).to_be_visible()
    expect(page.get_by_label("Include 2 changes by bob@example.com")).to_be_visible()
    page.get_by_label("A", exact=True).uncheck()
    page.get_by_label("C", exact=True).uncheck()
    expect(page.get_by_role("button", name="Apply 1 change", exact=True)).to_be_visible()
    expect(page.get_by_label("bob@example.com")).to_be_hidden()


def test_only_mine_then_apply(page: Page, sign_in: SignIn, session: Session) -> None:
    sign_in(page)
    page.goto(REVIEW)
    page.get_by_role("link", name="Only mine").click()
    page.get_by_label("Note").fill("One more")
    page.get_by_role("button", name="Apply 1 change").click()
    expect(page.get_by_role("status")).to_contain_text("Release 2 is live. Buyers see it now.")
    assert page.url.endswith(LIST)
    assert sorted(pending(session)) == ["edited A", "moved C", "removed B"]


def test_the_bar_opens_the_review(page: Page, sign_in: SignIn, session: Session) -> None:
    sign_in(page)
    page.goto(LIST)
    page.get_by_role("button", name="Apply Changes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Review")
    expect(page.get_by_role("status")).to_contain_text("Nothing was applied yet")
    assert releases(session) == 1


def test_a_refusal_keeps_ticks_and_note_in_place(
    page: Page, sign_in: SignIn, session: Session, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 4(22|09)")
    sign_in(page)
    page.goto(REVIEW)
    page.get_by_label("B", exact=True).uncheck()
    page.get_by_label("Note").fill("Dearer")
    page.get_by_role("button", name="Apply 3 changes").click()
    problems = page.locator(".problems")
    expect(problems).to_be_focused()
    problems.get_by_role("link", name="Include 2 changes by bob@example.com").click()
    tick = page.get_by_label("Include 2 changes by bob@example.com")
    expect(tick).to_be_focused()
    expect(page.get_by_label("B", exact=True)).not_to_be_checked()
    expect(page.get_by_label("Note")).to_have_value("Dearer")
    tick.check()
    page.get_by_label("about ten times the old one").check()
    add(session, "Late", credits=500, price_minor=9399)
    page.get_by_role("button", name="Apply 3 changes").click()
    expect(page.locator("#change-5-added")).to_contain_text("New since you looked")
    expect(page.get_by_label("Late", exact=True)).not_to_be_checked()
    expect(tick).to_be_checked()
    assert releases(session) == 1
    page.get_by_role("button", name="Apply 3 changes").click()
    expect(page.get_by_role("status")).to_contain_text("Release 2 is live.")
    assert sorted(pending(session)) == ["added Late", "removed B"]


@pytest.mark.parametrize("javascript", [True, False])
def test_discard_and_undo(
    make_page: MakePage, sign_in: SignIn, session: Session, javascript: bool
) -> None:
    page = make_page(javascript=javascript)
    sign_in(page)
    page.goto(REVIEW)
    before = sorted(pending(session))
    page.get_by_role("link", name="Discard all").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Discard 4 changes?")
    page.get_by_role("button", name="Discard 4 changes").click()
    expect(page.get_by_role("status")).to_contain_text("4 changes were discarded.")
    assert pending(session) == []
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("That was undone.")
    assert sorted(pending(session)) == before


def test_without_scripts_a_part_can_be_applied(
    make_page: MakePage, sign_in: SignIn, session: Session
) -> None:
    page = make_page(javascript=False)
    sign_in(page)
    page.goto(LIST)
    page.get_by_role("link", name="Review", exact=True).click()
    for name in ("A", "B", "C"):
        page.get_by_label(name, exact=True).uncheck()
    page.get_by_role("button", name="Apply the ticked changes").click()
    expect(page.get_by_role("status")).to_contain_text("Release 2 is live.")
    assert sorted(pending(session)) == ["edited A", "moved C", "removed B"]
