"""The preview: drafted cards as buyers will see them, beside what is live."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.catalogue.drafts import drafts
from domain.catalogue.settings.rules import SettingsValues
from domain.database import writing
from tests.conftest import ADMIN, Once
from tests.counting import assert_flat
from tests.html import find, find_all, text_of, texts, values, without
from tests.page_helpers import (
    HTMX,
    LIST,
    add,
    apply_all,
    buyers_pages,
    differences,
    edit,
    everything,
    move,
    post,
    remove,
)

PREVIEW = f"{LIST}preview"
MARKS = ".card-changes"


@pytest.fixture
def scene(once: Once) -> None:
    once(make_scene)


def make_scene(session: Session) -> None:
    """US: A edited, B removed, C moved up, D new. DE: E leaves for US. JP: F removed, the only one.
    TR: as it was. New settings."""
    add(session, "A", "B", "C", short_info="For <you>.")
    add(session, "E", "E2", country="DE", currency="EUR")
    add(session, "F", country="JP", currency="JPY")
    add(session, "G", country="TR", currency="TRY")
    apply_all(session)
    edit(session, 1, name="Aa", price_minor=2199)
    remove(session, 2)
    move(session, 3, 1)
    add(session, "D", credits=1, price_minor=0)
    edit(session, 4, country="US")
    remove(session, 6)
    edit_settings(session, "Talk & Learn", "TR", "One price,\nall lessons.")


def edit_settings(session: Session, *values: str) -> None:
    with writing(session):
        version = drafts.get_settings(session).version
        drafts.edit_settings(session, SettingsValues(*values), version=version, author=ADMIN)


def both(client: FlaskClient, country: str = "", **headers: str) -> dict[str, str]:
    """What each side shows below its heading."""
    address = f"{PREVIEW}?show=both&country={country}"
    page = client.get(address, headers={name.replace("_", "-"): headers[name] for name in headers})
    return {key: side(page.text, key) for key in ("draft", "live")}


def side(page: str, key: str) -> str:
    column = find(page, f'section[aria-labelledby="side-{key}"] > .preview-side')
    return without(column.inner_html or "", ".shop-title")


def buyers_side(page: str) -> str:
    """The same of the buyers' page, with buttons that lead nowhere."""
    offers = without(find(page, "main").inner_html or "", "h1")
    offers = re.sub(r'<a( class="button[^"]*")[^>]*>(.*?)</a>', r"<span\1>\2</span>", offers)
    return f"{find(page, '.shop-name').html}{offers}"


def told(html: str) -> list[str]:
    """The name of each card of a side, behind its marks."""
    cards = find_all(html, "li.card")
    return [" ".join(text_of(part) for part in card.css(".card-change, h2")) for card in cards]


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("language", ["en", "de", "ar", "tr-TR", "fr"])
def test_after_apply_buyers_see_what_the_preview_showed(
    signed_in: FlaskClient, session: Session, language: str
) -> None:
    """Element for element but for the marks. Caught: the live settings above the drafted cards,
    removed drafts among them, the drafts by id."""
    headers = {"Accept-Language": language}
    promised = {}
    for country in ("US", "DE", "JP", "TR", "FR"):
        sides = both(signed_in, country, Accept_Language=language)
        promised[country] = without(sides["draft"], MARKS)
        assert without(sides["live"], MARKS).split() == (
            buyers_side(signed_in.get(f"/packages?country={country}", headers=headers).text).split()
        )
    apply_all(session)
    for country, drafted in promised.items():
        page = signed_in.get(f"/packages?country={country}", headers=headers).text
        assert strip_lines(drafted) == strip_lines(buyers_side(page))
        assert ('class="shop-notice"' in page) == (country in ("JP", "FR"))


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_the_cards_are_in_the_language_chosen_and_the_page_is_not(
    signed_in: FlaskClient, language: str
) -> None:
    page = signed_in.get(f"{PREVIEW}?country=TR&show=live&cards={language}").text
    assert find(page, "html").attributes["lang"] == "en"
    assert find(page, ".preview-side").attributes["lang"] == language
    assert ('dir="rtl"' in page) == (language == "ar")
    buyers = signed_in.get(f"/packages?country=TR&lang={language}").text
    assert side(page, "live").split() == buyers_side(buyers).split()
    assert values(page, "#languages [aria-current]", "lang") == [language]


