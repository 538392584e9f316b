"""Buying in a real browser: to the simulator's page and back, with scripts and without."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from blueprints.customer_sign_in import cookie_name
from domain.customers import sessions
from domain.database import writing
from domain.purchases.models import Checkout
from tests.account_pages import last_code
from tests.browser.conftest import MakePage
from tests.browser.harness import LiveApp, PageErrors, assert_fit
from tests.checkouts import make_shop
from tests.conftest import config_for
from tests.customers import add_customer
from tests.page_helpers import apply_all, edit
from tests.simulator import NO_FUNDS, Simulator

BUY = "/checkout/1?release=1&country=DE&lang={}"
PRESSED_TWICE = """() => {
    const buy = document.querySelector('button.buy');
    buy.click();
    setTimeout(() => buy.click(), 500);
}"""
LONG_NAME = "Aile Paketi – Düzenli Görüşmeler İçin Donaudampfschifffahrtsgesellschaftskapitän"


@pytest.fixture
def app(database: str, simulator: Simulator) -> Flask:
    return create_app(config_for(database, simulator_port=simulator.port))


@pytest.fixture
def ayse(live_app: LiveApp, session: Session) -> int:
    make_shop(session)
    return add_customer(live_app.engine)


def sign_in(page: Page, live_app: LiveApp, session: Session, customer_id: int) -> None:
    with writing(session):
        token = sessions.open_session(session, customer_id)
    with live_app.app.app_context():
        name = cookie_name()
    page.context.add_cookies([{"name": name, "value": token, "url": live_app.url}])


def pay_by_card(page: Page, number: str = "") -> None:
    """On the simulator's page."""
    if number:
        page.locator("[name=number]").fill(number)
    page.locator("button[value=card]").click()


@contextmanager
def away(simulator: Simulator) -> Iterator[None]:
    simulator.faults({"kind": "500", "calls": 1000})
    yield
    simulator.faults()


@pytest.mark.parametrize("javascript", [True, False])
def test_from_the_email_to_the_credits(
    make_page: MakePage,
    live_app: LiveApp,
    session: Session,
    simulator: Simulator,
    page_errors: PageErrors,
    javascript: bool,
) -> None:
    """Caught: form-action of 'self' alone, with which the browser stays where it is and says
    nothing; Enter in a field that pressed another button than the next one."""
    page_errors.allow("status of 4(22|02)")
    make_shop(session)
    page = make_page(width=390, touch=True, javascript=javascript)
    page.goto(BUY.format("en"))
    buy = page.get_by_role("button", name="Buy now – pay €20.89")
    page.get_by_text("Add a company and tax number").click()
    page.get_by_role("textbox", name="Company").fill("Lotus GmbH")
    page.get_by_role("textbox", name="Email").fill("ayse@posta.example")
    page.get_by_role("textbox", name="Email").press("Enter")
    expect(page.get_by_role("textbox", name="Code")).to_be_focused()
    page.get_by_role("textbox", name="Code").fill(last_code(session))
    buy.click()
    expect(page.get_by_role("link", name="Right of withdrawal")).to_be_visible()
    expect(page.get_by_text("Signed in as")).to_be_visible()
    page.get_by_role("checkbox").check()
    expect(page.get_by_role("textbox", name="Company")).to_have_value("Lotus GmbH")
    buy.click()
    page.wait_for_url(f"{simulator.url}/pay/**")
    pay_by_card(page, NO_FUNDS)
    page.goto(f"{live_app.url}/checkout/purchases/1?lang=en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your bank declined the payment")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_url(f"{simulator.url}/pay/**")
    pay_by_card(page)
    page.wait_for_url(f"{live_app.url}/checkout/purchases/1?**")
    expect(page.get_by_role("heading", level=1)).to_have_text("100 credits are yours")
    session.rollback()
    states = select(Checkout.state).order_by(Checkout.id)
    assert session.scalars(states).all() == ["expired", "paid"]


