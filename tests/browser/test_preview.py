"""The preview as people use it: the two sides, the links, for admins and for their guests."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import PageErrors, assert_accessible, assert_fit
from tests.page_helpers import LIST, add, apply_all, edit, move, remove

PREVIEW = f"{LIST}preview"
LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverleihungsurkunde"
SELECTED = "input => input.value.slice(input.selectionStart, input.selectionEnd)"


@pytest.fixture(autouse=True)
def scene(session: Session) -> None:
    """US: A edited, B removed, C moved, one with a long name new. JP: the only one removed."""
    add(session, "A", "B", "C")
    add(session, "J", country="JP", currency="JPY")
    apply_all(session)
    edit(session, 1, name="Aa", price_minor=10**12, credits=10**9, short_info="New")
    move(session, 3, 1)
    remove(session, 2)
    remove(session, 4)
    add(session, LONG_WORD, short_info=LONG_WORD)


def make_link(page: Page) -> str:
    page.get_by_role("button", name="Create link").click()
    return page.get_by_label("Your new link").input_value()


def test_it_is_accessible_and_fits(
    make_page: MakePage, sign_in: SignIn, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 404")
    page, guest = make_page(), make_page()
    sign_in(page)
    page.goto(f"{PREVIEW}?country=JP")
    assert_fit(page)
    page.goto(f"{PREVIEW}?country=US&show=both&cards=ar")
    link = make_link(page)
    assert_fit(page)
    page.get_by_role("button", name="Country: United States").click()
    assert_accessible(page)
    guest.goto(link)
    expect(guest.get_by_role("heading", name="Draft preview")).to_be_visible()
    assert_fit(guest)
    guest.goto("/preview/x")
    assert_fit(guest)


def test_the_strip_of_the_preview_fits_the_smallest_screen(
    make_page: MakePage, sign_in: SignIn
) -> None:
    """Caught: three controls in one line, their words broken into letters."""
    page = make_page(width=320)
    sign_in(page)
    page.goto(PREVIEW)
    bar = page.get_by_role("region", name="Pending changes")
    for control in (*bar.get_by_role("link").all(), bar.get_by_role("button")):
        box = control.bounding_box()
        assert box
        assert box["height"] < 60
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320


def test_live_stands_first_and_beside_the_draft_where_there_is_room(
    make_page: MakePage, sign_in: SignIn
) -> None:
    page = make_page(width=1280)
    sign_in(page)
    page.goto(f"{PREVIEW}?country=US&show=both")
    sides = [page.get_by_role("region", name=name) for name in ("Live", "Draft")]
    for width, is_beside in ((1280, True), (900, False)):
        page.set_viewport_size({"width": width, "height": 700})
        live, draft = (side.bounding_box() for side in sides)
        assert live
        assert draft
        assert (draft["x"] > live["x"]) is is_beside
        assert (draft["y"] > live["y"]) is not is_beside
    page.set_viewport_size({"width": 1280, "height": 700})
    cards = [card.bounding_box() for card in sides[0].get_by_role("listitem").all()]
    assert len({card and card["x"] for card in cards}) == 2


def test_a_phone_is_as_wide_as_one(make_page: MakePage, sign_in: SignIn) -> None:
    page = make_page(width=1280)
    sign_in(page)
    page.goto(f"{PREVIEW}?country=US")
    page.get_by_role("link", name="Phone").click()
    frame = page.get_by_role("region", name="Draft").bounding_box()
    assert frame
    assert frame["width"] == 390


@pytest.mark.parametrize("javascript", [True, False])
def test_from_the_review_by_a_country_to_another(
    make_page: MakePage, sign_in: SignIn, javascript: bool
) -> None:
    page = make_page(javascript=javascript)
    sign_in(page)
    page.goto(f"{LIST}review")
    page.get_by_role("link", name="Preview Japan").click()
    expect(page.get_by_role("heading", name="No packages in Japan after Apply")).to_be_visible()
    page.get_by_role("button", name="Country: Japan , 1 pending").click()
    page.get_by_role("link", name="United States , 4 pending").click()
    draft = page.get_by_role("region", name="Draft")
    expect(draft.get_by_role("listitem").first).to_contain_text("3rd → 1st")
    page.get_by_role("button", name="Language of the cards: English").click()
    page.get_by_role("link", name="Deutsch").click()
    expect(draft.get_by_text("Credit-Pakete")).to_be_visible()
    expect(draft.get_by_role("listitem").first).to_contain_text("Moved")
    page.get_by_role("link", name="Review").click()
    expect(page).to_have_url(re.compile(f"{LIST}review$"))


@pytest.mark.parametrize("javascript", [True, False])
def test_a_guest_sees_the_drafts_until_the_link_is_revoked(
    make_page: MakePage,
    sign_in: SignIn,
    session: Session,
    page_errors: PageErrors,
    javascript: bool,
) -> None:
    page_errors.allow("status of 404")
    page, guest = make_page(javascript=javascript), make_page(javascript=javascript)
    sign_in(page)
    page.goto(PREVIEW)
    page.get_by_label("1 day").check()
    link = make_link(page)
    expect(page.get_by_label("Your new link")).to_be_focused()
    expect(page.get_by_role("status")).to_contain_text("Link created.")
    guest.goto(link)
    expect(guest.get_by_role("heading", name="Aa", exact=True)).to_be_visible()
    guest.get_by_role("button", name="Country: United States").click()
    guest.get_by_role("link", name="Japan no packages left").click()
    expect(guest.get_by_role("heading", name="No packages in Japan after Apply")).to_be_visible()
    edit(session, 1, name="Aaa")
    guest.goto(link)
    expect(guest.get_by_role("heading", name="Aaa", exact=True)).to_be_visible()
    page.get_by_role("button", name="Revoke the link by you").click()
    expect(page.get_by_role("status")).to_contain_text("The link was revoked.")
    expect(page.get_by_text("None. Nobody without an account")).to_be_visible()
    guest.reload()
    expect(guest.get_by_text("This preview link does not work any more.")).to_be_visible()


def test_the_new_link_is_selected_and_copied(page: Page, sign_in: SignIn) -> None:
    sign_in(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(PREVIEW)
    link = make_link(page)
    expect(page.get_by_label("Your new link")).to_be_focused()
    assert page.get_by_label("Your new link").evaluate(SELECTED) == link
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status")).to_contain_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == link


def test_where_nothing_may_be_copied_the_link_is_selected(page: Page, sign_in: SignIn) -> None:
    sign_in(page)
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'clipboard', {get() {}})")
    page.goto(PREVIEW)
    link = make_link(page)
    page.get_by_role("button", name="Create link").focus()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status")).to_contain_text("Selected.")
    assert page.get_by_label("Your new link").evaluate(SELECTED) == link


def test_after_revoking_the_focus_is_kept(page: Page, sign_in: SignIn) -> None:
    sign_in(page)
    page.goto(PREVIEW)
    make_link(page)
    page.get_by_role("button", name="Revoke the link").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Share this preview")).to_be_focused()


def test_a_refusal_stays_in_place(page: Page, sign_in: SignIn, page_errors: PageErrors) -> None:
    page_errors.allow("status of 422")
    sign_in(page)
    page.goto(PREVIEW)
    page.get_by_label("30 days").evaluate("box => { box.value = '365'; box.checked = true; }")
    page.get_by_role("button", name="Create link").click()
    expect(page.get_by_role("group", name="Valid for")).to_contain_text("Choose how long")
    assert_accessible(page)
