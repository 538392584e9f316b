"""What buyers are told about prices: the tax line on cards, the note under them, the intro."""

import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.languages import LANGUAGES
from tests.api import PACKAGES, RELEASES, document, get
from tests.conftest import ADMIN
from tests.html import find, find_all, texts, values, without
from tests.page_helpers import (
    HTMX,
    LIST,
    add,
    apply_all,
    edit_market,
    edit_settings,
    post,
    states,
)

NOTES = {
    "note_en": "Invoices <by> email.\nAsk us.",
    "note_tr": "Faturalar e-postayla.",
    "note_ar": "الفواتير بالبريد.",
}
INTROS = {"intro_en": "Pay & learn.\nNow.", "intro_tr": "Öde & öğren.", "intro_ar": "ادفع وتعلم."}
# What the cards say about tax, and each language's way of writing the rate.
ABOVE = {
    ("included", 1950): "Prices in euros, including 19.5% VAT.",
    ("included", 0): "Prices in euros, including 0% VAT.",
    ("when_used", 0): "Prices in euros. Tax is due when the credits are used.",
    ("nothing", 0): "Prices in euros.",
}
RATES = {"en": "19.5%", "tr": "%19,5", "de": "19,5\u00a0%", "ar": "19.5\u200e%\u200e"}
LABELS = {
    "en": "Price includes 19.5% VAT",
    "tr": "Fiyata %19,5 KDV dahildir",
    "de": "Preis inkl. 19,5 % MwSt.",
    "ar": "السعر شامل ضريبة القيمة المضافة بنسبة 19.5\u200e%\u200e",
}
ADDRESSES = ("/packages", "/embed/packages")

in_each = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture
def _live(session: Session) -> None:
    """Germany sells two packages, one of them free; its buyers are told something in all
    languages but German. The US sells one, and nothing is said there."""
    add(session, "Klein", country="DE", currency="EUR")
    add(session, "Gift", country="DE", currency="EUR", credits=1, price_minor=0)
    add(session, "Small")
    edit_market(session, "DE", tax="included", tax_basis_points=1950, **NOTES)
    edit_settings(session, main_language="tr", **INTROS)
    apply_all(session)


live = pytest.mark.usefixtures("_live")


def expected(words: dict[str, str], text: str, language: str) -> str:
    """A text in the language, else in the main one, which is Turkish."""
    return words.get(f"{text}_{language}") or words[f"{text}_tr"]


def notes(page: str) -> list[str]:
    return [node.text() for node in find_all(page, "p.market-note")]


def above_the_cards(page: str) -> list[str]:
    return [node.text() for node in find_all(page, "p.shop-prices")]


@live
@pytest.mark.parametrize("path", ADDRESSES)
def test_what_tax_there_is_is_said_once(client: FlaskClient, session: Session, path: str) -> None:
    for (tax, points), sentence in ABOVE.items():
        if (tax, points) != ("included", 1950):
            edit_market(session, "DE", tax=tax, tax_basis_points=points)
            apply_all(session)
        assert above_the_cards(client.get(f"{path}?country=DE&lang=en").text) == [sentence]
    page = client.get(f"{path}?country=US&lang=en").text
    assert above_the_cards(page) == ["Prices in US dollars."]


@live
@in_each
def test_the_rate_is_written_as_its_readers_write_it(client: FlaskClient, language: str) -> None:
    """Caught: a rate written as in English whatever the language."""
    page = client.get(f"/packages?country=DE&lang={language}").text
    assert RATES[language] in above_the_cards(page)[0]


@live
@in_each
@pytest.mark.parametrize("path", ADDRESSES)
def test_the_note_is_in_the_readers_language_or_the_main_one(
    client: FlaskClient, path: str, language: str
) -> None:
    """Caught: English where a language is missing; markup of the note as markup of the page."""
    page = client.get(f"{path}?country=DE&lang={language}").text
    assert notes(page) == [expected(NOTES, "note", language)]
    assert find(page, "p.market-note").attributes["dir"] == "auto"
    (above, below) = (node.tag for node in find_all(page, "ul.cards, p.market-note"))
    assert (above, below) == ("ul", "p")
    assert notes(client.get(f"{path}?country=US&lang={language}").text) == []


