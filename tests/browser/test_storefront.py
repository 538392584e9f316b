"""The buyers' page in a browser."""

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy.orm import Session

from tests.browser.conftest import MakePage
from tests.browser.harness import LiveApp, assert_no_sideways_scroll
from tests.page_helpers import add, apply_all, edit

LINES = "prices => prices.map(price => price.getClientRects().length)"
BACKGROUND = "() => getComputedStyle(document.body).backgroundColor"


@pytest.fixture
def _packages(session: Session, live_app: LiveApp) -> None:  # noqa: ARG001 - serves them
    """Five live packages in two countries, one of them with a name as long as it may be."""
    add(session, "Starter", "Pro", "W" * 80)
    add(session, "Einstieg", "Profi", country="DE", currency="EUR", short_info="Für den Anfang")
    apply_all(session)


@pytest.fixture
def buyer(make_page: MakePage, _packages: None) -> Page:
    return make_page()


def cards(page: Page) -> Locator:
    return page.get_by_role("listitem")


def names(page: Page) -> Locator:
    return cards(page).get_by_role("heading", level=2)


def choose(page: Page, country: str) -> None:
    page.get_by_label("Country").select_option(label=country)
    page.get_by_role("button", name="Show").click()


def test_cards_come_in_listing_order_without_a_script(buyer: Page, session: Session) -> None:
    buyer.goto("/packages?country=DE")
    expect(names(buyer)).to_have_text(["Einstieg", "Profi"])
    for text in ("100 credits", "€19.99", "€0.20 per credit", "Für den Anfang"):
        expect(cards(buyer).first).to_contain_text(text)
    expect(buyer.locator("script:not([type='application/ld+json'])")).to_have_count(0)
    edit(session, 4, name="Not yet")
    buyer.reload()
    expect(names(buyer)).to_have_text(["Einstieg", "Profi"])


def test_a_country_is_chosen_and_remembered(buyer: Page) -> None:
    buyer.goto("/packages")
    expect(names(buyer).first).to_have_text("Starter")
    assert buyer.context.cookies() == []
    choose(buyer, "Germany")
    expect(names(buyer)).to_have_text(["Einstieg", "Profi"])
    buyer.goto("/")
    expect(names(buyer)).to_have_text(["Einstieg", "Profi"])


def test_the_choice_needs_no_cookie(buyer: Page) -> None:
    buyer.goto("/packages")
    choose(buyer, "Germany")
    buyer.context.clear_cookies()
    buyer.reload()
    expect(names(buyer)).to_have_text(["Einstieg", "Profi"])
    choose(buyer, "United States")
    expect(names(buyer).first).to_have_text("Starter")


def test_a_country_without_packages_says_so_kindly(buyer: Page) -> None:
    answer = buyer.goto("/packages?country=FR")
    assert answer
    assert answer.status == 200
    expect(buyer.get_by_role("heading", level=2).first).to_have_text("France: no packages yet")
    expect(names(buyer).first).to_have_text("Starter")


@pytest.mark.parametrize("width", [320, 1600])
def test_no_width_needs_sideways_scrolling(buyer: Page, width: int) -> None:
    buyer.set_viewport_size({"width": width, "height": 800})
    buyer.goto("/packages?country=US")
    expect(names(buyer)).to_have_count(3)
    assert_no_sideways_scroll(buyer)


def test_no_price_is_broken(buyer: Page, session: Session) -> None:
    """Caught: "TRY 7,599.0" on one line of a narrow card and "0" on the next."""
    add(session, "Lira", price_minor=759900, currency="TRY")
    add(session, "Rupiah", price_minor=1599000000, currency="IDR")
    apply_all(session)
    buyer.goto("/packages?country=US&lang=en")
    for width in (320, 390, 520, 960, 1280):
        buyer.set_viewport_size({"width": width, "height": 800})
        lines = buyer.locator(".card-price > bdi").evaluate_all(LINES)
        assert lines == [1] * 5, width


def test_dark_follows_the_system(buyer: Page) -> None:
    buyer.goto("/packages")
    light = buyer.evaluate(BACKGROUND)
    buyer.emulate_media(color_scheme="dark")
    assert buyer.evaluate(BACKGROUND) != light
