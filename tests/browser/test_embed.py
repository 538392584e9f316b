"""The packages on a page of another site: as an element of its own, and in a frame."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy.orm import Session
from werkzeug.wrappers import Request, Response

from domain.database import writing
from domain.embedding.sites import add_site, list_sites, remove_site
from tests.api import PACKAGES
from tests.browser.conftest import MakePage
from tests.browser.harness import (
    LiveApp,
    PageErrors,
    assert_accessible,
    assert_fit,
    assert_no_sideways_scroll,
    listening,
)
from tests.conftest import ADMIN
from tests.page_helpers import add, apply_all, edit, edit_market

DOCS = Path(__file__).parent.parent.parent / "docs"
LIVE = "https://credits.example.com"
ANSWERS = f"**{PACKAGES}*"
COUNT_SHIFTS = """
window.shift = 0;
new PerformanceObserver(seen => seen.getEntries().forEach(e => { window.shift += e.value; }))
  .observe({type: 'layout-shift', buffered: true});
"""
FRAME_IS_BLOCKED = "Framing .* violates the following Content Security Policy directive"


class OtherSite:
    """Serves docs/embed-example.html for the Scrip under test, from an origin of its own."""

    def __init__(self, scrip: str) -> None:
        self._scrip = scrip
        self.url = ""
        self.query = "country=DE&amp;lang=en"
        self.element = '<scrip-packages country="DE" lang="en" cards="4">'

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:  # noqa: ANN401 - WSGI
        return self.answer(Request(environ))(environ, start_response)

    def answer(self, request: Request) -> Response:
        file = DOCS / request.path.removeprefix("/")
        if not file.is_file():
            return Response(status=404)
        text = file.read_text().replace(LIVE, self._scrip)
        text = text.replace("country=DE&amp;lang=en", self.query)
        text = text.replace('<scrip-packages country="DE" lang="en" cards="4">', self.element)
        return Response(text, mimetype="text/css" if file.suffix == ".css" else "text/html")


Open = Callable[..., Page]


@pytest.fixture
def other_site(live_app: LiveApp) -> Iterator[OtherSite]:
    site = OtherSite(live_app.url)
    with listening(site) as port:
        site.url = f"http://127.0.0.1:{port}"
        yield site


@pytest.fixture
def _packages(session: Session, other_site: OtherSite) -> None:
    """Four live packages in Germany, which the other site may frame."""
    eur: dict[str, object] = {"country": "DE", "currency": "EUR", "short_info": "Für Sie."}
    add(session, "Klein", **eur)
    add(session, "Groß", credits=500, price_minor=8999, **eur)
    add(session, "Riesig", credits=1500, price_minor=24900, **eur)
    add(session, "<b>Für Teams</b>", credits=3000, price_minor=48900, **eur)
    add(session, "Small")
    apply_all(session)
    allow(session, other_site.url)


@pytest.fixture
def visit(make_page: MakePage, other_site: OtherSite, _packages: None) -> Open:
    """Opens the other site's page in a new browser, which `routes` may keep from its answers."""

    def open_page(
        routes: Mapping[str, Callable[[Route], Any]] | None = None,
        **options: Any,  # noqa: ANN401 - those of MakePage
    ) -> Page:
        page = make_page(**options)
        page.add_init_script(COUNT_SHIFTS)
        for pattern, handler in (routes or {}).items():
            page.route(pattern, handler)
        page.goto(f"{other_site.url}/embed-example.html")
        return page

    return open_page


def allow(session: Session, origin: str) -> None:
    with writing(session):
        add_site(session, origin, author=ADMIN)


def element(page: Page) -> Locator:
    return page.locator("scrip-packages")


def cards(page: Page) -> Locator:
    return element(page).get_by_role("listitem")


def told(card: Locator) -> list[str]:
    """What a card says, line by line."""
    return [" ".join(line.split()) for line in card.locator("h3, p").all_inner_texts()]


def frame_cards(page: Page) -> Locator:
    return page.frame_locator("iframe").get_by_role("listitem")


def assert_frame_is_blocked(page: Page) -> None:
    (frame,) = page.frames[1:]
    assert "chrome-error" in frame.url or not frame.url