def test_a_note_that_is_in_neither_language_is_left_out(
    client: FlaskClient, session: Session
) -> None:
    """Caught: any language rather than none."""
    add(session, "Klein", country="DE", currency="EUR")
    edit_market(session, "DE", note_ar="ملاحظة", tax="when_used")
    apply_all(session)
    assert notes(client.get("/packages?country=DE&lang=de").text) == []
    assert "note" not in document(get(client, PACKAGES, country="DE", lang="de"), "Packages")
    assert notes(client.get("/packages?country=DE&lang=ar").text) == ["ملاحظة"]


@live
def test_who_is_offered_another_countrys_packages_is_told_of_its_prices(
    client: FlaskClient, session: Session
) -> None:
    """Caught: the note of France under the packages of Germany."""
    edit_settings(session, default_country="DE")
    edit_market(session, "FR", note_en="French", tax="when_used")
    apply_all(session)
    page = client.get("/packages?country=FR&lang=en").text
    assert texts(page, ".card h2") == ["Klein", "Gift"]
    assert notes(page) == [NOTES["note_en"]]
    assert above_the_cards(page) == [ABOVE["included", 1950]]


@live
@in_each
def test_the_intro_is_in_the_readers_language_or_the_main_one(
    client: FlaskClient, language: str
) -> None:
    """Caught: intro_en in the description whatever the language."""
    page = client.get(f"/packages?country=US&lang={language}").text
    intro = expected(INTROS, "intro", language)
    assert find(page, "p.intro").text() == intro
    in_one_line = " ".join(intro.split())
    assert values(page, "meta[name=description]", "content") == [in_one_line]
    found = document(get(client, PACKAGES, country="US", lang=language), "Packages")
    assert found["intro_text"] == intro


def test_an_intro_that_is_in_neither_language_is_left_out(
    client: FlaskClient, session: Session
) -> None:
    add(session, "Small")
    edit_settings(session, intro_ar="ادفع")
    apply_all(session)
    page = client.get("/packages?country=US&lang=de").text
    assert find_all(page, "p.intro") == []
    assert values(page, "meta[name=description]", "content") == ["100 Credits, 19,99\u00a0$"]
    assert document(get(client, PACKAGES, lang="de"), "Packages")["intro_text"] == ""
    assert document(get(client, PACKAGES, lang="ar"), "Packages")["intro_text"] == "ادفع"


@live
@in_each
@pytest.mark.parametrize("path", [PACKAGES, f"{RELEASES}/1"])
def test_programs_are_told_the_same(
    client: FlaskClient, session: Session, path: str, language: str
) -> None:
    """Caught: tax and note of the live release for an old one; null where nothing is said."""
    if path != PACKAGES:
        edit_market(session, "DE", tax="nothing", tax_basis_points=0, note_tr="Later")
        apply_all(session)
    found = document(get(client, path, country="DE", lang=language), "Packages")
    label = found["tax"].pop("label").replace("\u00a0", " ")
    assert found["tax"] == {"treatment": "included", "basis_points": 1950}
    assert label == LABELS[language].replace("\u00a0", " ")
    assert found["note"] == expected(NOTES, "note", language)
    silent = document(get(client, path, country="US", lang=language), "Packages")
    assert not {"tax", "note"} & silent.keys()


def test_tax_that_is_due_later_has_no_rate(client: FlaskClient, session: Session) -> None:
    add(session, "Small")
    edit_market(session, "US", tax="when_used")
    apply_all(session)
    found = document(get(client, PACKAGES, lang="en"), "Packages")
    label = "Tax is due when the credits are used"
    assert found["tax"] == {"treatment": "when_used", "basis_points": 0, "label": label}


@live
@pytest.mark.on_both
def test_buyers_read_it_after_apply_and_not_before(
    client: FlaskClient, signed_in: FlaskClient, session: Session
) -> None:
    addresses = [f"{path}?country=DE&lang=tr" for path in (*ADDRESSES, PACKAGES)]
    before = [client.get(address).data for address in addresses]
    sent = {"tax": "when_used", "note_tr": "Yeni", "version": "2"}
    assert post(signed_in, "/settings/markets/DE", sent).status_code == 303
    assert [client.get(address).data for address in addresses] == before
    apply_all(session)
    for address in addresses[:2]:
        page = client.get(address).text
        assert notes(page) == ["Yeni"]
    assert client.get(addresses[2]).get_json()["note"] == "Yeni"
    assert [client.get(address).data for address in addresses] != before