def test_buy_now_pressed_twice_leads_there_once_and_back(
    make_page: MakePage, session: Session, simulator: Simulator
) -> None:
    """Caught: a second press before the answer, which asked for another code; an error of the
    browser on the way back."""
    make_shop(session)
    page = make_page(width=390)
    page.goto(BUY.format("en"))
    page.get_by_role("textbox", name="Email").fill("ayse@posta.example")
    page.get_by_role("button", name="Send code").click()
    page.get_by_role("textbox", name="Code").fill(last_code(session))
    page.get_by_role("checkbox").check()
    simulator.faults({"kind": "slow", "seconds": 1.5})
    page.evaluate(PRESSED_TWICE)
    page.wait_for_url(f"{simulator.url}/pay/**")
    page.go_back()
    expect(page.get_by_text("Signed in as")).to_be_visible()


def test_the_calm_page_hears_of_the_payment_by_itself(
    make_page: MakePage, live_app: LiveApp, session: Session, simulator: Simulator, ayse: int
) -> None:
    """Caught: a focus that fell to the top; a change that nobody is told of."""
    page = make_page(width=390, reduced_motion=True)
    sign_in(page, live_app, session, ayse)
    page.goto(BUY.format("en"))
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Buy now").click()
    page.wait_for_url(f"{simulator.url}/pay/**")
    with away(simulator):
        pay_by_card(page)
        page.wait_for_url(f"{live_app.url}/checkout/purchases/1?**")
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_have_text("We are confirming your payment")
        expect(page.locator(".ring")).to_have_css("animation-name", "none")
        assert_fit(page)
        page.get_by_role("link", name="Check again").focus()
        with page.expect_response("**/state?**"):
            pass
        expect(page.get_by_role("link", name="Check again")).to_be_focused()
        expect(page.get_by_role("status")).to_be_empty()
    expect(heading).to_have_text("100 credits are yours")
    expect(page.get_by_role("status")).to_have_text("100 credits are yours")
    expect(heading).to_be_focused()
    expect(page).to_have_title("100 credits are yours · Our platform")
    assert_fit(page)


@pytest.mark.parametrize(
    ("language", "width", "dark"), [("tr", 390, False), ("ar", 320, True), ("de", 320, False)]
)
def test_every_page_fits_a_phone(
    make_page: MakePage,
    live_app: LiveApp,
    session: Session,
    simulator: Simulator,
    ayse: int,
    page_errors: PageErrors,
    *,
    language: str,
    width: int,
    dark: bool,
) -> None:
    page_errors.allow("status of 422")
    edit(session, 1, name=LONG_NAME)
    apply_all(session)
    page = make_page(width=width, touch=True, dark=dark)
    page.goto(BUY.format(language))
    page.locator(".company summary").click()
    page.locator(".withdrawal summary").click()
    assert_fit(page)
    sign_in(page, live_app, session, ayse)
    edit(session, 1, price_minor=99_999_999)
    apply_all(session)
    page.goto(BUY.format(language))
    assert_fit(page)
    page.locator("button.buy").click()
    expect(page.locator(".problems")).to_be_focused()
    assert_fit(page)
    page.locator("#order-consent").check()
    page.locator("button.buy").click()
    page.wait_for_url(f"{simulator.url}/pay/**")
    page.goto(f"/checkout/purchases/1?country=DE&lang={language}")
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert_fit(page)


def test_checkout_and_calm_pages_fit_a_desk(
    make_page: MakePage, live_app: LiveApp, session: Session, ayse: int, page_errors: PageErrors
) -> None:
    page_errors.allow("status of 410")
    page = make_page(width=1280)
    sign_in(page, live_app, session, ayse)
    page.goto(BUY.format("en"))
    summary, form = page.locator(".summary"), page.locator(".checkout-form")
    boxes = summary.bounding_box(), form.bounding_box()
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert_fit(page)
    page.goto("/checkout/99?country=DE&lang=en")
    assert_fit(page)
