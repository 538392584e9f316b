"""The button on a card, pressed: on the buyers' page, in a frame, in the element."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from tests.browser.conftest import MakePage
from tests.browser.harness import (
    LiveApp,
    assert_accessible,
    assert_no_sideways_scroll,
)
from tests.browser.test_embed import OtherSite, allow, other_site
from tests.companies import save_company
from tests.page_helpers import add, apply_all, edit_settings

__all__ = ["other_site"]


@pytest.fixture
def bought(session: Session, other_site: OtherSite) -> str:
    """Three live packages in Germany, which are bought at an address of the other site."""
    eur: dict[str, object] = {"country": "DE", "currency": "EUR"}
    add(session, "Klein", **eur)
    add(session, "Groß", credits=500, price_minor=8999, short_info="Für" + " Sie" * 60, **eur)
    add(session, "Gratis", **(eur | {"price_minor": 0}))
    address = f"{other_site.url}/embed-example.html?bought="
    edit_settings(session, buying="link", buying_link=f"{address}{{id}}")
    apply_all(session)
    save_company(session)
    allow(session, other_site.url)
    return address


def press(page: Page, lang: str = "en") -> None:
    """By keyboard."""
    label = {"en": "Buy Klein, 100 credits, €19.99"}[lang]
    page.get_by_role("link", name=label).press("Enter")


def test_a_button_on_the_buyers_page(make_page: MakePage, live_app: LiveApp, bought: str) -> None:
    page = make_page()
    page.goto(f"{live_app.url}/packages?country=DE&lang=en")
    expect(page.locator(".card .button")).to_have_count(2)
    assert_accessible(page)
    feet = page.locator(".card .button").evaluate_all(
        "all => all.map(each => each.getBoundingClientRect()).map(r => [r.bottom, r.height >= 44])"
    )
    assert feet[0] == feet[1]
    assert feet[0][1]
    press(page)
    page.wait_for_url(f"{bought}1")


def test_buttons_fit_right_to_left(page: Page, live_app: LiveApp, bought: str) -> None:
    page.goto(f"{live_app.url}/packages?country=DE&lang=ar")
    expect(page.locator(".card a.button").first).to_have_attribute("href", f"{bought}1")
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert_accessible(page)
        assert_no_sideways_scroll(page)


def test_buttons_elsewhere_open_the_whole_window(
    make_page: MakePage, other_site: OtherSite, bought: str
) -> None:
    """Caught: the checkout opened within the frame, which no site may show."""
    page = make_page()
    for place in (page.frame_locator("iframe"), page.locator("scrip-packages")):
        page.goto(f"{other_site.url}/embed-example.html")
        button = place.get_by_role("link", name="Buy Groß, 500 credits, €89.99")
        expect(button).to_have_text("Buy")
        button.focus()
        button.press("Enter")
        page.wait_for_url(f"{bought}2")
