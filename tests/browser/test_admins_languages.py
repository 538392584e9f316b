"""The admins' pages in Turkish in a browser: what scripts say, longer words on small screens."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import PageErrors, assert_accessible, assert_no_sideways_scroll
from tests.page_helpers import BOB, LIST, add, apply_all, edit, remove

PAGES = ("", "add", "review", "preview", "history", "discard", "1/actions", "../", "../sites")


@pytest.fixture
def turkish(make_page: MakePage, sign_in: SignIn, session: Session) -> Page:
    """The list in Turkish: One, Two and Three, of which two have changes."""
    one, two, _three = add(session, "One", "Two", "Three")
    apply_all(session)
    edit(session, one, price_minor=1500)
    remove(session, two)
    edit(session, one, short_info="INFO", author=BOB)
    page = make_page(locale="tr-TR")
    sign_in(page)
    page.goto(LIST)
    return page


def test_scripts_speak_turkish(turkish: Page, page_errors: PageErrors) -> None:
    """Caught: the place read out of an English label; "Error: " before a Turkish title."""
    page_errors.allow("status of 422")
    page, status = turkish, turkish.locator("#status")
    handle = page.get_by_role("button", name="Sırasını değiştir: One, 1 / 2")
    handle.press("ArrowUp")
    expect(status).to_have_text("One, 1 / 2, zaten ilk sırada.")
    handle.press("ArrowDown")
    expect(status).to_contain_text("One artık 2. sırada")
    page.locator("#more-1").click()
    expect(page.get_by_role("dialog").locator("h3")).to_have_text("Taşı: One, 2 / 2")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Düzenle: One").click()
    page.get_by_label("Kredi", exact=True).fill("x")
    page.get_by_role("button", name="Kaydet", exact=True).click()
    expect(page).to_have_title("Hata: Kredi Paketleri · Ayarlar · Scrip")
    page.get_by_role("button", name="İptal").click()
    expect(page).to_have_title("Kredi Paketleri · Ayarlar · Scrip")


def test_ticks_are_counted_in_turkish(turkish: Page) -> None:
    turkish.goto(f"{LIST}review")
    apply = turkish.locator("#apply")
    turkish.get_by_role("button", name="Tümünü seç").click()
    expect(apply).to_have_text("2 değişikliği uygula", use_inner_text=True)
    turkish.get_by_role("checkbox", name="Two, Kaldırıldı").uncheck()
    expect(apply).to_have_text("1 değişikliği uygula", use_inner_text=True)
    expect(turkish.locator("#pending")).to_contain_text("1 / 2 seçili")
    expect(turkish.get_by_label("2 değişikliği dahil et")).to_be_visible()


def test_the_language_is_chosen_without_javascript(
    make_page: MakePage, sign_in: SignIn, session: Session
) -> None:
    add(session, "One", country="DE")
    page = make_page(javascript=False)
    sign_in(page)
    page.goto(f"{LIST}?country=DE")
    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="Türkçe").click()
    expect(page.get_by_role("heading", name="Kredi Paketleri", level=1)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "tr")
    expect(page).to_have_url(f"{LIST}?country=DE")


def test_turkish_fits_on_a_small_screen(turkish: Page) -> None:
    """Caught: buttons that may not break in the bar of pending changes."""
    turkish.set_viewport_size({"width": 320, "height": 800})
    for path in PAGES:
        turkish.goto(f"{LIST}{path}")
        assert_no_sideways_scroll(turkish)
        assert_accessible(turkish)
