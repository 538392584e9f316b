"""Two admins, two browsers, the same row: nothing of either is lost, in either order."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import LiveApp, PageErrors, assert_accessible
from tests.browsing import LIST, add, apply_all, draft
from tests.conftest import make_admin, signed_in_client

BEN = "ben@example.com"


@pytest.fixture
def ana(make_page: MakePage, sign_in: SignIn, session: Session) -> Page:
    add(session, "Pro")
    apply_all(session)
    page = make_page()
    sign_in(page)
    return page


@pytest.fixture
def ben(make_page: MakePage, live_app: LiveApp, engine: Engine) -> Page:
    page = make_page(width=390, dark=True)
    make_admin(engine, BEN)
    client = signed_in_client(live_app.app, engine, BEN)
    cookie = client.get_cookie(live_app.app.config["SESSION_COOKIE_NAME"])
    assert cookie
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_app.url}])
    return page


def open_form(page: Page) -> None:
    page.goto(LIST)
    page.get_by_role("button", name="Edit Pro").click()
    expect(page.get_by_label("Package Name")).to_be_focused()


def save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()


@pytest.mark.parametrize("first", ["ana", "ben"])
def test_different_fields_of_a_row_are_both_kept(
    ana: Page, ben: Page, session: Session, first: str
) -> None:
    """Caught: the last save overwriting the row."""
    for page in (ana, ben):
        open_form(page)
    ana.get_by_label("Package Name").fill("Prime")
    ben.get_by_label("Credits").fill("120")
    faster, slower = (ana, ben) if first == "ana" else (ben, ana)
    save(faster)
    expect(faster.get_by_role("status")).to_contain_text("was saved.")
    save(slower)
    expect(slower.get_by_role("status")).to_contain_text(f"Saved together with {first}@")
    assert (draft(session, 1).name, draft(session, 1).credits) == ("Prime", 120)


@pytest.mark.parametrize("first", ["ana", "ben"])
@pytest.mark.parametrize("keep", ["mine", "theirs"])
def test_the_same_field_is_decided_by_the_slower_one(
    ana: Page, ben: Page, session: Session, page_errors: PageErrors, first: str, keep: str
) -> None:
    page_errors.allow("status of 409")
    names = {"ana": "From Ana", "ben": "From Ben"}
    pages = {"ana": ana, "ben": ben}
    for who, page in pages.items():
        open_form(page)
        page.get_by_label("Package Name").fill(names[who])
    second = "ben" if first == "ana" else "ana"
    pages[second].get_by_label("Short Info").fill("Typed with care")
    save(pages[first])
    expect(pages[first].get_by_role("status")).to_contain_text("was saved.")
    slower = pages[second]
    save(slower)
    expect(slower.locator(".problems")).to_be_focused()
    expect(slower.locator(".problems")).to_contain_text(f"{first}@example.com changed the same")
    assert_accessible(slower)
    expect(slower.get_by_label("Short Info")).to_have_value("Typed with care")
    slower.get_by_label(f"Keep {keep}").check()
    save(slower)
    expect(slower.get_by_role("status")).to_contain_text("was saved.")
    kept = names[second if keep == "mine" else first]
    assert (draft(session, 1).name, draft(session, 1).short_info) == (kept, "Typed with care")


def ask_about_price(ana: Page, ben: Page) -> Page:
    """Ana types 92 where Ben has saved 97; her page, which asks her."""
    for page in (ana, ben):
        open_form(page)
    ana.get_by_label("Price").fill("92")
    ben.get_by_label("Price").fill("97")
    save(ben)
    expect(ben.get_by_role("status")).to_contain_text("was saved.")
    save(ana)
    expect(ana.locator(".problems")).to_be_focused()
    return ana


def test_the_choice_and_the_field_say_the_same(
    ana: Page, ben: Page, session: Session, page_errors: PageErrors
) -> None:
    """Caught: 93 typed after "Keep theirs" dropped without a word."""
    page_errors.allow("status of 409")
    page = ask_about_price(ana, ben)
    price = page.get_by_label("Price", exact=True)
    mine, theirs = page.get_by_label("Keep mine"), page.get_by_label("Keep theirs: 97.00 USD")
    theirs.check()
    expect(price).to_have_value("97.00")
    mine.check()
    expect(price).to_have_value("92")
    theirs.check()
    price.fill("93")
    expect(mine).to_be_checked()
    expect(page.get_by_label("Keep mine: what you typed")).to_be_visible()
    theirs.check()
    mine.check()
    expect(price).to_have_value("93")
    assert_accessible(page)
    save(page)
    expect(page.get_by_role("status")).to_contain_text("was saved.")
    assert draft(session, 1).price_minor == 9300


def test_theirs_is_kept_after_a_second_thought(
    ana: Page, ben: Page, session: Session, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 409")
    page = ask_about_price(ana, ben)
    page.get_by_label("Price", exact=True).fill("93")
    page.get_by_label("Keep theirs").check()
    expect(page.get_by_label("Price", exact=True)).to_have_value("97.00")
    save(page)
    expect(page.get_by_role("status")).to_contain_text("was saved.")
    assert draft(session, 1).price_minor == 9700


def remove_pro(page: Page) -> None:
    page.goto(LIST)
    page.get_by_role("button", name="Remove Pro").click()
    expect(page.get_by_role("status")).to_contain_text("Pro is to be removed.")


def test_a_package_removed_meanwhile_is_kept_and_saved_in_one_press(
    ana: Page, ben: Page, session: Session, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 409")
    open_form(ana)
    ana.get_by_label("Package Name").fill("Prime")
    remove_pro(ben)
    save(ana)
    expect(ana.locator(".problems")).to_be_focused()
    expect(ana.locator(".problems")).to_contain_text(f"{BEN} removed Pro")
    expect(ana.get_by_label("Package Name")).to_have_value("Prime")
    assert_accessible(ana)
    ana.get_by_role("button", name="Keep and save").click()
    expect(ana.get_by_role("status")).to_contain_text("Prime was kept and saved.")
    expect(ana.get_by_role("button", name="Edit Prime")).to_be_focused()
    assert (draft(session, 1).name, draft(session, 1).removed_at) == ("Prime", None)


def test_a_package_removed_meanwhile_stays_removed_after_cancel(
    ana: Page, ben: Page, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 409")
    open_form(ana)
    remove_pro(ben)
    save(ana)
    ana.get_by_role("button", name="Cancel").click()
    expect(ana.get_by_role("button", name="Keep Pro")).to_be_focused()
    ben.get_by_role("button", name="Keep Pro").click()
    expect(ben.get_by_role("button", name="Edit Pro")).to_be_focused()


def test_edit_of_what_was_removed_meanwhile_shows_its_keep(
    ana: Page, ben: Page, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 409")
    ana.goto(LIST)
    remove_pro(ben)
    ana.get_by_role("button", name="Edit Pro").click()
    expect(ana.get_by_role("alert")).to_contain_text("Pro is to be removed.")
    expect(ana.get_by_role("button", name="Keep Pro")).to_be_visible()


def test_without_scripts_too(
    make_page: MakePage, ana: Page, sign_in: SignIn, session: Session, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 409")
    plain = make_page(javascript=False)
    sign_in(plain)
    plain.goto(f"{LIST}1/edit")
    open_form(ana)
    ana.get_by_label("Package Name").fill("First")
    save(ana)
    expect(ana.get_by_role("status")).to_contain_text("was saved.")
    plain.get_by_label("Package Name").fill("Second")
    save(plain)
    plain.get_by_label("Keep theirs: First").check()
    save(plain)
    assert draft(session, 1).name == "First"
