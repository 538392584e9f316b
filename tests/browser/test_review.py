"""The review as people use it: ticks and numbers, refusals in place, discard and undo."""

import re
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
    """A edited (tenfold, which makes it dear), B removed and C moved by Bob; D added by Ana."""
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


def select_all(page: Page) -> None:
    page.get_by_role("button", name="Select all").click()


def test_every_state_is_accessible_and_fits(
    page: Page, sign_in: SignIn, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 422")
    sign_in(page)
    page.goto(f"{LIST}discard")
    assert_fit(page)
    page.goto(REVIEW)
    assert_fit(page)
    select_all(page)
    page.get_by_role("button", name="Apply 4 changes").click()
    expect(page.locator(".warnings")).to_be_focused()
    assert_fit(page)


def test_the_numbers_follow_the_ticks(page: Page, sign_in: SignIn) -> None:
    """Caught: the number of the button left as the page was opened."""
    sign_in(page)
    page.goto(REVIEW)
    expect(page.get_by_role("button", name="Apply 1 change", exact=True)).to_be_visible()
    include = page.get_by_label("Include 3 changes by bob@example.com")
    expect(include).not_to_be_checked()
    include.check()
    expect(page.get_by_role("button", name="Apply 4 changes")).to_be_visible()
    box(page, "B, Removed").uncheck()
    expect(page.get_by_role("button", name="Apply 3 changes")).to_be_visible()
    expect(include).to_be_checked()
    country = box(page, "All of United States")
    assert country.evaluate("box => box.indeterminate")
    for name in ("A, Edited", "C, Moved"):
        box(page, name).uncheck()
    expect(include).not_to_be_checked()
    country.check()
    expect(include).to_be_checked()
    expect(page.get_by_role("button", name="Apply 4 changes")).to_be_visible()


def test_a_warning_asks_while_its_change_is_ticked(page: Page, sign_in: SignIn) -> None:
    """Caught: one that came later covered by the tick that was set before it was there."""
    sign_in(page)
    page.goto(REVIEW)
    expect(page.locator(".warnings")).to_be_hidden()
    expect(page.locator(".to-check")).to_be_hidden()
    box(page, "A, Edited").check()
    expect(page.get_by_role("heading", name="Check 1 warning before applying")).to_be_visible()
    page.get_by_role("link", name="1 warning to check").click()
    checked = page.get_by_label("Checked: A. Price is ten times the live price")
    expect(checked).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator(".to-check")).to_be_hidden()
    box(page, "A, Edited").uncheck()
    expect(page.locator(".warnings")).to_be_hidden()


def test_ticks_are_set_in_place(page: Page, sign_in: SignIn) -> None:
    """Caught: a page opened anew, without the note and the other ticks."""
    sign_in(page)
    page.goto(REVIEW)
    page.get_by_label("Note").fill("Typed with care")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for button, count in (("Clear", 0), ("Only mine", 1), ("Select all", 4)):
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_role("button", name=button, exact=True)).to_be_focused()
        expect(page.locator("[name=change]:checked")).to_have_count(count)
        expect(page.locator(".apply-strip")).to_contain_text(f"{count} of 4 selected")
        words = f"Apply {count} {'change' if count == 1 else 'changes'}"
        expect(page.get_by_role("button", name=words, exact=True)).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("Typed with care")
    assert requests == []


