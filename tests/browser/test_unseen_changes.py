"""What others did is told on the page, and shown when it is asked for: nothing jumps by itself."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from domain.catalogue.drafts import drafts
from domain.catalogue.settings.rules import SettingsValues
from domain.database import writing
from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import assert_accessible
from tests.browser.packages_list import names, press_in_more, states
from tests.conftest import ADMIN
from tests.page_helpers import BOB, LIST, add, apply_all, edit, move, remove


@pytest.fixture
def listed(page: Page, sign_in: SignIn, session: Session) -> Page:
    """The list with three live packages of the United States: A, B and C."""
    add(session, "A", "B", "C")
    apply_all(session)
    sign_in(page)
    page.goto(LIST)
    return page


def ask(page: Page) -> None:
    """What the page asks by itself every 8 seconds, now; returns when the answer is in place."""
    page.evaluate(
        """() => new Promise(done => {
          addEventListener('htmx:finally:request',
            event => event.detail.ctx.sourceElement.id === 'pending' && done());
          htmx.trigger('#pending', 'every');
        })"""
    )


def told(page: Page, words: str) -> None:
    """What the notice says after the page asked; "" for no notice."""
    ask(page)
    if words:
        expect(page.locator("#unseen p")).to_have_text(words)
    else:
        expect(page.locator("#unseen")).to_be_empty()


def show(page: Page) -> None:
    page.locator("#show-unseen").click()
    expect(page.locator("#unseen")).to_be_empty()


def test_the_list_says_who_changed_it_and_shows_it_when_asked(
    listed: Page, session: Session
) -> None:
    told(listed, "")
    edit(session, 2, name="Better")
    move(session, 3, 1)
    told(listed, "bob@example.com changed 2 packages.")
    expect(listed.locator("#unseen-status")).to_have_text("bob@example.com changed 2 packages.")
    expect(names(listed)).to_have_text(["A", "B", "C"])
    assert_accessible(listed)
    listed.get_by_role("button", name="Show them").click()
    expect(names(listed)).to_have_text(["C", "A", "Better"])
    expect(listed.locator(".changed", has_text="bob@example.com changed this")).to_have_count(2)
    expect(listed.get_by_role("button", name="Edit C")).to_be_focused()
    expect(listed.get_by_role("status")).to_have_text("The list is up to date.")
    assert_accessible(listed)
    told(listed, "")


def test_the_notice_stays_until_the_list_is_shown_anew(listed: Page, session: Session) -> None:
    """Seeded bug: told when the bar's token differs; the next poll took the notice away."""
    edit(session, 2, name="Better")
    words = "bob@example.com changed 1 package."
    told(listed, words)
    told(listed, words)
    listed.locator("#edit-1").click()
    listed.get_by_label("Credits").fill("7")
    listed.get_by_role("button", name="Save", exact=True).click()
    expect(listed.get_by_role("status")).to_have_text("A saved.")
    told(listed, words)
    listed.locator("#handle-1").press("ArrowDown")
    expect(listed.get_by_role("status")).to_contain_text("A is at place 2")
    told(listed, words)
    press_in_more(listed, "C", "Remove C")  # answers with the whole list
    expect(listed.locator("#unseen")).to_be_empty()
    expect(names(listed)).to_have_text(["Better", "A", "C"])
    told(listed, "")


def test_it_is_read_out_once(listed: Page, session: Session) -> None:
    """Seeded bug: each further change was read out."""
    edit(session, 1, name="Better")
    told(listed, "bob@example.com changed 1 package.")
    edit(session, 2, name="Best")
    told(listed, "bob@example.com changed 2 packages.")
    expect(listed.locator("#unseen-status")).to_have_text("bob@example.com changed 1 package.")
    show(listed)
    expect(listed.locator("#unseen-status")).to_be_empty()


def test_own_changes_are_no_news(listed: Page, session: Session) -> None:
    listed.locator("#handle-1").press("ArrowDown")
    expect(listed.get_by_role("status")).to_contain_text("A is at place 2")
    told(listed, "")
    edit(session, 3, author=ADMIN, name="Mine")
    told(listed, "")


def test_it_says_that_a_colleague_applied(listed: Page, session: Session) -> None:
    edit(session, 1, author=ADMIN, name="Better")
    listed.reload()
    expect(states(listed).first).to_have_text("Edited")
    apply_all(session, BOB)
    told(listed, "bob@example.com applied release 2.")
    expect(states(listed).first).to_have_text("Edited")
    listed.get_by_role("button", name="Show it").click()
    expect(states(listed).first).to_have_text("Live")
    expect(listed.get_by_role("heading", level=1)).to_be_focused()
    told(listed, "")