def strip_lines(html: str) -> list[str]:
    """Its lines, however deep they stand on the page."""
    return [line.strip() for line in html.splitlines() if line.strip()]


@pytest.mark.usefixtures("scene")
def test_changes_are_marked_in_words(signed_in: FlaskClient) -> None:
    """Caught: the marks of one side on the other, and by the released row's id."""
    sides = both(signed_in, "US")
    assert told(sides["draft"]) == [
        "Moved 3rd → 1st Now best value C",
        "Edited name, price Aa",
        "New D",
        "Edited country E",
    ]
    assert told(sides["live"]) == [
        "Edited name, price A",
        "Removed B",
        "Moved 3rd → 1st Becomes best value C",
    ]
    sides = both(signed_in, "DE")
    assert told(sides["draft"]) == ["E2"]
    assert told(sides["live"]) == ["Edited moves to United States E", "E2"]
    sides = both(signed_in, "TR")
    assert told(sides["draft"]) == told(sides["live"]) == ["G"]


def test_a_best_value_that_changes_is_said(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the badge of a package that nobody touched changing in silence."""
    add(session, "Small", credits=100, price_minor=1000)
    add(session, "Big", credits=1000, price_minor=8000)
    add(session, "Huge", credits=2000, price_minor=18000)
    apply_all(session)
    edit(session, 3, price_minor=14000)
    sides = both(signed_in)
    assert told(sides["draft"]) == ["Small", "No longer best value Big", "Edited price, badge Huge"]
    assert told(sides["live"]) == ["Small", "Loses best value Big", "Edited price, badge Huge"]
    edit(session, 3, price_minor=18000)
    edit(session, 2, price_minor=9500)
    sides = both(signed_in)
    assert told(sides["draft"])[1:] == [
        "Edited price No longer best value Big",
        "Now best value Huge",
    ]
    assert told(sides["live"])[1:] == [
        "Edited price Loses best value Big",
        "Becomes best value Huge",
    ]


@pytest.mark.usefixtures("scene")
def test_an_edited_and_moved_card_says_both(signed_in: FlaskClient, session: Session) -> None:
    edit(session, 3, credits=7)
    assert told(both(signed_in, "US")["draft"])[0] == "Edited credits Moved 3rd → 1st C"


@pytest.mark.usefixtures("scene")
def test_settings_are_shown_drafted_and_live(signed_in: FlaskClient, session: Session) -> None:
    page = signed_in.get(f"{PREVIEW}?show=both").text
    drafted, live = side(page, "draft"), side(page, "live")
    assert "Talk &amp; Learn" in drafted
    assert "One price,\nall lessons." in drafted
    assert "Our platform" in live
    assert 'class="intro"' not in live
    assert texts(page, ".preview-settings > h2") == ["Settings Edited"]
    lines = differences(page)
    assert lines[0] == ("Platform Name", "was Our platform → now Talk & Learn")
    assert ("Default Country", "was United States → now Türkiye") in lines
    edit_settings(session, "Our platform", "US")
    assert "preview-settings" not in signed_in.get(PREVIEW).text


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize(
    ("query", "sides", "width"),
    [
        ("", ["draft"], "desktop"),
        ("?show=live&width=phone", ["live"], "phone"),
        ("?show=both", ["live", "draft"], "desktop"),
        ("?show=all&width=tv&cards=fr", ["draft"], "desktop"),
    ],
)
def test_a_side_and_a_width_are_chosen(
    signed_in: FlaskClient, query: str, sides: list[str], width: str
) -> None:
    page = signed_in.get(f"{PREVIEW}{query}").text
    assert values(page, ".preview-frame > h2", "id") == [f"side-{key}" for key in sides]
    assert find(page, ".preview-sides").attributes["data-width"] == width
    chosen = {"live": "Live", "draft": "Draft"}[sides[0]] if len(sides) == 1 else "Both"
    assert texts(page, ".preview-bar [aria-current]")[:2] == [chosen, width.title()]


@pytest.mark.usefixtures("scene")
def test_each_choice_keeps_the_others(signed_in: FlaskClient) -> None:
    page = signed_in.get(f"{PREVIEW}?country=DE&show=both&width=phone&cards=ar").text
    links = values(page, ".preview-bar a", "href")
    assert f"{PREVIEW}?country=DE&width=phone&cards=ar" in links
    assert f"{PREVIEW}?country=DE&show=both&cards=ar" in links
    assert f"{PREVIEW}?country=JP&show=both&width=phone&cards=ar" in links
    assert f"{PREVIEW}?country=DE&show=both&width=phone&cards=tr" in links


@pytest.mark.usefixtures("scene")
def test_countries_with_changes_come_first(signed_in: FlaskClient) -> None:
    page = signed_in.get(PREVIEW).text
    assert texts(page, "#countries > a") == [
        "Germany , 1 pending",
        "Japan no packages left , 1 pending",
        "United States , 5 pending",
        "Türkiye",
    ]
    assert shown_country(page) == "US"
    assert texts(page, ".strip-words") == ["7 pending changes 7 pending 5 in United States"]
    page = signed_in.get(f"{PREVIEW}?country=tr").text
    assert shown_country(page) == "TR"
    assert texts(page, ".strip-kinds") == ["1 new, 3 edited, 1 moved, 2 removed"]


def shown_country(page: str) -> str:
    (address,) = values(page, "#countries [aria-current]", "href")
    return address.partition("country=")[2][:2]


def test_countries_without_changes_are_named_in_one_line(
    signed_in: FlaskClient, session: Session
) -> None:
    for country in ("DE", "FR", "IT", "JP", "TR", "US"):
        add(session, "A", country=country)
    apply_all(session)
    assert texts(signed_in.get(PREVIEW).text, ".preview-said") == [
        "No pending changes. Everything is live."
    ]
    edit(session, 6, name="B")
    said = [
        texts(signed_in.get(f"{PREVIEW}?country={code}").text, ".preview-said")
        for code in ("US", "TR")
    ]
    assert said == [
        ["Nothing changes in France, Germany and 3 more."],
        ["Nothing changes in Türkiye, France and 3 more."],
    ]
    for number in (2, 4):
        edit(session, number, name="B")
    page = signed_in.get(PREVIEW).text
    assert texts(page, ".preview-said") == ["Nothing changes in Germany, Italy, and Türkiye."]
    edit_settings(session, "Talk & Learn", "US")
    assert texts(signed_in.get(PREVIEW).text, ".preview-said") == []


@pytest.mark.usefixtures("scene")
def test_an_empty_country_is_alarming(signed_in: FlaskClient) -> None:
    page = signed_in.get(f"{PREVIEW}?country=JP").text
    assert "No packages in Japan after Apply Changes" in page
    assert "some of their own now, and would see the packages of Türkiye." in page
    page = signed_in.get(f"{PREVIEW}?country=FR").text
    assert "No packages in France after Apply Changes" in page
    assert "There are none now either" in page
    assert "preview-alarm" not in signed_in.get(f"{PREVIEW}?country=US").text


def test_nothing_pending_is_said(signed_in: FlaskClient, session: Session) -> None:
    add(session, "A")
    assert "nothing yet" in signed_in.get(f"{PREVIEW}?show=live").text
    apply_all(session)
    page = signed_in.get(f"{PREVIEW}?show=both").text
    assert "No pending changes. Everything is live." in page
    assert find_all(page, ".strip") == []
    assert side(page, "draft") == side(page, "live")
    assert "what buyers see now, release 1" in page


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("country", ["", "xx", "USA", "%00", "ı", "1", "US&country=DE"])
def test_what_is_no_country_is_left_out(signed_in: FlaskClient, country: str) -> None:
    answer = signed_in.get(f"{PREVIEW}?country={country}")
    assert (answer.status_code, shown_country(answer.text)) == (200, "US")


@pytest.mark.usefixtures("scene")
def test_it_is_kept_nowhere(signed_in: FlaskClient) -> None:
    """Caught: Cache-Control: public in show(), and no X-Robots-Tag."""
    answer = signed_in.get(PREVIEW)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in answer.text
    assert "ETag" not in answer.headers
    assert "Last-Modified" not in answer.headers


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("path", [PREVIEW, f"{PREVIEW}?country=US", f"{PREVIEW}/", f"{PREVIEW}/x"])
def test_signed_out_nothing_is_seen(client: FlaskClient, path: str) -> None:
    """Caught: "/settings/credit-packages/preview" let through by the guard."""
    for headers, status in (({}, 302), (HTMX, 401)):
        answer = client.get(path, headers=headers)
        assert answer.status_code == status
        assert not any(word in answer.text for word in ("Aa", "Talk", "Draft", "card"))


@pytest.mark.usefixtures("scene")
def test_it_has_one_shape(signed_in: FlaskClient) -> None:
    by_htmx = signed_in.get(PREVIEW, headers=HTMX).text
    assert by_htmx.startswith("<!doctype html>")
    assert side(by_htmx, "draft") == side(signed_in.get(PREVIEW).text, "draft")


@pytest.mark.usefixtures("scene")
def test_it_can_only_be_read(signed_in: FlaskClient, session: Session) -> None:
    before, seen = everything(session), buyers_pages(signed_in)
    assert post(signed_in, PREVIEW).status_code == 405
    signed_in.get(PREVIEW)
    assert (everything(session), buyers_pages(signed_in)) == (before, seen)


@pytest.mark.usefixtures("scene")
def test_ways_lead_to_it(signed_in: FlaskClient) -> None:
    bar = signed_in.get(f"{LIST}pending").text
    assert f'<a class="button quiet" href="{PREVIEW}">Preview</a>' in bar
    review = signed_in.get(f"{LIST}review").text
    assert f'<a class="button quiet" href="{PREVIEW}">Preview</a>' in review
    of_countries = f'a[href^="{PREVIEW}?country="]'
    assert values(review, of_countries, "aria-label") == ["Preview Japan", "Preview United States"]
    assert [address[-2:] for address in values(review, of_countries, "href")] == ["JP", "US"]
    assert texts(signed_in.get(PREVIEW).text, f'a[href="{LIST}review"]') == ["Review"]


@pytest.mark.usefixtures("scene")
def test_the_strip_stays_that_of_the_country(signed_in: FlaskClient) -> None:
    """Caught: a poll that brought back a strip with a way to this very page."""
    bar = signed_in.get(f"{LIST}pending?preview=US").text
    assert texts(bar, ".strip-kinds") == ["5 in United States"]
    assert PREVIEW not in bar
    assert "hx-post" not in bar


def test_apply_changes_leads_from_it_to_the_list(signed_in: FlaskClient, session: Session) -> None:
    add(session, "A")
    apply_all(session)
    edit(session, 1, author=ADMIN, name="B")
    form = find(signed_in.get(PREVIEW).text, ".strip form")
    token = values(form.html or "", "[name=token]", "value")
    answer = post(signed_in, str(form.attributes["action"]), {"token": token})
    assert (answer.status_code, answer.location) == (303, LIST)
    assert "Release 2 is live" in signed_in.get(LIST).text


def test_it_asks_the_database_a_fixed_number_of_questions(
    app: Flask, session: Session, signed_in: FlaskClient
) -> None:
    assert_flat(app, session, signed_in, PREVIEW)