def test_cards_say_what_the_api_says(visit: Open, live_app: LiveApp) -> None:
    page = visit()
    expect(cards(page)).to_have_count(4)
    answer = live_app.app.test_client().get(f"{PACKAGES}?country=DE&lang=en").get_json()
    for shown, package in zip(cards(page).all(), answer["packages"], strict=True):
        labels = package["labels"]
        lines = [
            *(labels["best_value"], package["name"], labels["price"], labels["credits"]),
            " ".join(filter(None, (labels["unit_price"], labels["saving_short"]))),
            package["short_info"],
        ]
        assert told(shown) == [line for line in lines if line]
    about = " ".join(answer["labels"][part] for part in ("mode", "prices", "savings_basis"))
    assert element(page).locator(".shown > .about").all_inner_texts() == [about]
    expect(element(page).get_by_role("list", name="Credit packages")).to_be_visible()
    expect(element(page).get_by_role("heading", name="<b>Für Teams</b>", level=3)).to_be_visible()
    expect(element(page).get_by_text("Best value")).to_have_count(1)


def test_cards_in_a_frame_say_the_same_numbers(visit: Open) -> None:
    page = visit()
    expect(frame_cards(page)).to_have_count(4)
    for shown, framed in zip(cards(page).all(), frame_cards(page).all(), strict=True):
        expect(framed).to_contain_text(shown.locator(".price").inner_text())
        expect(framed).to_contain_text(shown.locator(".unit").inner_text())


def test_drafts_stay_out_until_apply(visit: Open, session: Session) -> None:
    edit(session, 1, name="Not yet")
    page = visit()
    expect(cards(page).first).to_contain_text("Klein")
    apply_all(session)
    page.reload()
    expect(cards(page).first).to_contain_text("Not yet")
    expect(frame_cards(page).first).to_contain_text("Not yet")


@pytest.mark.usefixtures("_packages")
def test_a_site_that_is_not_on_the_list_may_not_frame(
    make_page: MakePage, other_site: OtherSite, page_errors: PageErrors
) -> None:
    """Caught: frame-ancestors without a list, and the frame's page without frame-ancestors."""
    for error in (FRAME_IS_BLOCKED, "ERR_BLOCKED_BY_RESPONSE"):
        page_errors.allow(error)
    page = make_page()
    page.goto(f"{other_site.url.replace('127.0.0.1', 'localhost')}/embed-example.html")
    expect(cards(page)).to_have_count(4)
    assert_frame_is_blocked(page)


def test_removed_from_the_list_a_site_is_shut_out_at_once(
    visit: Open, session: Session, page_errors: PageErrors
) -> None:
    """Caught: a frame that the browser had kept, shown again after a 304."""
    page = visit()
    expect(frame_cards(page)).to_have_count(4)
    for error in (FRAME_IS_BLOCKED, "ERR_BLOCKED_BY_RESPONSE"):
        page_errors.allow(error)
    with writing(session):
        remove_site(session, list_sites(session)[0].id)
    page.reload()
    expect(cards(page)).to_have_count(4)
    assert_frame_is_blocked(page)


@pytest.mark.parametrize("width", [1100, 700, 320])
def test_nothing_moves_when_the_cards_come(visit: Open, width: int) -> None:
    """Caught: an element without its blank cards; what comes after it jumped."""
    page = visit(width=width)
    expect(cards(page)).to_have_count(4)
    expect(frame_cards(page)).to_have_count(4)
    assert page.evaluate("() => window.shift") < 0.02


def test_room_is_kept_while_the_answer_is_on_its_way(visit: Open) -> None:
    held: list[Route] = []
    page = visit({ANSWERS: lambda route: held.append(route)})  # noqa: PLW0108 - it asks for one
    stage = element(page).locator(".stage")
    expect(stage).to_have_attribute("aria-busy", "true")
    expect(cards(page)).to_have_count(0)
    height = stage.evaluate("stage => stage.offsetHeight")
    assert height > 200
    held[0].continue_()
    expect(cards(page)).to_have_count(4)
    a_line = 26  # of a name that is longer than most
    assert abs(stage.evaluate("stage => stage.offsetHeight") - height) <= a_line
    expect(stage).not_to_have_attribute("aria-busy", "true")


