"""The whole way of a new admin, from the sign-in page to packages that buyers see."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import MakePage
from tests.browser.harness import LiveApp, drag
from tests.conftest import PASSWORD

MARK = "() => { window.isSamePage = true; }"
IS_MARKED = "() => window.isSamePage === true"


def cards(buyer: Page) -> Locator:
    return buyer.get_by_role("listitem").get_by_role("heading")


def sign_in_by_typing(page: Page, email: str) -> None:
    page.goto("/settings/")
    page.get_by_label("Email").press_sequentially(email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")


def add_package(page: Page, name: str, credits: str, price: str, place: str, info: str) -> None:
    """Types the seven fields in the order of the form, and saves."""
    page.locator("#add").click()
    form = page.get_by_role("form", name="New package")
    expect(form.get_by_label("Package Name")).to_be_focused()
    page.keyboard.type(name)
    form.get_by_label("Credits").fill(credits)
    form.get_by_label("Price").fill(price)
    form.get_by_label("Listing Order").fill(place)
    form.get_by_label("Package Country").select_option(label="Türkiye")
    form.get_by_label("Package Currency").select_option("TRY")
    form.get_by_label("Short Info").fill(info)
    form.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
    expect(form).to_have_count(0)


def test_from_the_first_sign_in_to_live_packages(
    page: Page, make_page: MakePage, live_app: LiveApp
) -> None:
    buyer = make_page()
    sign_in_by_typing(page, live_app.admin)
    page.get_by_role("main").get_by_role("link", name="Credit Packages").click()
    expect(page.get_by_role("heading", name="Add your first credit package")).to_be_visible()
    page.evaluate(MARK)

    add_package(page, "Starter", "100", "1,234.50", "", "For a first try")
    bar = page.get_by_role("region", name="Pending changes")
    expect(bar).to_contain_text("1 pending change")
    expect(bar).to_contain_text("1 new")
    buyer.goto("/packages?country=TR")
    expect(buyer.get_by_role("heading", name="Türkiye: no packages yet")).to_be_visible()

    add_package(page, "Pro", "500", "4999", "2", "For every day")
    add_package(page, "Max", "1000", "8999", "2", "")
    page.get_by_role("button", name="Apply Changes").click()
    expect(page.get_by_role("status")).to_contain_text("Release 1 is live")
    expect(bar).to_have_count(0)
    buyer.reload()
    expect(cards(buyer)).to_have_text(["Starter", "Max", "Pro"])
    starter = buyer.get_by_role("listitem").first
    for text in (
        "100 credits",
        "TRY\u00a01,234.50",
        "TRY\u00a012.35 per credit",
        "For a first try",
    ):
        expect(starter).to_contain_text(text)

    drag(
        page,
        page.get_by_role("button", name="Reorder Pro, 3 of 3"),
        page.get_by_role("button", name="Reorder Starter, 1 of 3"),
        -10,
    )
    expect(bar).to_contain_text("1 moved")
    buyer.reload()
    expect(cards(buyer)).to_have_text(["Starter", "Max", "Pro"])
    page.get_by_role("button", name="Apply Changes").click()
    expect(page.get_by_role("status")).to_contain_text("Release 2 is live")
    buyer.reload()
    expect(cards(buyer)).to_have_text(["Pro", "Starter", "Max"])
    assert page.evaluate(IS_MARKED), "something loaded the whole page"

    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.goto("/settings/credit-packages/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
