"""The buyers' page in a browser: each language, right to left, longer text, paper."""

import pytest
from babel.support import NullTranslations
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from blueprints import locale
from domain.languages import LANGUAGES
from tests.browser.conftest import MakePage
from tests.browser.harness import LiveApp, assert_accessible, assert_no_sideways_scroll
from tests.page_helpers import add, apply_all

# Text that its own box cuts off, or that stands out of it.
CLIPPED = """() => [...document.querySelectorAll('h1, h2, p, label, button, select')]
  .filter(e => !e.closest('.skip-link, .vh') && e.scrollWidth > e.clientWidth + 1)
  .map(e => e.outerHTML)"""
# What has to be read in one piece, but stands on several lines.
BROKEN = """() => [...document.querySelectorAll('.shop-choice button')].filter(button => {
  const words = [...button.childNodes].findLast(node => node.textContent.trim());
  const text = document.createRange(); text.selectNodeContents(words);
  return text.getClientRects().length > 1; }).map(button => button.outerHTML)"""
SHIFT = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(seen => seen.getEntries().forEach(e => { sum += e.value; }))
    .observe({type: 'layout-shift', buffered: true});
  requestAnimationFrame(() => setTimeout(() => done(sum)));
})"""
COLUMNS = """() => new Set([...document.querySelectorAll('.cards > li')]
  .map(card => Math.round(card.getBoundingClientRect().x))).size"""
WIDTHS = (320, 768, 1200)


@pytest.fixture
def _packages(session: Session, live_app: LiveApp) -> None:  # noqa: ARG001 - serves them
    add(session, "Starter", credits=100, price_minor=1999, short_info="Enough for a start.")
    add(session, "Pro", credits=500, price_minor=8999, short_info="لجلسة كل أسبوع.")
    add(session, "W" * 80, credits=10**9, price_minor=10**12, currency="KWD", short_info="i" * 280)
    add(session, "Gift", credits=1, price_minor=0)
    add(session, "فريق", credits=2000, price_minor=32900)
    add(session, "Kısa", country="TR", currency="TRY")
    apply_all(session)


packages = pytest.mark.usefixtures("_packages")


def set_width(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})


def assert_fits(page: Page) -> None:
    for width in WIDTHS:
        set_width(page, width)
        assert_no_sideways_scroll(page)
        assert page.evaluate(CLIPPED) == [], f"{page.url} at {width} px"
        assert page.evaluate(BROKEN) == [], f"{page.url} at {width} px"


@packages
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_fits_and_is_accessible(page: Page, language: str) -> None:
    """Rules E1, E2 and E5. Caught: labels of the choice that may break anywhere (البل-د)."""
    page.goto(f"/packages?country=US&lang={language}")
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert_fits(page)
    for width in (320, 1200):
        set_width(page, width)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert_accessible(page)


@packages
def test_a_country_without_packages_fits_and_is_accessible(page: Page) -> None:
    page.goto("/packages?country=EG&lang=ar")
    expect(page.get_by_role("heading", level=2).first).to_have_text("مصر: لا توجد باقات بعد")
    assert_fits(page)
    assert_accessible(page)


@packages
def test_arabic_is_written_from_right_to_left(page: Page) -> None:
    """Caught: text in Latin letters set against the other edge than the rest of its card."""
    page.goto("/packages?country=US&lang=ar")
    card = page.get_by_role("listitem").first
    edge = """card => {
      const edges = ['h2', '.card-price bdi', '.card-info'].map(part => {
        const text = document.createRange(); text.selectNodeContents(card.querySelector(part));
        return Math.round(text.getBoundingClientRect().right);
      });
      return [...edges, Math.round(card.getBoundingClientRect().right)]; }"""
    name, price, info, side = card.evaluate(edge)
    assert name == price == info
    assert side - price < 40


@packages
def test_a_language_is_chosen_without_a_script(make_page: MakePage) -> None:
    page = make_page(javascript=False)
    page.goto("/packages?country=US")
    page.get_by_label("Country").select_option("TR")
    page.get_by_role("button", name="Language: English").click()
    page.get_by_role("group", name="Language").get_by_role("button", name="العربية").click()
    expect(page).to_have_url("/packages?country=TR&lang=ar", ignore_case=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("باقات الرصيد")
    expect(page.get_by_role("heading", level=2)).to_have_text("Kısa")
    page.get_by_label("البلد").select_option("US")
    page.get_by_role("button", name="عرض", exact=True).click()
    expect(page).to_have_url("/packages?country=US&lang=ar")
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("باقات الرصيد")


@packages
def test_everything_has_a_name(page: Page) -> None:
    """Rule P5."""
    page.goto("/packages?country=US&lang=tr")
    expect(page.locator("body")).to_match_aria_snapshot("""
    - link "Paketlere geç"
    - banner:
      - paragraph: Our platform
      - text: TEST Ülke
      - combobox "Ülke"
      - button "Göster"
      - 'button "Dil: Türkçe"'
    - main:
      - heading "Kredi Paketleri" [level=1]
      - paragraph: /Starter/
      - list:
        - listitem:
          - heading "Starter" [level=2]
          - paragraph: $19,99
          - paragraph: 100 kredi
          - paragraph: Kredi başına $0,20
          - paragraph: Enough for a start.
    - contentinfo:
      - paragraph: Our platform
    """)


class Longer(NullTranslations):
    """English of which every text is 40 percent longer."""

    def gettext(self, message: str) -> str:
        return message + (" " + "more" * 99)[: len(message) * 4 // 10 + 1]

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    ugettext, ungettext = gettext, ngettext


@packages
def test_text_may_be_longer(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule E5."""
    monkeypatch.setattr(locale, "texts", Longer)
    for country in ("US", "FR"):
        page.goto(f"/packages?country={country}&lang=de")
        expect(page.get_by_role("heading", level=1)).to_have_text("Credit packages moremo")
        assert_fits(page)