def test_it_is_accessible_and_fits(visit: Open) -> None:
    page = visit()
    expect(cards(page)).to_have_count(4)
    expect(frame_cards(page)).to_have_count(4)
    assert_fit(page)


SURFACE = "card => getComputedStyle(card).backgroundColor"


def test_colours_follow_the_system_or_the_attribute(visit: Open) -> None:
    page = visit()
    first = cards(page).first
    light = first.evaluate(SURFACE)
    page.emulate_media(color_scheme="dark")
    dark = first.evaluate(SURFACE)
    assert light != dark
    element(page).evaluate("element => element.setAttribute('theme', 'light')")
    assert first.evaluate(SURFACE) == light
    page.emulate_media(color_scheme="light")
    element(page).evaluate("element => element.setAttribute('theme', 'dark')")
    assert first.evaluate(SURFACE) == dark


def test_colours_can_be_the_sites_own(visit: Open) -> None:
    badge = element(visit()).get_by_text("Best value")
    assert badge.evaluate("b => getComputedStyle(b).backgroundColor") == "rgb(11, 107, 83)"


def test_arabic_is_written_from_right_to_left(visit: Open, other_site: OtherSite) -> None:
    other_site.element = '<scrip-packages country="DE" lang="ar" cards="4">'
    other_site.query = "country=DE&amp;lang=ar"
    page = visit()
    expect(element(page).get_by_role("list", name="باقات الرصيد")).to_be_visible()
    first, second = (card.bounding_box() for card in cards(page).all()[:2])
    assert first
    assert second
    assert first["x"] > second["x"]
    expect(cards(page).first).to_contain_text("100 رصيد")
    expect(frame_cards(page).first).to_contain_text("رصيد")
    assert_accessible(page)


def test_without_a_lang_of_its_own_it_speaks_the_pages(visit: Open, other_site: OtherSite) -> None:
    other_site.element = '<div lang="tr"><scrip-packages country="DE">'
    expect(cards(visit()).first).to_contain_text("100 kredi")


def test_attributes_that_change_change_the_cards(visit: Open) -> None:
    page = visit()
    expect(cards(page)).to_have_count(4)
    element(page).evaluate("element => element.setAttribute('country', 'US')")
    expect(cards(page)).to_have_count(1)
    expect(cards(page)).to_contain_text("Small")
    element(page).evaluate("element => element.setAttribute('lang', 'de')")
    expect(cards(page)).to_contain_text("100 Credits")


def test_a_country_without_packages_says_so_and_links(visit: Open, other_site: OtherSite) -> None:
    other_site.element = '<scrip-packages country="JP" lang="en">'
    page = visit()
    expect(element(page).get_by_text("Japan: no packages yet")).to_be_visible()
    expect(element(page).get_by_role("link", name="See the credit packages")).to_be_visible()


def test_a_failure_leaves_the_link_and_no_gap(visit: Open, page_errors: PageErrors) -> None:
    for expected in ("packages.* failed", "answered 500", "status of (404|500)", "ERR_FAILED"):
        page_errors.allow(expected)

    def answer(status: int) -> Callable[[Route], None]:
        """What is no JSON, from any site."""
        headers = {"Access-Control-Allow-Origin": "*"}
        return lambda route: route.fulfill(status=status, headers=headers, body="<p>")

    page = visit({ANSWERS: lambda route: route.abort()})
    for fail in (None, answer(500), answer(404), answer(200)):
        if fail:
            page.unroute(ANSWERS)
            page.route(ANSWERS, fail)
            page.reload()
        link = element(page).get_by_role("link", name="See the credit packages")
        expect(link).to_be_visible()
        expect(cards(page)).to_have_count(0)
        assert page.evaluate("() => window.shift") < 0.02
    assert_accessible(page)