@live
@pytest.mark.on_both
def test_the_cards_of_an_old_release_say_what_they_said(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: the market and the intro of today above and under the cards of old."""
    edit_market(session, "DE", tax="when_used", tax_basis_points=0, note_en="New", note_tr="Yeni")
    edit_settings(session, intro_en="New", main_language="en")
    apply_all(session)
    old = signed_in.get(f"{LIST}history/1/cards?country=DE&lang=en").text
    assert above_the_cards(old) == [ABOVE["included", 1950]]
    assert notes(old) == [NOTES["note_en"]]
    assert find(old, "p.intro").text() == INTROS["intro_en"]
    german = signed_in.get(f"{LIST}history/1/cards?country=DE&lang=de").text
    assert notes(german) == [NOTES["note_tr"]]
    new = signed_in.get(f"{LIST}history/2/cards?country=DE&lang=de").text
    assert (notes(new), find(new, "p.intro").text()) == (["New"], "New")


@live
@pytest.mark.parametrize("language", ["en", "tr"])
def test_the_preview_shows_both_sides(
    signed_in: FlaskClient, session: Session, language: str
) -> None:
    """Caught: the live market under the drafted cards."""
    edit_market(session, "DE", tax="when_used", tax_basis_points=0, note_en="New", note_tr="Yeni")
    page = signed_in.get(
        f"{LIST}preview?country=DE&show=both", headers={"Accept-Language": language}
    ).text
    sides = {
        key: find(page, f'section[aria-labelledby="side-{key}"]').html or ""
        for key in ("draft", "live")
    }
    lines = [above_the_cards(side)[0] for side in sides.values()]
    assert [RATES[language] in line for line in lines] == [False, True]
    assert notes(sides["draft"]) == [{"en": "New", "tr": "Yeni"}[language]]
    assert notes(sides["live"]) == [NOTES[f"note_{language}"]]


@live
def test_the_preview_opens_where_a_market_changed(signed_in: FlaskClient, session: Session) -> None:
    edit_market(session, "DE", note_en="New")
    page = signed_in.get(f"{LIST}preview").text
    assert "New" in notes(page)


@live
def test_a_market_alone_makes_a_release(client: FlaskClient, session: Session) -> None:
    pages = [client.get("/packages?country=DE&lang=tr").text for _ in range(2)]
    assert pages[0] == pages[1]
    edit_market(session, "DE", author=ADMIN, note_tr="Yeni")
    apply_all(session)
    assert notes(client.get("/packages?country=DE&lang=tr").text) == ["Yeni"]


@live
def test_prices_for_search_engines_stay_as_they_were(client: FlaskClient) -> None:
    page = client.get("/packages?country=DE&lang=en").text
    data = json.loads(find(page, "script[type='application/ld+json']").text())
    assert [each["offers"]["price"] for each in data["@graph"]] == ["19.99", "0.00"]


@live
@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", "{{ 7*7 }}", "\"' onload=x &amp;"])
def test_the_note_is_text(client: FlaskClient, session: Session, evil: str) -> None:
    edit_market(session, "DE", note_en=evil)
    apply_all(session)
    for path in ADDRESSES:
        page = client.get(f"{path}?country=DE&lang=en").text
        assert notes(page) == [evil]
        assert "<script>alert" not in without(page, "p.market-note")
    found = document(get(client, PACKAGES, country="DE", lang="en"), "Packages")
    assert found["note"] == evil


@live
def test_the_list_of_packages_says_nothing_of_it(signed_in: FlaskClient, session: Session) -> None:
    """It is no part of a package: a row stays live, whatever is said about its country."""
    edit_market(session, "DE", note_en="New")
    page = signed_in.get(f"{LIST}?country=DE", headers=HTMX).text
    assert states(page) == ["Live", "Live"]
