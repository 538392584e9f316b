"""Many packages at once, by several admins and by the hundred: theirs or mine, and what fits."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.browser import harness
from tests.browser.conftest import MakePage
from tests.browser.harness import (
    LiveApp,
    PageErrors,
    assert_accessible,
    assert_fit,
    assert_no_sideways_scroll,
)
from tests.conftest import make_admin
from tests.page_helpers import BOB, LIST, add, apply_all, draft, edit

SHEET = f"{LIST}prices?country=DE"
LONG = "Familienpaket für regelmäßige Termine mit einem sehr langen Namen ohne Ende "
# What many rows can break; colours, which take axe a second for each hundred, are tested elsewhere.
RULES_OF_MANY = {
    "type": "rule",
    "values": [
        "label",
        "duplicate-id-aria",
        "target-size",
        "scrollable-region-focusable",
        "region",
    ],
}
# What reaches beyond the screen, or is wider inside than it shows and has no "…" for that.
CUT_OFF = """
() => [...document.querySelectorAll('tbody :is(th, td, input, button, bdi)')].filter(part =>
  part.getBoundingClientRect().right > innerWidth
  || part.matches('th, td') && part.scrollWidth > part.clientWidth
    && getComputedStyle(part).textOverflow != 'ellipsis').map(part => part.outerHTML)
"""
SignInAs = Callable[[Page, str], None]


@pytest.fixture
def sign_in_as(live_app: LiveApp, engine: Engine) -> SignInAs:
    """Signs an admin with this email in, who is added first where need be."""

    def sign_in(page: Page, email: str) -> None:
        admin = email if email == live_app.admin else make_admin(engine, email)
        harness.sign_in(page, replace(live_app, admin=admin))

    return sign_in


@pytest.fixture
def ids(session: Session) -> list[int]:
    """Mini, Start and Plus are live in Germany, at €19.99 for 100 credits."""
    ids = add(session, "Mini", "Start", "Plus", country="DE", currency="EUR")
    apply_all(session)
    return ids


@pytest.mark.parametrize("javascript", [True, False])
def test_two_admins_in_the_sheet_lose_nothing(
    make_page: MakePage,
    sign_in_as: SignInAs,
    live_app: LiveApp,
    session: Session,
    page_errors: PageErrors,
    ids: list[int],
    javascript: bool,
) -> None:
    """Caught: Enter pressing "Use €25.00", the first button of the form."""
    page_errors.allow("status of 409")
    ana, bob = (make_page(javascript=javascript) for _ in range(2))
    sign_in_as(ana, live_app.admin)
    sign_in_as(bob, BOB)
    for page in (ana, bob):
        page.goto(SHEET)
    for name, price in (("Mini", "25"), ("Start", "26")):
        bob.get_by_label(f"Price of {name}, EUR").fill(price)
    bob.get_by_role("button", name="Save all").click()
    for name in ("Mini", "Start", "Plus"):
        ana.get_by_label(f"Price of {name}, EUR").fill("23.50")
    ana.get_by_label("Credits of Mini").fill("120")
    ana.get_by_role("button", name="Save all").click()
    expect(ana.get_by_text("Bob changed this to €25.00.")).to_be_visible()
    expect(ana.locator(".to-correct")).to_have_text("2 to correct")
    ana.get_by_role("button", name="Use €25.00 of Mini", exact=True).click()
    expect(ana.get_by_label("Price of Mini, EUR")).to_have_value("25.00")
    expect(ana.get_by_label("Credits of Mini")).to_have_value("120")
    expect(ana.get_by_label("Price of Start, EUR")).to_have_value("23.50")
    expect(ana.get_by_text("Bob changed this to €26.00.")).to_be_visible()
    expect(ana.locator(".to-correct")).to_have_text("1 to correct")
    if javascript:
        assert_fit(ana)
    ana.get_by_label("Price of Start, EUR").press("Control+Enter" if javascript else "Enter")
    ana.wait_for_url("**/?country=DE")
    saved = [(draft(session, id).credits, draft(session, id).price_minor) for id in ids]
    assert saved == [(120, 2500), (100, 2350), (100, 2350)]


@pytest.mark.parametrize("javascript", [True, False])
def test_theirs_are_used_in_a_bulk_change(
    make_page: MakePage,
    sign_in_as: SignInAs,
    live_app: LiveApp,
    session: Session,
    page_errors: PageErrors,
    ids: list[int],
    javascript: bool,
) -> None:
    """Caught: theirs used in every line."""
    page_errors.allow("status of 409")
    page = make_page(javascript=javascript)
    sign_in_as(page, live_app.admin)
    page.goto(f"{LIST}bulk?action=prices&scope=DE")
    for id in ids[:2]:
        edit(session, id, price_minor=2190)
    for name in ("Mini", "Start", "Plus"):
        page.get_by_label(f"New price of {name}, EUR").fill("20.90")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("1 price changed. 2 lines were not saved.")).to_be_visible()
    page.get_by_label("New price of Start, EUR").fill("22")
    page.get_by_role("button", name="Use €21.90 of Mini", exact=True).click()
    expect(page.get_by_label("New price of Mini, EUR")).to_have_value("21.90")
    expect(page.get_by_label("New price of Mini, EUR")).to_be_focused()
    expect(page.get_by_label("New price of Start, EUR")).to_have_value("22")
    if javascript:
        expect(page.get_by_role("button", name="Undo")).to_be_visible()
        assert_fit(page)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/?country=DE")
    assert [draft(session, id).price_minor for id in ids] == [2190, 2200, 2090]


def test_short_infos_are_set_or_cleared_on_purpose(
    make_page: MakePage,
    sign_in_as: SignInAs,
    live_app: LiveApp,
    session: Session,
    page_errors: PageErrors,
    ids: list[int],
) -> None:
    page_errors.allow("status of 422")
    edit(session, ids[0], short_info="Old words")
    page = make_page()
    sign_in_as(page, live_app.admin)
    page.goto(f"{LIST}bulk?action=info&scope=DE")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Type a short info, or tick Clear the short info.")).to_be_visible()
    page.get_by_role("textbox", name="Short Info").fill("New words")
    expect(page.locator("td.info").first).to_have_text("was Old words now New words")
    assert_fit(page)
    page.get_by_role("textbox", name="Short Info").fill("")
    page.get_by_label("Clear the short info of these packages").check()
    expect(page.locator("td.info").first).to_have_text("was Old words now (empty)")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/?country=DE")
    assert draft(session, ids[0]).short_info == ""


def test_two_hundred_long_names_fit(
    page: Page, sign_in_as: SignInAs, live_app: LiveApp, session: Session
) -> None:
    """Caught: names that neither wrap nor are cut off."""
    names = [f"{LONG}{number}" for number in range(200)]
    add(session, *names, country="DE", currency="EUR", short_info="Wortohneleerzeichen" * 10)
    sign_in_as(page, live_app.admin)
    page.set_viewport_size({"width": 320, "height": 700})
    for address in (SHEET, *(f"{LIST}bulk?action={a}&scope=DE" for a in ("prices", "info"))):
        page.goto(address)
        expect(page.locator(".what span")).to_have_count(200)
        assert_no_sideways_scroll(page)
        assert page.evaluate(CUT_OFF) == []
        assert_accessible(page, RULES_OF_MANY)
