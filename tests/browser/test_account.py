"""The customer's own pages in a browser: on phones, in Turkish and Arabic, without scripts."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from blueprints.customer_sign_in import cookie_name
from domain.customers import sessions
from domain.database import writing
from domain.ledger import acts, corrections
from domain.ledger.rules import Purpose
from tests.browser.conftest import MakePage
from tests.browser.harness import LiveApp, PageErrors, assert_fit
from tests.companies import save_company
from tests.customer_wallets import add_reason, add_wallet
from tests.customers import add_customer
from tests.purchase_rows import add_purchase
from tests.receipts import add_receipt

LONG_NAME = "Maximiliane-Friederike von und zu Hohenlohe-Schillingsfürst"


@pytest.fixture
def ayse(session: Session) -> int:
    """She has gifts that end, a hold, and 200 lines in her statement."""
    customer_id = add_customer(session, name=LONG_NAME, language="en")
    purse = add_wallet(session, customer_id)
    purse.bought(12_345_678, 1)
    for days in range(8):
        purse.gift(500, datetime.now(UTC) + timedelta(days=40 + days))
    add_reason(session, customer_id, 2, "شكرا على صبرك", is_shown=True)
    purse.hold(30, Purpose("appointment", "A-17"))
    with writing(session):
        for n in range(190):
            acts.spend(session, purse.id, 1, Purpose("call", f"c-{n}"), actor="customer:1")
    return customer_id


def sign_in(page: Page, live_app: LiveApp, session: Session, customer_id: int) -> None:
    with writing(session):
        sessions.open_session(session, customer_id, "Firefox, Windows")
        token = sessions.open_session(session, customer_id, "Chrome, Android")
    with live_app.app.app_context():
        name = cookie_name()
    page.context.add_cookies([{"name": name, "value": token, "url": live_app.url}])


# What stands where on its line, from left to right, without spaces and marks.
FROM_LEFT = """selector => [...document.querySelectorAll(selector)].map(it => {
    const walker = document.createTreeWalker(it, NodeFilter.SHOW_TEXT), found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode())
        [...node.textContent].forEach((letter, at) => {
            const range = document.createRange();
            range.setStart(node, at);
            range.setEnd(node, at + 1);
            const left = range.getBoundingClientRect().left;
            if (/[\\d٠-٩+−=]/.test(letter)) found.push([left, letter]);
        });
    return found.sort((one, other) => one[0] - other[0]).map(it => it[1]).join("");
})"""


@pytest.mark.parametrize(
    ("reader", "balance", "lines", "adds_up"),
    [
        ("lang=en", "−2", ["0", "−7", "+7"], "+7−7=0"),
        ("lang=ar", "−2", ["0", "−7", "+7"], "0=7−+7"),
        ("lang=ar&country=EG", "٢−", ["٠", "٧−", "٧+"], "٠=٧−٧+"),
    ],
)
def test_signs_stand_where_they_are_read(
    make_page: MakePage,
    live_app: LiveApp,
    session: Session,
    reader: str,
    balance: str,
    lines: list[str],
    adds_up: str,
) -> None:
    """On the left of 0 to 9, on the right of ٠ to ٩, and between what is added up. Caught: on the
    left of all, which in Arabic comes after the number."""
    customer_id = add_customer(session, language="en")
    purse = add_wallet(session, customer_id)
    purse.bought(7, 1)
    purse.spend(7)
    purse.entry(corrections.revoke, 2, purchase_id=1, may_owe=True, actor="scrip")
    page = make_page(width=390)
    sign_in(page, live_app, session, customer_id)
    page.goto(f"/account?{reader}")
    assert page.evaluate(FROM_LEFT, ".balance-figure") == [balance]
    assert page.evaluate(FROM_LEFT, ".statement-rows bdi") == lines
    assert page.evaluate(FROM_LEFT, ".adds-up") == [adds_up]


@pytest.mark.parametrize("language", ["tr", "ar"])
def test_every_page_fits_a_phone(
    make_page: MakePage, live_app: LiveApp, session: Session, ayse: int, language: str
) -> None:
    page = make_page(width=390, touch=True)
    sign_in(page, live_app, session, ayse)
    page.goto(f"/account?lang={language}")
    expect(page.locator(".statement-rows > li")).to_have_count(25)
    page.locator(".balance summary").click()
    page.locator(".statement-filter summary").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert_fit(page)
    paid = add_purchase(session, ayse, language=language)
    add_receipt(session, paid)
    save_company(session)
    pages = ("purchases", f"purchases/{paid}/receipt")
    for path in (*pages, "profile", "email", "emails", "sign-ins"):
        page.goto(f"/account/{path}?lang={language}")
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert_fit(page)


def test_a_receipt_prints_as_paper_alone(
    make_page: MakePage, live_app: LiveApp, session: Session, ayse: int
) -> None:
    """Caught: the colours of the screen, and grey words, on paper."""
    paid = add_purchase(session, ayse)
    add_receipt(session, paid)
    page = make_page(dark=True)
    sign_in(page, live_app, session, ayse)
    page.goto(f"/account/purchases/{paid}/receipt?lang=en")
    print_button = page.get_by_role("button", name="Print")
    expect(print_button).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".paper .muted").first).to_have_css("color", "rgb(0, 0, 0)")
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    for around in (print_button, page.locator(".shop-head"), page.locator(".shop-foot")):
        expect(around).to_be_hidden()
    assert page.title().startswith("Receipt")


def test_all_of_it_works_without_scripts(
    make_page: MakePage,
    live_app: LiveApp,
    session: Session,
    ayse: int,
    page_errors: PageErrors,
) -> None:
    page_errors.allow("status of 422")
    page = make_page(width=390, javascript=False)
    sign_in(page, live_app, session, ayse)
    page.goto("/account?lang=en")
    page.get_by_text("As of today").click()
    page.get_by_role("combobox", name="Show").select_option(label="Added")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".statement-rows > li")).to_have_count(9)
    page.get_by_role("link", name="Profile and language").click()
    page.get_by_role("textbox", name="Name").fill("a" * 121)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("textbox", name="Name")).to_be_focused()
    expect(page.get_by_role("textbox", name="Name")).to_have_value("a" * 121)
    page.get_by_role("textbox", name="Name").fill("Ayşe")
    page.get_by_role("combobox", name="Language").select_option("tr")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Profiliniz kaydedildi.")
    page.goto("/account/emails?lang=en")
    page.get_by_label("Remind me before credits end").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    page.goto("/account/sign-ins?lang=en")
    page.get_by_role("button", name="Sign out: Firefox, Windows").click()
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(1)
    page.goto("/account/sign-ins?lang=en")
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page).to_have_url(f"{live_app.url}/account/sign-in")
