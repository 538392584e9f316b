"""What buyers of a country are told about its prices, from the form to the buyer and back."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from tests.browser.conftest import MakePage, SignIn
from tests.browser.harness import PageErrors, assert_fit
from tests.conftest import ADMIN
from tests.page_helpers import LIST, add, apply_all, edit, edit_market, edit_settings, market

MARKETS = "/settings/markets"
TURKEY = f"{MARKETS}/TR"
BUYERS = "/packages?country=TR&lang=tr"
NOTE = "Faturanız e-postayla gelir.\nSorularınız için bize yazın."
LINES = """note =>
  note.getBoundingClientRect().height / parseFloat(getComputedStyle(note).lineHeight)"""
LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverleihungsurkunde"


@pytest.fixture
def _live(session: Session) -> None:
    """Türkiye sells two packages, and says nothing about tax."""
    prices = {"country": "TR", "currency": "TRY"}
    add(session, "Küçük", **prices, price_minor=100000)
    add(session, "Büyük", **prices, credits=500, price_minor=450000)
    apply_all(session)


def draft_tax_and_note(page: Page) -> None:
    """From Settings, by what the pages offer."""
    page.goto("/settings/")
    page.get_by_role("main").get_by_role("link", name="Markets").click()
    page.get_by_role("link", name="Edit Türkiye").click()
    form = page.get_by_role("form", name="Türkiye")
    form.get_by_label("Tax", exact=True).select_option(label="The price includes tax")
    form.get_by_label("Tax Rate").fill("20")
    form.get_by_label("Note (Türkçe)").fill(NOTE)
    form.get_by_label("Note (English)").fill("Your invoice comes by email.")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Türkiye saved.")
    expect(page.locator("#market-TR")).to_contain_text("Price includes 20% VAT")


@pytest.mark.usefixtures("_live")
def test_from_the_form_to_the_buyer_and_back(
    page: Page, make_page: MakePage, sign_in: SignIn, session: Session
) -> None:
    buyer = make_page(locale="tr-TR")
    sign_in(page)
    draft_tax_and_note(page)
    edit(session, 1, price_minor=110000, author=ADMIN)
    buyer.goto(BUYERS)
    expect(buyer.locator(".shop-prices")).not_to_contain_text("20")
    expect(buyer.locator(".market-note")).to_have_count(0)

    page.goto(f"{LIST}review")
    expect(page.get_by_role("checkbox", name="Market of Türkiye, Edited")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Küçük, Edited")).to_be_checked()
    page.get_by_label("Note", exact=True).fill("VAT")
    page.get_by_role("button", name="Apply 2 changes").click()
    expect(page.get_by_role("status")).to_contain_text("Release 2 is live")

    buyer.reload()
    expect(buyer.locator(".shop-prices")).to_contain_text("%20")
    expect(buyer.locator(".card-price").first).to_have_text("₺1.100,00")
    expect(buyer.locator(".market-note")).to_have_text(NOTE)

    page.goto(f"{LIST}history/1")
    page.get_by_role("link", name="Restore").click()
    expect(page.get_by_role("main")).to_contain_text("Market of Türkiye")
    page.get_by_role("button", name="Restore with 2 changes").click()
    expect(page.get_by_role("checkbox", name="Market of Türkiye, Edited")).to_be_checked()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text("That was undone.")
    assert market(session, "TR").note_tr == NOTE

    page.goto(f"{LIST}history/1/restore")
    page.get_by_role("button", name="Restore with 2 changes").click()
    page.get_by_role("button", name="Apply 2 changes").click()
    expect(page.get_by_role("status")).to_contain_text("Release 3 is live")
    buyer.reload()
    expect(buyer.locator(".card-price").first).to_have_text("₺1.000,00")
    expect(buyer.locator(".shop-prices")).not_to_contain_text("20")
    expect(buyer.locator(".market-note")).to_have_count(0)


@pytest.mark.usefixtures("_live")
def test_the_words_stand_where_readers_look(page: Page, session: Session) -> None:
    """Tax above the cards, the note under all of them, with its lines; in Arabic from right to
    left, in English as it is typed."""
    note = {"note_en": "One\nTwo", "note_ar": "واحد\nاثنان"}
    edit_market(session, "TR", tax="included", tax_basis_points=1950, **note)
    edit_settings(session, intro_en="Welcome.", intro_ar="أهلا")
    apply_all(session)
    for language in ("en", "ar", "de"):
        page.goto(f"/packages?country=TR&lang={language}")
        above = page.locator(".shop-prices").bounding_box()
        first = page.locator(".cards > li").first.bounding_box()
        assert above
        assert first
        assert above["y"] < first["y"]
        last = page.locator(".cards > li").last.bounding_box()
        under = page.locator(".market-note").bounding_box()
        assert last
        assert under
        assert under["y"] >= last["y"] + last["height"]
        assert round(page.locator(".market-note").evaluate(LINES)) == 2
        assert_fit(page)


def test_the_form_and_the_list_fit(
    page: Page, sign_in: SignIn, session: Session, page_errors: PageErrors
) -> None:
    for status in (409, 422):
        page_errors.allow(f"status of {status}")
    sign_in(page)
    page.goto(MARKETS)
    expect(page.get_by_role("heading", name="No markets yet")).to_be_visible()
    assert_fit(page)
    add(session, "Eins", country="DE", currency="EUR")
    edit_market(session, "DE", note_en=LONG_WORD, note_ar="ملاحظة", note_tr=LONG_WORD)
    edit_market(session, "GB", tax="when_used", note_de=LONG_WORD)
    page.reload()
    expect(page.locator(".market")).to_have_count(2)
    assert_fit(page)

    page.get_by_role("link", name="Edit Germany").click()
    page.get_by_label("Tax", exact=True).select_option("included")
    page.get_by_label("Tax Rate").fill("101")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".problems")).to_be_focused()
    expect(page.get_by_label("Tax Rate")).to_have_value("101")
    assert_fit(page)
    edit_market(session, "DE", tax="when_used", note_en="Theirs")
    page.get_by_label("Tax Rate").fill("19.5")
    page.get_by_label("Note (English)").fill("Mine")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("group", name="Tax")).to_contain_text("Price includes 19.5% VAT")
    assert_fit(page)
    page.get_by_label("Keep bob@example.com's: Tax is due when the credits are used").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Germany saved.")
    saved = market(session, "DE")
    assert (saved.tax, saved.tax_basis_points, saved.note_en) == ("when_used", 0, "Mine")


def test_an_open_form_is_told_of_a_save(page: Page, sign_in: SignIn, session: Session) -> None:
    edit_market(session, "DE", note_en="First")
    sign_in(page)
    page.clock.install()
    page.goto(f"{MARKETS}/DE")
    edit_market(session, "DE", note_en="Theirs")
    page.clock.fast_forward(20_000)
    notice = page.locator("#unseen")
    expect(notice).to_contain_text("bob@example.com changed this market.")
    assert_fit(page)
    notice.get_by_role("link", name="Show them").click()
    expect(page.get_by_label("Note (English)")).to_have_value("Theirs")


def test_without_scripts_a_market_is_saved(
    make_page: MakePage, sign_in: SignIn, session: Session
) -> None:
    page = make_page(javascript=False)
    sign_in(page)
    page.goto(TURKEY)
    page.get_by_label("Tax", exact=True).select_option("when_used")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Türkiye saved.")
    assert market(session, "TR").tax == "when_used"
