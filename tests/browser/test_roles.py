"""What an admin of each role can do in a browser, and what becomes of a page when the role changes
while it is open."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.accounts.roles import Role
from tests.browser.conftest import MakePage
from tests.browser.harness import LiveApp, PageErrors, assert_accessible, assert_fit
from tests.conftest import ADMIN
from tests.page_helpers import LIST, add, apply_all, draft, edit, releases
from tests.roles import EMAILS, change_role, sign_in_as


@pytest.fixture
def scene(live_app: LiveApp, session: Session) -> None:  # noqa: ARG001 - the admin comes first
    add(session, "Pro")
    apply_all(session)


def open_as(page: Page, live_app: LiveApp, role: Role) -> Page:
    client = sign_in_as(live_app.app, live_app.engine, role)
    cookie = client.get_cookie(live_app.app.config["SESSION_COOKIE_NAME"])
    assert cookie
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_app.url}])
    page.goto(LIST)
    return page


@pytest.mark.usefixtures("scene")
def test_an_editor_drafts_and_applies_once_a_publisher(
    page: Page, live_app: LiveApp, engine: Engine, session: Session
) -> None:
    open_as(page, live_app, Role.EDITOR)
    page.get_by_role("link", name="Pro", exact=True).click()
    page.get_by_label("Package Name").fill("Prime")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#status")).to_have_text("Prime saved.")
    expect(page.locator("#pending")).to_contain_text("A publisher applies them.")
    apply = page.get_by_role("button", name="Apply Changes")
    expect(apply).to_have_count(0)
    page.get_by_role("link", name="Review", exact=True).click()
    expect(page.get_by_role("button", name=re.compile("Apply"))).to_have_count(0)
    change_role(engine, EMAILS[Role.EDITOR], Role.PUBLISHER)
    page.goto(LIST)
    apply.click()
    expect(page.locator("#status")).to_contain_text("Release 2")
    session.rollback()
    assert releases(session) == 2


@pytest.mark.usefixtures("scene")
def test_who_became_a_viewer_keeps_what_was_typed(
    page: Page, live_app: LiveApp, engine: Engine, session: Session, page_errors: PageErrors
) -> None:
    """Caught: the message in the place of the page, with the form in it."""
    page_errors.allow("status of 403")
    open_as(page, live_app, Role.EDITOR)
    page.get_by_role("link", name="Pro", exact=True).click()
    name = page.get_by_label("Package Name")
    name.fill("Prime")
    change_role(engine, EMAILS[Role.EDITOR], Role.VIEWER)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#alert")).to_contain_text(
        "Only editors, publishers and owners may change drafts. Your role is Viewer. "
        "Nothing was changed."
    )
    expect(name).to_have_value("Prime")
    change_role(engine, EMAILS[Role.EDITOR], Role.EDITOR)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#status")).to_have_text("Prime saved.")
    session.rollback()
    assert draft(session, 1).name == "Prime"


@pytest.mark.usefixtures("scene")
def test_a_drag_of_who_became_a_viewer_is_put_back(
    page: Page, live_app: LiveApp, engine: Engine, session: Session, page_errors: PageErrors
) -> None:
    """The list comes again as it is there to be read, and scripts bear that."""
    page_errors.allow("status of 403")
    add(session, "Max")
    open_as(page, live_app, Role.EDITOR)
    change_role(engine, EMAILS[Role.EDITOR], Role.VIEWER)
    page.locator("#handle-1").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#alert")).to_contain_text("Your role is Viewer.")
    expect(page.locator(".handle")).to_have_count(0)
    assert page.locator("[data-name]").all_inner_texts() == ["Pro", "Max"]


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.SUPPORT])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_of_each_role_fit(
    make_page: MakePage, live_app: LiveApp, session: Session, role: Role, width: int
) -> None:
    edit(session, 1, price_minor=199900, author=ADMIN)
    page = open_as(make_page(width=width), live_app, role)
    for address in (LIST, f"{LIST}review", f"{LIST}history", "/settings/", "/settings/markets"):
        page.goto(address)
        assert_accessible(page)
        assert_fit(page)