def test_typed_text_and_focus_survive_polls_and_show_them(listed: Page, session: Session) -> None:
    """Seeded bug: the poll brought the list along; with outerHTML it swapped the open form."""
    listed.locator("#edit-2").click()
    name = listed.get_by_label("Package Name")
    name.fill("Typed with care")
    edit(session, 2, credits=7)
    edit(session, 3, credits=7)
    told(listed, "bob@example.com changed 2 packages.")
    expect(name).to_be_focused()
    expect(name).to_have_value("Typed with care")
    show(listed)
    expect(name).to_have_value("Typed with care")
    expect(listed.locator("#package-3 td.credits")).to_contain_text("7")
    expect(listed.get_by_text("Not saved")).to_be_visible()


@pytest.mark.parametrize("alone", [False, True])
def test_a_row_in_edit_mode_stays_when_its_package_is_gone(
    listed: Page, session: Session, alone: bool
) -> None:
    """Seeded bug: a row that the fresh list does not have took what was typed along."""
    [new] = add(session, "New", country="DE" if alone else "US")
    listed.reload()
    listed.locator(f"#edit-{new}").click()
    name = listed.get_by_label("Package Name")
    name.fill("Typed with care")
    remove(session, new)
    told(listed, "bob@example.com changed 1 package.")
    show(listed)
    expect(listed.get_by_role("status")).to_contain_text("not on this page")
    expect(name).to_have_value("Typed with care")


def test_a_saved_row_that_leaves_the_list_leaves_nothing_behind(listed: Page) -> None:
    """Seeded bug: kept like a row in edit mode; an empty one stayed."""
    listed.goto(f"{LIST}?country=US")
    listed.locator("#edit-2").click()
    listed.get_by_label("Package Country").select_option("DE")
    listed.get_by_role("button", name="Save", exact=True).click()
    expect(listed.get_by_role("status")).to_contain_text("B saved.")
    expect(listed.locator(".packages > tr")).to_have_count(2)


def test_a_list_of_one_country_is_told_of_that_country(listed: Page, session: Session) -> None:
    ids = add(session, "D", "E", country="DE", currency="EUR")
    listed.goto(f"{LIST}?country=DE")
    edit(session, 1, credits=7)
    told(listed, "")
    edit(session, ids[0], country="US", currency="USD")
    told(listed, "bob@example.com changed 1 package.")
    show(listed)
    expect(names(listed)).to_have_text(["E"])


def test_the_settings_page_says_that_a_colleague_saved(listed: Page, session: Session) -> None:
    listed.goto("/settings/")
    edit(session, 1, credits=7)
    told(listed, "")
    with writing(session):
        drafts.edit_settings(session, SettingsValues("Theirs", "US"), version=1, author=BOB)
    told(listed, "bob@example.com changed these settings.")
    assert_accessible(listed)
    listed.get_by_role("link", name="Show them").click()
    expect(listed.get_by_label("Platform Name")).to_have_value("Theirs")
    told(listed, "")


def test_the_review_says_that_it_is_old_and_keeps_what_was_typed(
    listed: Page, session: Session
) -> None:
    edit(session, 1, author=ADMIN, credits=7)
    listed.goto(f"{LIST}review")
    told(listed, "")
    listed.get_by_label("Note").fill("Autumn")
    edit(session, 2, credits=8)
    told(listed, "The pending changes are not those shown here any more.")
    assert_accessible(listed)
    listed.get_by_role("button", name="Look again").click()
    expect(listed.get_by_text("New since you looked")).to_have_count(1)
    expect(listed.get_by_label("Note")).to_have_value("Autumn")
    expect(listed.get_by_role("heading", level=1)).to_be_focused()
    expect(listed.locator("#unseen")).to_be_empty()
    told(listed, "")


def test_the_notice_never_covers_the_focus(
    make_page: MakePage, sign_in: SignIn, session: Session
) -> None:
    page = make_page(width=320, height=700)
    add(session, "A", "B", "C")
    sign_in(page)
    page.goto(LIST)
    edit(session, 1, name="Better")
    told(page, "bob@example.com changed 1 package.")
    top = page.locator("#unseen").bounding_box()
    assert top
    page.locator("#filter-search").focus()
    for _ in range(9):
        page.keyboard.press("Tab")
        box = page.locator("main :focus").bounding_box()
        assert box
        assert box["y"] + box["height"] <= top["y"]
    expect(page.get_by_role("button", name="More for C")).to_be_focused()
