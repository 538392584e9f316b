"""The activity in a browser: the list with everything long in it, and what it follows."""

from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from domain.activity.recording import NOBODY, record
from domain.database import writing
from domain.request_context import request_address, request_id
from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import assert_fit
from tests.conftest import ADMIN
from tests.page_helpers import add

LIST = "/activity"
WHAT = ".activity-what"
LONG_EMAIL = f"{'long-name.' * 6}x@{'department-' * 9}.example"


def act_at_length(session: Session) -> None:
    id = request_id.set("3f9c1a7be0d24c553f9c1a7be0d24c553f9c1a7be0d24c553f9c1a7be0d24c55")
    address = request_address.set("2001:0db8:85a3:0000:0000:8a2e:0370:7334")
    add(session, *(f"{name}{'Aile' * 19}" for name in ("A", "B", "C")))
    with writing(session):
        for _ in range(60):
            record(session, "admin_invited", ADMIN, email=LONG_EMAIL, role="publisher")
        record(session, "site_added", ADMIN, origin=f"https://{'w' * 63}.{'x' * 63}.example:65535")
        record(session, "backup_made", NOBODY)
    request_id.reset(id)
    request_address.reset(address)


def test_the_list_fits_and_follows_its_filters(
    page: Page, sign_in: SignIn, session: Session
) -> None:
    act_at_length(session)
    sign_in(page)
    page.goto(LIST)
    expect(page.locator(WHAT)).to_have_count(50)
    assert_fit(page)
    page.get_by_label("Person").select_option(label="Command on the server")
    expect(page.locator(WHAT)).to_have_text(["Made a backup"])
    page.get_by_label("Kind").select_option(label="Team")
    expect(page.get_by_role("heading", name="Nothing like that was done")).to_be_visible()
    assert_fit(page)
    page.get_by_label("Person").select_option(label="Anybody")
    expect(page.locator(WHAT)).to_have_count(50)
    assert "kind=team" in page.url
    page.get_by_role("link", name="Next").click()
    expect(page.locator(WHAT)).to_have_count(10)
    page.get_by_role("link", name="Previous").click()
    expect(page.locator(WHAT)).to_have_count(50)


def test_it_works_without_scripts(make_page: MakePage, sign_in: SignIn, session: Session) -> None:
    act_at_length(session)
    page = make_page(javascript=False)
    sign_in(page)
    page.goto(LIST)
    page.get_by_label("Kind").select_option(label="Server")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(WHAT)).to_have_text(["Made a backup"])
    page.get_by_text("Any time").first.click()
    page.get_by_role("link", name="Last 30 days").click()
    expect(page.locator(WHAT)).to_have_text(["Made a backup"])
