"""Many packages at once: ticked, changed by a rule, copied, typed into a sheet, imported."""

import pytest
from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy.orm import Session

from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import PageErrors, assert_fit
from tests.page_helpers import LIST, add, apply_all, order, pending

PASTE = """(cell, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData('text', text);
  cell.dispatchEvent(new ClipboardEvent('paste', {bubbles: true, cancelable: true, clipboardData}));
}"""

FILE: FilePayload = {
    "name": "packages.csv",
    "mimeType": "text/csv",
    "buffer": b"country,name,credits,price,currency\nFR,Essai,50,9.90,EUR\n",
}


@pytest.fixture
def names(session: Session) -> list[str]:
    """Four live packages of Germany, at €19.99 each."""
    names = ["Mini", "Start", "Plus", "Familienpaket für regelmäßige Termine"]
    add(session, *names, country="DE", currency="EUR")
    apply_all(session)
    return names


@pytest.fixture
def listed(page: Page, sign_in: SignIn, names: list[str]) -> Page:  # noqa: ARG001 - are there
    sign_in(page)
    page.goto(LIST)
    return page


def tick(page: Page, name: str) -> None:
    page.get_by_role("checkbox", name=f"Select {name}", exact=True).click()


def test_ticked_packages_are_changed_by_one_rule_with_undo(listed: Page, session: Session) -> None:
    """Caught: what was typed for one package replaced when the rule changed."""
    tick(listed, "Mini")
    listed.get_by_role("checkbox", name="Select Plus").click(modifiers=["Shift"])
    expect(listed.locator("#selected")).to_have_text("3 selected")
    listed.get_by_role("button", name="Select all 4 in Germany").click()
    expect(listed.locator("#selected")).to_have_text("4 selected")
    assert_fit(listed)
    listed.get_by_role("button", name="Change prices", exact=True).click()
    with listed.expect_response("**/bulk/preview"):
        listed.get_by_label("Round to").select_option(".90")
    with listed.expect_response("**/bulk/preview"):
        listed.get_by_label("Change", exact=True).fill("+5")
    expect(listed.get_by_label("New price of Mini, EUR")).to_have_value("20.90")
    listed.get_by_label("New price of Start, EUR").fill("100")
    with listed.expect_response("**/bulk/preview"):
        listed.get_by_label("Change", exact=True).fill("+10")
    expect(listed.get_by_label("New price of Start, EUR")).to_have_value("100")
    expect(listed.get_by_text("Price goes up by 400.3%")).to_be_visible()
    listed.get_by_role("checkbox", name="Include Plus").uncheck()
    assert_fit(listed)
    listed.get_by_role("button", name="Save").click()
    expect(listed.locator("#status")).to_contain_text("3 prices changed.")
    assert len(pending(session)) == 3
    listed.get_by_role("button", name="Undo").click()
    expect(listed.get_by_text("That was undone.")).to_be_visible()
    assert pending(session) == []


def test_a_market_is_copied(listed: Page, session: Session, names: list[str]) -> None:
    listed.get_by_role("link", name="Copy all to…").click()
    for country, shown in (("AT", "Austria"), ("CH", "Switzerland")):
        listed.get_by_label("Add a country").select_option(country)
        expect(listed.get_by_role("checkbox", name=shown, exact=True)).to_be_checked()
    with listed.expect_response("**/copy/preview"):
        listed.get_by_label("Rate for Switzerland").fill("0,95")
    expect(listed.get_by_label("New price of Mini (Switzerland), CHF")).to_have_value("18.99")
    assert_fit(listed)
    listed.get_by_role("button", name="Save").click()
    said = "8 packages copied to Austria and Switzerland."
    expect(listed.locator("#status")).to_contain_text(said)
    assert order(session, "CH") == order(session, "AT") == names


def test_the_sheet_is_walked_and_filled_by_keys(
    listed: Page, session: Session, page_errors: PageErrors
) -> None:
    """Caught: every row told what the price of the first one comes to."""
    page_errors.allow("status of 422")
    listed.get_by_role("link", name="Edit prices").click()
    listed.wait_for_url("**/prices?country=DE")
    prices = listed.locator(".cell[data-column=price]")
    prices.first.focus()
    listed.keyboard.type("20.89")
    listed.keyboard.press("Enter")
    expect(prices.nth(1)).to_be_focused()
    prices.nth(1).evaluate(PASTE, "57.65\nmuch\n9\n8\n")
    expect(listed.locator("#status")).to_contain_text("1 pasted lines were left over")
    listed.keyboard.press("ArrowDown")
    listed.keyboard.press("ArrowLeft")
    expect(listed.locator(".cell[data-column=credits]").nth(2)).to_be_focused()
    expect(listed.locator("#changed-cells")).to_have_text("4 changed")
    echoes = listed.locator("td.echo-cell")
    expect(echoes.first).to_contain_text("+4.5%")
    expect(echoes.nth(1)).to_contain_text("€0.20 → €0.58")
    expect(echoes.nth(2)).to_have_text("– –")
    listed.keyboard.press("Control+Enter")
    expect(listed.get_by_role("link", name="Plus, Price")).to_be_visible()
    assert_fit(listed)
    listed.get_by_role("link", name="Plus, Price").click()
    listed.keyboard.press("Escape")
    listed.get_by_role("button", name="Save all").click()
    expect(listed.locator("#status")).to_contain_text("3 prices changed.")
    assert len(pending(session)) == 3


def test_all_of_it_goes_without_scripts_on_a_phone(
    make_page: MakePage,
    sign_in: SignIn,
    session: Session,
    page_errors: PageErrors,
    names: list[str],
) -> None:
    page_errors.allow("status of 422")
    page = make_page(javascript=False, width=390, height=844)
    sign_in(page)
    page.goto(LIST)
    page.get_by_role("checkbox", name="Select Mini").check()
    page.get_by_role("button", name="Change prices", exact=True).click()
    page.get_by_label("Change", exact=True).fill("-10")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Not saved yet: look at the new prices")).to_be_visible()
    expect(page.get_by_label("New price of Mini, EUR")).to_have_value("17.99")
    page.get_by_role("button", name="Save").click()
    page.goto(f"{LIST}copy?scope=DE")
    page.get_by_label("Add a country").select_option("AT")
    page.get_by_role("button", name="Show packages").click()
    page.get_by_role("button", name="Save").click()
    page.goto(f"{LIST}prices?country=AT")
    page.locator(".cell[data-column=price]").first.fill("1")
    page.get_by_role("button", name="Save all").click()
    page.goto(f"{LIST}import")
    page.get_by_label("File").set_input_files(FILE)
    page.get_by_role("button", name="Check file").click()
    page.get_by_role("button", name="Save as drafts").click()
    expect(page.get_by_text("1 change saved as a draft.")).to_be_visible()
    assert order(session, "AT") == names
    assert len(pending(session)) == 6
