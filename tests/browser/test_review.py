"""The review as people use it: ticks and numbers, refusals in place, discard and undo."""

from dataclasses import replace

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.browser import harness
from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import LiveApp, PageErrors, assert_fit
from tests.conftest import ADMIN, make_admin
from tests.page_helpers import BOB, LIST, add, apply_all, edit, move, pending, releases, remove

REVIEW = f"{LIST}review"


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


def box(page: Page, name: str) -> Locator:
    """The check box of a change: "Team, Edited"."""
    return page.get_by_role("checkbox", name=name, exact=True)


def test_every_state_is_accessible_and_fits(
    page: Page, sign_in: SignIn, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 422")
    sign_in(page)
    for path in ("review", "discard", "items/package-1/discard?field=price_minor"):
        page.goto(f"{LIST}{path}")
        assert_fit(page)
    page.goto(REVIEW)
    page.get_by_role("button", name="Apply 4 changes").click()
    expect(page.locator(".problems")).to_be_focused()
    assert_fit(page)


def test_the_numbers_follow_the_ticks(page: Page, sign_in: SignIn) -> None:
    """Caught: the number of the button left as the page was opened."""
    sign_in(page)
    page.goto(REVIEW)
    box(page, "B, Removed").uncheck()
    expect(page.get_by_role("button", name="Apply 3 changes")).to_be_visible()
    expect(page.get_by_label("Include 2 changes by bob@example.com")).to_be_visible()
    box(page, "A, Edited").uncheck()
    box(page, "C, Moved").uncheck()
    expect(page.get_by_role("button", name="Apply 1 change", exact=True)).to_be_visible()
    expect(page.get_by_label("bob@example.com")).to_be_hidden()


def test_ticks_are_set_in_place(page: Page, sign_in: SignIn) -> None:
    """Caught: a page opened anew, without the note and the other ticks."""
    sign_in(page)
    page.goto(REVIEW)
    page.get_by_label("Note").fill("Typed with care")
    page.get_by_label("about ten times the old one").check()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for button, count in (
        ("Tick none", 0),
        ("Only mine", 1),
        ("Tick all", 4),
    ):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("button", name=button)).to_be_focused()
        expect(page.locator("[name=change]:checked")).to_have_count(count)
        expect(page.locator(".apply-bar")).to_contain_text(f"{count} of 4 ticked")
        words = f"Apply {count} {'change' if count == 1 else 'changes'}"
        expect(page.get_by_role("button", name=words, exact=True)).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("Typed with care")
    expect(page.get_by_label("about ten times the old one")).to_be_checked()
    assert requests == []


def test_enter_in_the_note_applies_and_sets_no_tick(
    page: Page, sign_in: SignIn, session: Session
) -> None:
    """Caught: Tick all pressed by Enter."""
    sign_in(page)
    page.goto(REVIEW)
    page.get_by_role("button", name="Only mine").click()
    page.get_by_label("Note").fill("One more")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Release 2 is live.")
    assert sorted(pending(session)) == ["edited A", "moved C", "removed B"]