def test_enter_in_the_note_applies_and_sets_no_tick(
    page: Page, sign_in: SignIn, session: Session
) -> None:
    """Caught: Select all pressed by Enter."""
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
    add(session, "E", credits=500, price_minor=9399)
    page.goto(REVIEW)
    box(page, "D, New").uncheck()
    page.get_by_label("Note").fill("Typed with care")
    page.get_by_label("Include 3 changes").check()
    page.get_by_label("Checked: A.").check()
    page.get_by_role("link", name="Edit A").click()
    page.get_by_label("Package Name").fill("Aa" if leave == "Save" else "A")
    page.get_by_text(leave, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Review")
    assert page.url.endswith("/review#change-package-1-edited")
    expect(page.get_by_label("Note")).to_have_value("Typed with care")
    expect(page.get_by_role("button", name="Apply 1 change", exact=True)).to_be_visible()
    expect(box(page, "D, New")).not_to_be_checked()
    # What it agrees to may be something else by now.
    expect(page.get_by_label("Include 3 changes")).not_to_be_checked()
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
    expect(page.locator("[name=change]")).to_have_count(3)
    expect(page.locator("[name=change]:checked")).to_have_count(0)
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
  const bar = document.querySelector('.dock');
  return {name: focus.ariaLabel || focus.id, top, bottom, barTop: bar.getBoundingClientRect().top,
          isInMain: Boolean(focus.closest('.content')), isInBar: bar.contains(focus)};
}
"""


def test_apply_is_at_hand_and_never_covers_the_focus(
    page: Page, sign_in: SignIn, session: Session
) -> None:
    """Caught: thousands of pixels to scroll before Apply; focus below a bar without room."""
    for n in range(12):
        add(session, f"More {n}", credits=1000 + n, price_minor=18000 + n)
    sign_in(page)
    for width, height in ((1100, 800), (320, 700), (320, 256)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(REVIEW)
        if height > 400:
            expect(page.get_by_role("button", name="Apply 13 changes")).to_be_in_viewport(ratio=1)
        page.get_by_role("button", name="Select all").focus()
        seen = 0
        while (now := page.evaluate(FOCUS_AND_BAR))["isInMain"]:
            is_seen = now["isInBar"] or now["bottom"] <= now["barTop"]
            assert is_seen, f"{now['name']} is under the bar"
            assert now["top"] >= 0, f"{now['name']} is above the screen"
            seen += 1
            page.keyboard.press("Tab")
        assert seen > 40


def test_a_long_name_stays_beside_its_check_box(
    page: Page, sign_in: SignIn, session: Session
) -> None:
    edit(session, 1, name=" ".join(["A long name"] * 6), price_minor=2100)
    sign_in(page)
    for width in (320, 1100):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(REVIEW)
        check = page.get_by_role("checkbox", name="A long name").first.bounding_box()
        name = page.get_by_role("link", name="A long name").first.bounding_box()
        assert check
        assert name
        assert name["x"] >= check["x"] + check["width"]
        assert name["y"] - 8 < check["y"] < name["y"] + name["height"]


def test_only_mine_then_apply(page: Page, sign_in: SignIn, session: Session) -> None:
    sign_in(page)
    page.goto(REVIEW)
    page.get_by_label("Note").fill("One more")
    page.get_by_role("button", name="Only mine").click()
    page.get_by_role("button", name="Apply 1 change").click()
    expect(page.get_by_role("status")).to_contain_text("Release 2 is live. Buyers see it now.")
    assert page.url.endswith(LIST)
    assert sorted(pending(session)) == ["edited A", "moved C", "removed B"]


def test_38_changes_with_4_warnings_take_three_presses(
    page: Page, sign_in: SignIn, session: Session
) -> None:
    """Caught: a tick for each warning, somewhere among the changes."""
    sizes = range(500, 538)
    ids = [add(session, f"P{n}", credits=n, price_minor=n * 20)[0] for n in sizes]
    apply_all(session)
    for n, id in zip(sizes, ids, strict=True):
        edit(session, id, author=ADMIN, price_minor=n * (28 if n < 504 else 19))
    sign_in(page)
    page.goto(LIST)
    page.get_by_role("button", name="Apply Changes").click()
    expect(page.locator(".warnings")).to_be_focused()
    page.get_by_label("I have checked these 4 warnings").check()
    page.get_by_role("button", name="Apply 38 changes").click()
    expect(page.get_by_role("status")).to_contain_text("is live.")
    assert pending(session) == []


def test_a_refusal_keeps_ticks_and_note_in_place(
    page: Page, sign_in: SignIn, session: Session, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 4(22|09)")
    sign_in(page)
    page.goto(REVIEW)
    select_all(page)
    box(page, "B, Removed").uncheck()
    page.get_by_label("Note").fill("Dearer")
    page.get_by_role("button", name="Apply 3 changes").click()
    expect(page.locator(".warnings")).to_be_focused()
    expect(page.get_by_role("heading", name="Not applied: check 1 warning first")).to_be_visible()
    expect(box(page, "B, Removed")).not_to_be_checked()
    expect(page.get_by_label("Include 3 changes by bob@example.com")).to_be_checked()
    expect(page.get_by_label("Note")).to_have_value("Dearer")
    page.get_by_label("Checked: A.").check()
    add(session, "Late", credits=500, price_minor=9399)
    edit(session, 4, name="Dd", author=ADMIN)
    page.get_by_role("button", name="Apply 3 changes").click()
    expect(page.locator(".problems")).to_be_focused()
    for key in ("package-4-added", "package-5-added"):
        expect(page.locator(f"#change-{key}")).to_contain_text("New since you looked")
    for name in ("Late", "Dd"):
        expect(box(page, f"{name}, New, new since you looked")).not_to_be_checked()
    expect(page.get_by_label("Include 3 changes by bob@example.com")).to_be_checked()
    assert releases(session) == 1
    add(session, "Later", credits=600, price_minor=11199)
    page.get_by_role("button", name="Apply 2 changes").click()
    said = "Release 2 is live. Buyers see it now. 1 new change by you stays pending."
    expect(page.get_by_role("status")).to_contain_text(said)
    assert sorted(pending(session)) == ["added Dd", "added Late", "added Later", "removed B"]


@pytest.mark.parametrize("javascript", [True, False])
def test_a_line_is_discarded_in_place_with_undo(
    make_page: MakePage, sign_in: SignIn, session: Session, javascript: bool
) -> None:
    """Caught: the note and the ticks gone; the focus lost with the line."""
    page = make_page(javascript=javascript)
    sign_in(page)
    page.goto(REVIEW)
    before = sorted(pending(session))
    page.get_by_label("Note").fill("Typed with care")
    page.get_by_role("button", name="Discard Price of A").click()
    expect(page.get_by_role("status")).to_contain_text("Price of A discarded.")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Review")
    expect(page.get_by_label("Note")).to_have_value("Typed with care")
    expect(page.locator("[name=change]:checked")).to_have_count(1)
    if javascript:
        expect(page.get_by_role("button", name="Discard A, Edited")).to_be_focused()
        expect(page.get_by_role("button", name="Apply 1 change", exact=True)).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("That was undone.")
    assert sorted(pending(session)) == before


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
    expect(page.get_by_role("status")).to_contain_text("4 changes discarded.")
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
    expect(page.locator("[name=change]:checked")).to_have_count(1)
    page.get_by_role("button", name="Apply selected changes").click()
    expect(page.get_by_role("status")).to_contain_text("Release 2 is live.")
    assert sorted(pending(session)) == ["edited A", "moved C", "removed B"]


def test_going_back_ticks_what_was_left_out_before(
    page: Page, sign_in: SignIn, session: Session
) -> None:
    """Caught: "What buyers saw is ticked here" with that change unticked, as it was on an earlier
    review of this tab."""
    apply_all(session)
    edit(session, 1, short_info="Newer", author=ADMIN)
    sign_in(page)
    page.goto(REVIEW)
    box(page, "A, Edited").uncheck()
    page.goto(f"{LIST}history")
    page.locator(".message").get_by_role("button", name="Go back to release 1").click()
    expect(page).to_have_url(re.compile("back="))
    expect(box(page, "A, Edited")).to_be_checked()
