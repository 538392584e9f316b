"""Signed out or offline in the middle of something: what was typed stays, and Save works later."""

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import delete
from sqlalchemy.orm import Session

from domain.accounts.models import SignInSession
from domain.database import writing
from tests.browser.conftest import SignIn
from tests.browser.harness import PageErrors
from tests.browser.packages_list import names
from tests.conftest import ADMIN, PASSWORD
from tests.page_helpers import LIST, add, order


@pytest.fixture
def form(page: Page, sign_in: SignIn, session: Session) -> Locator:
    """The edit form of the package Mini, in which "Middle" was typed."""
    add(session, "Mini")
    sign_in(page)
    page.goto(LIST)
    page.get_by_role("button", name="Edit Mini").click()
    form = page.get_by_role("form", name="Edit Mini")
    form.get_by_label("Package Name").fill("Middle")
    return form


def save(form: Locator) -> None:
    form.get_by_role("button", name="Save", exact=True).click()


def expect_typed_text(form: Locator) -> None:
    expect(form.get_by_label("Package Name")).to_have_value("Middle")
    expect(form.get_by_text("Not saved")).to_be_visible()


def end_sign_ins(session: Session) -> None:
    """As after hours without activity, or by a colleague."""
    with writing(session):
        session.execute(delete(SignInSession))


def sign_in_again(page: Page) -> None:
    """In the new tab that the message offers."""
    with page.expect_popup() as popup:
        page.get_by_role("alert").get_by_role("link", name="Sign in in a new tab").click()
    tab = popup.value
    tab.get_by_label("Email").fill(ADMIN)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("You are signed in again")
    tab.close()
    # Headless tabs all have the focus, so none of them ever gets it.
    page.evaluate("() => window.dispatchEvent(new Event('focus'))")


@pytest.mark.parametrize("lost", ["row", "cookie"])
def test_save_works_after_signing_in_again(
    form: Locator, session: Session, page_errors: PageErrors, lost: str
) -> None:
    page_errors.allow("status of 401")
    page = form.page
    if lost == "row":
        end_sign_ins(session)
    else:
        page.context.clear_cookies()
    save(form)
    expect(page.get_by_role("alert")).to_contain_text("You are signed out")
    expect_typed_text(form)
    sign_in_again(page)
    expect(page.get_by_role("alert")).to_contain_text("You are signed in again")
    expect_typed_text(form)
    save(form)
    expect(page.get_by_role("button", name="Edit Middle")).to_be_focused()
    expect(page.get_by_role("alert")).to_be_empty()
    assert order(session) == ["Middle"]


def test_coming_back_without_signing_in_keeps_the_message(
    form: Locator, session: Session, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 401")
    page = form.page
    end_sign_ins(session)
    save(form)
    expect(page.get_by_role("alert")).to_contain_text("You are signed out")
    with page.expect_response("**/login/again"):
        page.evaluate("() => window.dispatchEvent(new Event('focus'))")
    expect(page.get_by_role("alert")).to_contain_text("You are signed out")
    expect_typed_text(form)


def test_moving_while_signed_out_puts_the_row_back(
    form: Locator, session: Session, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 401")
    page = form.page
    add(session, "Maxi", "Mega")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    end_sign_ins(session)
    page.get_by_role("button", name="Reorder Mega, 3 of 3").press("ArrowUp")
    expect(page.get_by_role("alert")).to_contain_text("You are signed out")
    expect(names(page)).to_have_text(["Mini", "Maxi", "Mega"])


def test_nothing_typed_is_lost_without_a_network(
    form: Locator, session: Session, page_errors: PageErrors
) -> None:
    for error in ("INTERNET_DISCONNECTED", "Failed to fetch"):
        page_errors.allow(error)
    page = form.page
    page.context.set_offline(True)
    save(form)
    expect(page.get_by_role("alert")).to_contain_text("Scrip cannot be reached")
    expect_typed_text(form)
    assert order(session) == ["Mini"]
    page.context.set_offline(False)
    save(form)
    expect(page.get_by_role("button", name="Edit Middle")).to_be_focused()
    expect(page.get_by_role("alert")).to_be_empty()


def test_an_error_of_the_server_keeps_what_was_typed(
    form: Locator, page_errors: PageErrors
) -> None:
    for error in ("status of 500", "answered 500"):
        page_errors.allow(error)
    page = form.page
    page.route("**/edit", lambda route: route.fulfill(status=500, body="Oops"))
    save(form)
    expect(page.get_by_role("alert")).not_to_be_empty()
    expect_typed_text(form)
    page.unroute("**/edit")
    save(form)
    expect(page.get_by_role("button", name="Edit Middle")).to_be_focused()