@pytest.mark.parametrize("leave", ["Save", "Cancel"])
def test_edit_leads_back_and_nothing_typed_is_lost(
    page: Page, sign_in: SignIn, session: Session, leave: str
) -> None:
    """Caught: the list after Save; the review as if nothing had been ticked and typed."""
    sign_in(page)
    page.goto(REVIEW)
    page.get_by_role("button", name="Tick none").click()
    box(page, "A, Edited").check()
    page.get_by_label("Note").fill("Typed with care")
    page.get_by_label("about ten times the old one").check()
    page.get_by_role("link", name="Edit A").click()
    page.get_by_label("Package Name").fill("Aa" if leave == "Save" else "A")
    page.get_by_text(leave, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Review")
    assert page.url.endswith("/review#change-package-1-edited")
    expect(page.get_by_label("Note")).to_have_value("Typed with care")
    expect(page.locator("[name=change]:checked")).to_have_count(1)
    expect(page.get_by_role("button", name="Apply 1 change", exact=True)).to_be_visible()
    # What it agrees to may be something else by now.
    expect(page.get_by_label("about ten times the old one")).not_to_be_checked()
    assert ("edited Aa" in pending(session)) == (leave == "Save")


def test_what_was_applied_is_not_typed_again(page: Page, sign_in: SignIn, session: Session) -> None:
    sign_in(page)
    page.goto(REVIEW)
    page.get_by_role("button", name="Only mine").click()
    page.get_by_label("Note").fill("One more")
    page.get_by_role("button", name="Apply 1 change", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Release 2 is live.")
    page.goto(REVIEW)
    expect(page.get_by_label("Note")).to_have_value("")
    expect(page.locator("[name=change]:checked")).to_have_count(3)
    assert releases(session) == 2


def test_a_note_is_not_kept_for_somebody_else(
    page: Page, sign_in: SignIn, live_app: LiveApp, engine: Engine
) -> None:
    sign_in(page)
    page.goto(REVIEW)
    page.get_by_label("Note").fill("Ana's own")
    page.context.clear_cookies()
    harness.sign_in(page, replace(live_app, admin=make_admin(engine, BOB)))
    page.goto(REVIEW)
    expect(page.get_by_label("Note")).to_have_value("")


# Where focus is, and where the bar is that lies over the page.
FOCUS_AND_BAR = """
() => {
  const focus = document.activeElement, {top, bottom} = focus.getBoundingClientRect();
  const bar = document.querySelector('.apply-bar');
  return {name: focus.ariaLabel || focus.id, top, bottom, barTop: bar.getBoundingClientRect().top,
          isInMain: Boolean(focus.closest('main')), isInBar: bar.contains(focus)};
}
"""


@pytest.mark.parametrize(("width", "height"), [(1100, 800), (320, 700), (320, 256)])
def test_apply_is_at_hand_and_never_covers_the_focus(
    make_page: MakePage, sign_in: SignIn, session: Session, width: int, height: int
) -> None:
    """Caught: thousands of pixels to scroll before Apply; focus below a bar without room."""
    for n in range(12):
        add(session, f"More {n}", credits=1000 + n, price_minor=18000 + n)
    page = make_page(width=width, height=height)
    sign_in(page)
    page.goto(REVIEW)
    if height > 400:
        expect(page.get_by_role("button", name="Apply 16 changes")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Tick all").focus()
    seen = 0
    while (now := page.evaluate(FOCUS_AND_BAR))["isInMain"]:
        assert now["isInBar"] or now["bottom"] <= now["barTop"], f"{now['name']} is under the bar"
        assert now["top"] >= 0, f"{now['name']} is above the screen"
        seen += 1
        page.keyboard.press("Tab")
    assert seen > 40


def test_the_bar_leads_to_the_note(page: Page, sign_in: SignIn) -> None:
    sign_in(page)
    page.goto(REVIEW)
    page.get_by_role("link", name="Note and questions").click()
    expect(page.get_by_role("heading", name="Before it goes live")).to_be_focused()
    page.get_by_role("link", name="Skip to Apply").press("Enter")
    expect(page.locator(".apply-bar")).to_be_focused()


@pytest.mark.parametrize("width", [320, 1100])
def test_a_long_name_stays_beside_its_check_box(
    make_page: MakePage, sign_in: SignIn, session: Session, width: int
) -> None:
    edit(session, 1, name=" ".join(["A long name"] * 6), price_minor=2100)
    page = make_page(width=width)
    sign_in(page)
    page.goto(REVIEW)
    check = page.get_by_role("checkbox", name="A long name").first.bounding_box()
    label = page.locator("label", has_text="A long name").first.bounding_box()
    assert check
    assert label
    assert label["x"] >= check["x"] + check["width"]
    assert abs(label["y"] - check["y"]) < 6


def test_only_mine_then_apply(page: Page, sign_in: SignIn, session: Session) -> None:
    sign_in(page)
    page.goto(REVIEW)
    page.get_by_label("Note").fill("One more")
    page.get_by_role("button", name="Only mine").click()
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
    box(page, "B, Removed").uncheck()
    page.get_by_label("Note").fill("Dearer")
    page.get_by_role("button", name="Apply 3 changes").click()
    problems = page.locator(".problems")
    expect(problems).to_be_focused()
    problems.get_by_role("link", name="Include 2 changes by bob@example.com").click()
    tick = page.get_by_label("Include 2 changes by bob@example.com")
    expect(tick).to_be_focused()
    expect(box(page, "B, Removed")).not_to_be_checked()
    expect(page.get_by_label("Note")).to_have_value("Dearer")
    tick.check()
    page.get_by_label("about ten times the old one").check()
    add(session, "Late", credits=500, price_minor=9399)
    edit(session, 4, name="Dd", author=ADMIN)
    page.get_by_role("button", name="Apply 3 changes").click()
    for key in ("package-4-added", "package-5-added"):
        expect(page.locator(f"#change-{key}")).to_contain_text("New since you looked")
    for name in ("Late", "Dd"):
        expect(box(page, f"{name}, New, new since you looked")).not_to_be_checked()
    expect(tick).to_be_checked()
    assert releases(session) == 1
    add(session, "Later", credits=600, price_minor=11199)
    page.get_by_role("button", name="Apply 2 changes").click()
    said = "Release 2 is live. Buyers see it now. 1 new change by you stays pending."
    expect(page.get_by_role("status")).to_contain_text(said)
    assert sorted(pending(session)) == ["added Dd", "added Late", "added Later", "removed B"]


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


def test_without_scripts_ticks_are_set_and_the_note_stays(
    make_page: MakePage, sign_in: SignIn, session: Session
) -> None:
    page = make_page(javascript=False)
    sign_in(page)
    page.goto(REVIEW)
    page.get_by_label("Note").fill("Typed with care")
    page.get_by_role("button", name="Only mine").click()
    expect(page.locator("[name=change]:checked")).to_have_count(1)
    expect(page.get_by_label("Note")).to_have_value("Typed with care")
    page.get_by_label("Note").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Release 2 is live.")
    assert sorted(pending(session)) == ["edited A", "moved C", "removed B"]


def test_without_scripts_a_part_can_be_applied(
    make_page: MakePage, sign_in: SignIn, session: Session
) -> None:
    page = make_page(javascript=False)
    sign_in(page)
    page.goto(LIST)
    page.get_by_role("link", name="Review", exact=True).click()
    for name in ("A, Edited", "B, Removed", "C, Moved"):
        box(page, name).uncheck()
    page.get_by_role("button", name="Apply the ticked changes").click()
    expect(page.get_by_role("status")).to_contain_text("Release 2 is live.")
    assert sorted(pending(session)) == ["edited A", "moved C", "removed B"]
