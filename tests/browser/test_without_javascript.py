"""Everything an admin and a buyer do, in a browser without scripts."""

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy import delete
from sqlalchemy.orm import Session

from blueprints.imports import importing
from domain.accounts.models import SignInSession
from domain.database import writing
from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import PageErrors
from tests.browser.packages_list import more, names
from tests.conftest import ADMIN, PASSWORD
from tests.importing import IMPORT, drafted, written
from tests.page_helpers import LIST, add, apply_all, draft, edit, order, pending, releases


@pytest.fixture
def page(make_page: MakePage) -> Page:
    return make_page(javascript=False)


@pytest.fixture
def listed(page: Page, sign_in: SignIn, session: Session) -> Page:
    """The list with three live packages of the United States: A, B and C."""
    add(session, "A", "B", "C")
    apply_all(session)
    sign_in(page)
    page.goto(LIST)
    return page


def press(page: Page, name: str) -> None:
    """Presses a button of a row, or one of the page that its More button leads to."""
    verb, _space, package = name.partition(" ")
    if verb in ("Duplicate", "Move", "Remove"):
        more(page, package).click()
    if verb != "Move":
        page.get_by_role("button", name=name, exact=True).click()


def expect_heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def fill_in(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.get_by_label(name.replace("_", " ")).fill(value)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def test_signing_in_and_out(page: Page, live_app: object) -> None:  # noqa: ARG001 - serves it
    page.goto(LIST)
    expect_heading(page, "Sign in")
    fill_in(page, Email=ADMIN, Password=PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect_heading(page, "Credit Packages")
    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="Sign out").click()
    expect_heading(page, "Sign in")


def test_adding_and_mending_an_error(
    listed: Page, session: Session, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 422")
    listed.get_by_role("button", name="Add", exact=True).click()
    expect_heading(listed, "New package")
    typed = {"Package_Name": "Kuwait", "Credits": "ten", "Price": "1.2345", "Listing_Order": "1"}
    fill_in(listed, **typed, Short_Info="Kept")
    listed.get_by_label("Package Country").select_option("KW")
    listed.get_by_label("Package Currency").select_option("KWD")
    save(listed)
    expect(listed).to_have_title(re.compile(r"^Error: "))
    expect(listed.locator(".problems")).to_contain_text("2 fields need a look")
    for name, value in {**typed, "Short_Info": "Kept"}.items():
        expect(listed.get_by_label(name.replace("_", " "))).to_have_value(value)
    expect(listed.get_by_label("Package Country")).to_have_value("KW")
    expect(listed.get_by_label("Package Currency")).to_have_value("KWD")

    listed.locator(".problems").get_by_role("link", name="Price").click()
    expect(listed.get_by_label("Price")).to_be_focused()
    fill_in(listed, Credits="10", Price="1.234")
    save(listed)
    expect(listed.get_by_role("group", name="Is that 1.234 or 1,234.000?")).to_be_visible()
    listed.get_by_role("button", name="1.234", exact=True).click()
    expect(listed.get_by_role("status")).to_contain_text("Kuwait added")
    expect(names(listed)).to_have_text(["Kuwait"])
    assert order(session, "KW") == ["Kuwait"]


def test_editing(listed: Page, session: Session, page_errors: PageErrors) -> None:
    page_errors.allow("status of 409")
    press(listed, "Edit B")
    expect_heading(listed, "Edit B")
    fill_in(listed, Price="25", Listing_Order="1")
    edit(session, 2, price_minor=2600)
    save(listed)
    expect(listed).to_have_title(re.compile(r"^Error: "))
    expect(listed.locator(".problems")).to_contain_text("Keep bob@example.com's: $26.00")
    expect(listed.get_by_label("Price", exact=True)).to_have_value("25")
    save(listed)
    expect(listed.get_by_role("status")).to_contain_text("B saved.")
    expect(names(listed)).to_have_text(["B", "A", "C"])
    expect(listed.locator("tr.package > .price").first).to_contain_text("$25.00")


def test_what_is_sent_after_hours_away_is_not_lost(
    listed: Page, session: Session, page_errors: PageErrors
) -> None:
    """Caught: a form whose token died with the sign-in, and all that was typed with it."""
    page_errors.allow("status of 40[01]")
    press(listed, "Edit B")
    fill_in(listed, Package_Name="Bright", Short_Info="Typed with care")
    with writing(session):
        session.execute(delete(SignInSession))
    save(listed)
    expect_heading(listed, "You are signed out")
    with listed.expect_popup() as popup:
        listed.get_by_role("link", name="Sign in in a new tab").click()
    fill_in(popup.value, Email=ADMIN, Password=PASSWORD)
    popup.value.get_by_role("button", name="Sign in").click()
    expect_heading(popup.value, "You are signed in again")
    listed.get_by_role("button", name="Send again").click()
    expect_heading(listed, "Send it again")
    listed.get_by_role("button", name="Send again").click()
    expect(listed.get_by_role("status")).to_have_text("Bright saved.")
    assert draft(session, 2).short_info == "Typed with care"


def test_cancelling_leads_back(listed: Page) -> None:
    press(listed, "Edit B")
    fill_in(listed, Package_Name="Other")
    listed.get_by_role("link", name="Cancel").click()
    expect(names(listed)).to_have_text(["A", "B", "C"])


def test_duplicating(listed: Page, session: Session) -> None:
    press(listed, "Duplicate B")
    fill_in(listed, Package_Name="B for Germany")
    listed.get_by_label("Package Country").select_option("DE")
    save(listed)
    expect(listed.get_by_role("status")).to_contain_text("B for Germany added")
    assert order(session, "DE") == ["B for Germany"]


def test_moving(listed: Page, session: Session) -> None:
    expect(listed.locator(".handle").first).to_be_hidden()
    press(listed, "Move A")
    expect_heading(listed, "A")
    listed.get_by_role("button", name="Move down").click()
    expect(listed.get_by_role("status")).to_have_text("A is at place 2 of 3 in United States.")
    press(listed, "Move C")
    listed.get_by_label("Move to position").fill("1")
    listed.get_by_role("button", name="Move", exact=True).click()
    expect(names(listed)).to_have_text(["C", "B", "A"])
    assert order(session) == ["C", "B", "A"]


def test_removing_and_keeping(listed: Page, session: Session) -> None:
    press(listed, "Remove B")
    expect(listed.get_by_role("status")).to_have_text("B will be removed when you apply.")
    assert pending(session) == ["removed B"]
    press(listed, "Keep B")
    expect(listed.get_by_role("status")).to_have_text("B stays.")
    assert pending(session) == []


def test_a_package_that_buyers_never_saw_can_be_kept(listed: Page, session: Session) -> None:
    add(session, "D")
    listed.reload()
    press(listed, "Remove D")
    expect(names(listed)).to_have_text(["A", "B", "C"])
    press(listed, "Keep D")
    expect(names(listed)).to_have_text(["A", "B", "C", "D"])


def test_applying(listed: Page, session: Session, page_errors: PageErrors) -> None:
    page_errors.allow("status of 409")
    (id,) = add(session, "Early", credits=777, price_minor=15000)
    press(listed, "Remove A")
    edit(session, id, name="Late", author=ADMIN)
    listed.get_by_role("button", name="Apply Changes").click()
    expect(listed.get_by_role("alert").last).to_contain_text("Nothing applied")
    assert releases(session) == 1
    listed.get_by_role("button", name="Apply Changes").click()
    expect(listed.get_by_role("status")).to_contain_text("Release 2 is live. Buyers see it now.")
    expect(names(listed)).to_have_text(["B", "C", "Late"])


def test_settings_and_buyers(listed: Page) -> None:
    listed.goto("/settings/")
    fill_in(listed, Platform_Name="Bright")
    listed.get_by_label("Default Country").select_option("DE")
    save(listed)
    expect(listed.get_by_role("status")).to_contain_text("Settings saved")
    listed.get_by_role("button", name="Apply Changes").click()
    listed.get_by_role("main").get_by_role("link", name="View the store").click()
    expect(listed.get_by_role("banner").get_by_text("Bright")).to_be_visible()
    listed.goto("/packages?country=DE")
    expect(listed.get_by_role("heading", level=2)).to_have_text("Germany: no packages yet")
    listed.get_by_label("Country").select_option("US")
    listed.get_by_role("button", name="Show").click()
    expect(listed.get_by_role("listitem").get_by_role("heading")).to_have_text(["A", "B", "C"])
    listed.goto("/packages")
    expect(listed.get_by_label("Country")).to_have_value("US")


def test_searching(listed: Page) -> None:
    fill_in(listed, Search="b")
    listed.get_by_role("button", name="Show").click()
    expect(names(listed)).to_have_text(["B"])
    listed.get_by_role("link", name="Show all").click()
    expect(names(listed)).to_have_text(["A", "B", "C"])


def test_colours(listed: Page) -> None:
    listed.get_by_role("button", name="Account").click()
    listed.get_by_role("button", name="Dark").click()
    expect(listed.locator("html")).to_have_attribute("data-theme", "dark")
    listed.get_by_role("button", name="Account").click()
    listed.get_by_role("button", name="System").click()
    expect(listed.locator("html")).not_to_have_attribute("data-theme", "dark")


def test_ticking_and_saving_what_a_file_changes(
    listed: Page, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ticks come along to other pages; the other decimal sign needs no new file."""
    monkeypatch.setattr(importing, "PAGE_LINES", 1)
    rows = [row | {"price": "23,90"} for row in drafted(session)]
    for id in (1, 2):
        edit(session, id, price_minor=2222)
    listed.goto(IMPORT)
    file: FilePayload = {
        "name": "packages.csv",
        "mimeType": "text/csv",
        "buffer": written(rows).encode(),
    }
    listed.get_by_label("File", exact=True).set_input_files(file)
    listed.get_by_role("button", name="Check file").click()
    expect(listed.get_by_role("heading", level=2)).to_contain_text("use a decimal comma")
    listed.get_by_role("button", name="Check again with 19,90").click()
    listed.get_by_label("Use the file's value").check()
    listed.get_by_role("button", name="2", exact=True).click()
    expect(listed.get_by_label("Use the file's value")).not_to_be_checked()
    listed.get_by_role("button", name="Changed 3").click()
    expect(listed.get_by_label("Use the file's value")).to_be_checked()
    listed.get_by_role("button", name="3", exact=True).click()
    listed.get_by_role("button", name="Save as drafts").click()
    expect_heading(listed, "Credit Packages")
    assert [draft(session, id).price_minor for id in (1, 2, 3)] == [2390, 2222, 2390]
