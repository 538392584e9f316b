"""Every page and state: no finding by axe, and nothing too wide for a small screen."""

import re

from playwright.sync_api import Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.accounts.models import Admin
from domain.accounts.sessions import open_session
from domain.database import writing
from tests.browser.conftest import SignIn
from tests.browser.harness import (
    PageErrors,
    assert_accessible,
    assert_fit,
    assert_no_sideways_scroll,
)
from tests.browser.packages_list import open_more
from tests.conftest import PASSWORD
from tests.page_helpers import LIST, add, apply_all, remove

ENDS_IN_ITS_ROW = """price =>
  price.getBoundingClientRect().right <= price.closest('tr').getBoundingClientRect().right"""
LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverleihungsurkunde"


def fill_catalogue(session: Session) -> None:
    """Every state of a row, in texts as long as any translation."""
    ids = add(session, "Starter", LONG_WORD, "Removed", short_info=LONG_WORD)
    add(session, "Einstieg", country="DE", currency="EUR")
    apply_all(session)
    remove(session, ids[2])
    add(session, "New", country="DE", currency="KWD", credits=10**9, price_minor=10**12)


def test_the_list_with_everything_open(
    page: Page, sign_in: SignIn, session: Session, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 422")
    fill_catalogue(session)
    sign_in(page)
    page.goto(LIST)
    expect(page.get_by_role("region", name="Pending changes")).to_be_visible()

    page.get_by_role("button", name="Add", exact=True).click()
    new = page.get_by_role("form", name="New package")
    new.get_by_role("button", name="Save", exact=True).click()
    expect(new.locator(".problems")).to_be_focused()
    page.get_by_role("button", name="Edit Starter").click()
    form = page.get_by_role("form", name="Edit Starter")
    form.get_by_label("Price").fill("much")
    with page.expect_response("**/echo"):
        form.get_by_label("Package Name").fill(LONG_WORD)
    form.get_by_label("Price").press("Enter")
    expect(form.locator(".problems")).to_be_focused()
    assert_fit(page)

    open_more(page, "Einstieg")
    assert_accessible(page)
    page.set_viewport_size({"width": 320, "height": 700})
    assert_accessible(page)
    assert_no_sideways_scroll(page)


def test_no_number_is_broken(page: Page, sign_in: SignIn, session: Session) -> None:
    """Caught: "TRY 7,599.0" on one line and "0" on the next."""
    add(session, "Lira", country="TR", currency="TRY", price_minor=759900, credits=400)
    add(session, "Euro", country="DE", currency="EUR", price_minor=9999999, credits=12345)
    add(session, "Dinar", country="KW", currency="KWD", price_minor=10**12, credits=10**9)
    sign_in(page)
    page.goto(LIST)
    prices = page.locator("td.price > bdi")
    assert prices.count() == 3
    for width in (320, 390, 460, 640, 900):
        page.set_viewport_size({"width": width, "height": 800})
        assert_no_sideways_scroll(page)
        for price in prices.all():
            assert price.evaluate("price => price.getClientRects().length") == 1, width
            assert price.evaluate(ENDS_IN_ITS_ROW), f"{price.inner_text()} at {width}"


def test_the_other_admin_pages(
    page: Page, sign_in: SignIn, session: Session, page_errors: PageErrors
) -> None:
    for error in ("status of 422", "status of 404"):
        page_errors.allow(error)
    page.goto("/login")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Email")).to_have_attribute("aria-invalid", "true")
    assert_fit(page)
    sign_in(page)
    page.goto(LIST)
    expect(page.get_by_role("heading", name="Add your first credit package")).to_be_visible()
    assert_fit(page)

    fill_catalogue(session)
    page.goto(f"{LIST}?q=start")
    expect(page.get_by_text("To move packages, show all")).to_be_visible()
    page.goto(f"{LIST}?q={LONG_WORD} x")
    expect(page.get_by_role("heading", name="No package matches")).to_be_visible()
    assert_fit(page)
    page.goto("/settings/")
    page.get_by_label("Platform Name").fill("")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".problems")).to_be_focused()
    assert_fit(page)
    page.goto("/settings/nothing-here")
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    assert_fit(page)


def test_pages_of_their_own_for_forms(
    page: Page, sign_in: SignIn, session: Session, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 422")
    fill_catalogue(session)
    sign_in(page)
    page.goto(f"{LIST}2/edit")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Edit")
    assert_fit(page)
    page.get_by_label("Price").fill("")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.locator(".problems")).to_be_focused()
    assert_fit(page)
    page.goto(f"{LIST}2/actions")
    expect(page.get_by_role("heading", level=1)).to_have_text(LONG_WORD)
    assert_fit(page)


def test_the_account(page: Page, sign_in: SignIn, page_errors: PageErrors) -> None:
    page_errors.allow("status of 422")
    sign_in(page)
    page.goto("/settings/account")
    page.get_by_label("Display name").fill("-")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".problems")).to_be_focused()
    assert_fit(page)
    page.get_by_label("Display name").fill(LONG_WORD)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Your account is saved.")
    assert_fit(page)


def test_the_own_sign_ins(page: Page, sign_in: SignIn, session: Session) -> None:
    sign_in(page)
    with writing(session):
        admin = session.scalars(select(Admin)).one()
        for device in ("W" * 64, "", "Samsung Internet, Android"):
            open_session(session, admin, device)
    page.goto("/settings/account/sign-ins")
    expect(page.get_by_role("listitem").filter(has_text="This one")).to_have_count(1)
    assert_fit(page)
    page.get_by_role("button", name="Sign out: Samsung Internet, Android").click()
    expect(page.get_by_role("status")).to_have_text("That device is signed out.")
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.get_by_role("status")).to_have_text("Only this browser is signed in now.")
    assert_fit(page)


def test_the_own_password(
    page: Page, sign_in: SignIn, session: Session, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 422")
    with writing(session):
        session.execute(update(Admin).values(password_is_weak=True))
    sign_in(page)
    page.goto(LIST)
    page.get_by_role("button", name="Account:").click()
    page.get_by_role("link", name="Choose a safer password").click()
    page.get_by_label("New password", exact=True).fill("football1")
    page.keyboard.press("Enter")
    expect(page.locator(".problems")).to_be_focused()
    assert_fit(page)
    page.get_by_label("Current password").fill(PASSWORD)
    for label in ("New password", "New password again"):
        page.get_by_label(label, exact=True).fill("pepper glacier violin tunnel")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("status")).to_contain_text("Your password is changed.")
    assert_fit(page)


def test_the_buyers_page(page: Page, session: Session) -> None:
    fill_catalogue(session)
    apply_all(session)
    for country, heading in (("US", "Starter"), ("DE", "New"), ("FR", "France: no packages yet")):
        page.goto(f"/packages?country={country}")
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        assert_fit(page)


def test_forced_colours_keep_every_control_visible(
    page: Page, sign_in: SignIn, session: Session
) -> None:
    fill_catalogue(session)
    page.emulate_media(forced_colors="active")
    sign_in(page)
    page.goto(LIST)
    assert_accessible(page)
    for control in page.get_by_role("button").all():
        border = "button => getComputedStyle(button).borderTopColor"
        is_framed = control.evaluate(border) != "rgba(0, 0, 0, 0)"
        assert is_framed or control.evaluate("button => button.matches('.handle')")