def test_after_a_failure_the_next_answer_is_shown(visit: Open, page_errors: PageErrors) -> None:
    page_errors.allow("ERR_FAILED|packages.* failed")
    page = visit({"**country=FR*": lambda route: route.abort()})
    for country, count in (("FR", 0), ("US", 1), ("FR", 0), ("DE", 4)):
        element(page).evaluate("(e, country) => e.setAttribute('country', country)", country)
        expect(cards(page)).to_have_count(count)
        link = element(page).get_by_role("link", name="See the credit packages")
        expect(link).to_be_visible(visible=count == 0)


RATES = {"en": "19%", "tr": "%19", "de": "19\u00a0%", "ar": "19\u200e%\u200e"}
NOTES = {"en": "Invoices <b>by email</b>.\nAsk us.", "ar": "الفواتير بالبريد."}


def tell_of_prices(session: Session) -> None:
    """What Germany says about its prices, and one free package."""
    add(session, "Gift", credits=1, price_minor=0, country="DE", currency="EUR")
    notes = {f"note_{code}": note for code, note in NOTES.items()}
    edit_market(session, "DE", tax="included", tax_basis_points=1900, **notes)
    apply_all(session)


def test_tax_and_note_are_told_in_the_language(
    visit: Open, session: Session, other_site: OtherSite
) -> None:
    """Caught: the note as markup, right against the cards."""
    tell_of_prices(session)
    for language in RATES:
        other_site.element = f'<scrip-packages country="DE" lang="{language}" cards="4">'
        other_site.query = f"country=DE&amp;lang={language}"
        assert_told_in(language, visit())


def assert_told_in(language: str, page: Page) -> None:
    expect(cards(page)).to_have_count(5)
    framed = page.frame_locator("iframe")
    expect(element(page).locator(".shown > .about")).to_contain_text(RATES[language])
    expect(framed.locator(".shop-prices")).to_contain_text(RATES[language])
    note = NOTES.get(language, NOTES["en"])
    assert element(page).locator(".note").all_inner_texts() == [note]
    expect(framed.locator(".market-note")).to_have_text(note)
    last, under = cards(page).last.bounding_box(), element(page).locator(".note").bounding_box()
    assert last
    assert under
    assert under["y"] >= last["y"] + last["height"] + 8
    assert_accessible(page)
    page.set_viewport_size({"width": 320, "height": 700})
    assert_no_sideways_scroll(page)


def test_the_note_goes_with_its_country(
    visit: Open, session: Session, page_errors: PageErrors
) -> None:
    """Caught: the note of Germany left behind above the link when the next answer failed."""
    page_errors.allow("ERR_FAILED|packages.* failed")
    tell_of_prices(session)
    page = visit({"**country=FR*": lambda route: route.abort()})
    note = element(page).locator(".note")
    for country, count in (("DE", 1), ("US", 0), ("DE", 1), ("FR", 0), ("DE", 1), ("JP", 0)):
        element(page).evaluate("(e, country) => e.setAttribute('country', country)", country)
        expect(note).to_have_count(count)


def test_without_javascript_there_is_the_link(visit: Open) -> None:
    page = visit(javascript=False)
    link = page.get_by_role("link", name="See the credit packages")
    expect(link).to_be_visible()
    expect(frame_cards(page)).to_have_count(4)


def test_no_cookie_is_needed_or_left(visit: Open, live_app: LiveApp) -> None:
    page = visit()
    expect(cards(page)).to_have_count(4)
    expect(frame_cards(page)).to_have_count(4)
    assert page.context.cookies() == []
    page.context.add_cookies([{"name": "country", "value": "US", "url": live_app.url}])
    with page.expect_request(ANSWERS) as asked:
        page.reload()
    assert "cookie" not in asked.value.all_headers()
    expect(cards(page)).to_have_count(4)


def test_leaving_while_it_loads_breaks_nothing(visit: Open) -> None:
    held: list[Route] = []
    page = visit({ANSWERS: lambda route: held.append(route)})  # noqa: PLW0108 - it asks for one
    expect(element(page).locator(".stage")).to_have_attribute("aria-busy", "true")
    page.unroute(ANSWERS)
    element(page).evaluate(
        "element => { const place = element.parentNode; element.remove(); place.append(element); }"
    )
    expect(cards(page)).to_have_count(4)