@pytest.mark.parametrize(
    ("count", "columns"),
    [
        (1, {320: 1, 768: 1, 1200: 1}),
        (2, {320: 1, 768: 2, 1200: 2}),
        (3, {320: 1, 768: 3, 1200: 3}),
        (4, {320: 1, 768: 2, 1200: 4}),
        (5, {320: 1, 768: 3, 1200: 3}),
        (6, {320: 1, 768: 3, 1200: 3}),
        (8, {320: 1, 768: 2, 1200: 4}),
    ],
)
def test_rows_of_cards_are_balanced(
    page: Page, session: Session, count: int, columns: dict[int, int]
) -> None:
    """Caught: as many columns as fit, which leaves the fifth card alone in its row."""
    add(session, *(f"Package {number}" for number in range(count)))
    apply_all(session)
    page.goto("/packages?country=US&lang=en")
    seen = {}
    for width in WIDTHS:
        set_width(page, width)
        seen[width] = page.evaluate(COLUMNS)
    assert seen == columns


@packages
def test_nothing_shifts_while_it_loads(page: Page) -> None:
    page.goto("/packages?country=US&lang=de")
    assert page.evaluate(SHIFT) == 0


@packages
def test_paper_shows_the_cards_alone(page: Page) -> None:
    page.goto("/packages?country=US&lang=en")
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.get_by_label("Country")).to_be_hidden()
    expect(page.get_by_role("button", name="Language")).to_be_hidden()
    expect(page.get_by_text("Best value")).to_be_visible()
    paper = "() => getComputedStyle(document.querySelector('h1')).color"
    assert page.evaluate(paper) == "rgb(24, 27, 37)"


@pytest.mark.usefixtures("live_app")
def test_data_for_search_engines_runs_nowhere(page: Page, session: Session) -> None:
    """That the policy has nothing against it is held by every test here: a violation fails it."""
    evil = "</script><script>document.title = 'run'</script>"
    add(session, evil, short_info=evil)
    apply_all(session)
    page.goto("/packages?country=US&lang=en")
    expect(page.get_by_role("heading", level=2)).to_have_text(evil)
    expect(page).to_have_title("Credit packages · United States · Our platform")
    expect(page.locator("script")).to_have_count(1)
