"""The preview: drafted cards as buyers will see them, beside what is live."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.catalogue.drafts import drafts
from domain.catalogue.rules import SettingsValues
from domain.database import writing
from tests.conftest import ADMIN
from tests.counting import assert_flat
from tests.page_helpers import (
    HTMX,
    LIST,
    add,
    apply_all,
    buyers_pages,
    chosen,
    edit,
    everything,
    move,
    post,
    remove,
)

PREVIEW = f"{LIST}preview"
MARK = r'\s*<p class="card-change"[^>]*>.*?</p>'


@pytest.fixture
def scene(session: Session) -> None:
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


def side(page: str, key: str) -> str:
    """What the column shows below its heading."""
    found = re.search(rf'aria-labelledby="side-{key}">.*?</h2>(.*?)</section>', page, re.DOTALL)
    assert found, f"no side {key}"
    return found[1]


def buyers_side(page: str) -> str:
    """The same of the buyers' page."""
    name = re.search(r'<p class="shop-name".*?</p>', page, re.DOTALL)
    offers = re.search(r"<h1 [^>]*>[^<]*</h1>(.*?)</main>", page, re.DOTALL)
    assert name, "no platform name"
    assert offers, "no offers"
    return f"{name[0]}{offers[1]}"


def told(html: str) -> list[str]:
    """The name of each card of a side, behind its marks."""
    cards = re.findall(r'<li class="card\b[^>]*>(.*?)</h2>', html, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", " ", card).split()) for card in cards]


def choices(page: str) -> list[str]:
    select = re.search(r'<select id="country".*?</select>', page, re.DOTALL)
    assert select, "no choice"
    return re.findall(r"<option[^>]*>([^<]*)</option>", select[0])


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("language", ["en", "de", "ar", "tr-TR", "fr"])
def test_after_apply_buyers_see_what_the_preview_showed(
    signed_in: FlaskClient, session: Session, language: str
) -> None:
    """Byte for byte but for the marks. Caught: the live settings above the drafted cards, removed
    drafts among them, the drafts by id."""
    headers = {"Accept-Language": language}
    promised = {}
    for country in ("US", "DE", "JP", "TR", "FR"):
        page = signed_in.get(f"{PREVIEW}?country={country}", headers=headers).text
        promised[country] = re.sub(MARK, "", side(page, "drafted"), flags=re.DOTALL)
        assert re.sub(MARK, "", side(page, "live"), flags=re.DOTALL).split() == (
            buyers_side(signed_in.get(f"/packages?country={country}", headers=headers).text).split()
        )
    apply_all(session)
    for country, drafted in promised.items():
        page = signed_in.get(f"/packages?country={country}", headers=headers).text
        assert strip_lines(drafted) == strip_lines(buyers_side(page))
        assert ('class="shop-notice"' in page) == (country in ("JP", "FR"))


def strip_lines(html: str) -> list[str]:
    """Its lines, however deep they stand on the page."""
    return [line.strip() for line in html.splitlines() if line.strip()]


@pytest.mark.usefixtures("scene")
def test_changes_are_marked_in_words(signed_in: FlaskClient) -> None:
    """Caught: the marks of one side on the other, and by the released row's id."""
    page = signed_in.get(f"{PREVIEW}?country=US").text
    assert told(side(page, "drafted")) == [
        "Moved from 3rd to 1st C",
        "Edited Package Name, Price Aa",
        "New D",
        "Edited Package Country E",
    ]
    assert told(side(page, "live")) == ["A", "Removed B", "C"]
    page = signed_in.get(f"{PREVIEW}?country=DE").text
    assert told(side(page, "drafted")) == ["E2"]
    assert told(side(page, "live")) == ["Edited Package Country is United States E", "E2"]
    page = signed_in.get(f"{PREVIEW}?country=TR").text
    assert told(side(page, "drafted")) == told(side(page, "live")) == ["G"]


@pytest.mark.usefixtures("scene")
def test_an_edited_and_moved_card_says_both(signed_in: FlaskClient, session: Session) -> None:
    edit(session, 3, credits=7)
    page = signed_in.get(f"{PREVIEW}?country=US").text
    assert told(side(page, "drafted"))[0] == "Edited Credits Moved from 3rd to 1st C"


@pytest.mark.usefixtures("scene")
def test_settings_are_shown_drafted_and_live(signed_in: FlaskClient, session: Session) -> None:
    page = signed_in.get(PREVIEW).text
    drafted, live = side(page, "drafted"), side(page, "live")
    assert "Talk &amp; Learn" in drafted
    assert "One price,\nall lessons." in drafted
    assert "Our platform" in live
    assert 'class="intro"' not in live
    found = re.search(r'<section class="preview-settings".*?</section>', page, re.DOTALL)
    assert found, "no settings"
    words = " ".join(re.sub(r"<[^>]*>", " ", found[0]).split())
    assert words.startswith("Settings Edited Platform Name was Our platform → now Talk &amp; Learn")
    assert "Default Country was United States → now Türkiye" in words
    edit_settings(session, "Our platform", "US")
    assert "preview-settings" not in signed_in.get(PREVIEW).text


@pytest.mark.usefixtures("scene")
def test_countries_with_changes_are_named_as_such(signed_in: FlaskClient) -> None:
    page = signed_in.get(PREVIEW).text
    assert choices(page) == [
        "Germany, 1 change",
        "Japan, 1 change, no packages left",
        "Türkiye",
        "United States, 5 changes",
    ]
    assert chosen(page, "country") == "US"
    assert "5 changes in United States" in page
    page = signed_in.get(f"{PREVIEW}?country=tr").text
    assert chosen(page, "country") == "TR"
    assert "No changes in Türkiye" in page


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
    assert "Nothing was applied yet" in signed_in.get(PREVIEW).text
    apply_all(session)
    page = signed_in.get(PREVIEW).text
    assert "Nothing is pending: buyers see the same" in page
    assert ">Review " not in page
    assert side(page, "drafted") == side(page, "live")
    assert "release 1" in page


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("country", ["", "xx", "USA", "%00", "ı", "1", "US&country=DE"])
def test_what_is_no_country_is_left_out(signed_in: FlaskClient, country: str) -> None:
    answer = signed_in.get(f"{PREVIEW}?country={country}")
    assert (answer.status_code, chosen(answer.text, "country")) == (200, "US")


@pytest.mark.usefixtures("scene")
def test_it_says_of_when_it_is(signed_in: FlaskClient) -> None:
    page = signed_in.get(PREVIEW).text
    assert re.search(r'The drafts as they are at <time datetime="[\dT:-]+Z">[^<]+ UTC</time>', page)


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
        assert not any(word in answer.text for word in ("Aa", "Talk", "Drafted", "card"))


@pytest.mark.usefixtures("scene")
def test_it_has_one_shape(signed_in: FlaskClient) -> None:
    by_htmx = signed_in.get(PREVIEW, headers=HTMX).text
    assert by_htmx.startswith("<!doctype html>")
    assert side(by_htmx, "drafted") == side(signed_in.get(PREVIEW).text, "drafted")


@pytest.mark.usefixtures("scene")
def test_it_can_only_be_read(signed_in: FlaskClient, session: Session) -> None:
    before, seen = everything(session), buyers_pages(signed_in)
    assert post(signed_in, PREVIEW).status_code == 405
    signed_in.get(PREVIEW)
    assert (everything(session), buyers_pages(signed_in)) == (before, seen)


@pytest.mark.usefixtures("scene")
def test_ways_lead_to_it(signed_in: FlaskClient, session: Session) -> None:
    bar = signed_in.get(f"{LIST}pending").text
    assert f'<a class="button" href="{PREVIEW}">Preview</a>' in bar
    review = signed_in.get(f"{LIST}review").text
    assert f'<a href="{PREVIEW}">Preview</a>' in review
    groups = re.findall(rf'aria-label="(Preview [^"]+)" href="{PREVIEW}\?country=(\w\w)"', review)
    assert groups == [
        ("Preview Japan", "JP"),
        ("Preview United States", "US"),
    ]
    assert re.search(rf'href="{LIST}review">Review 7 changes</a>', signed_in.get(PREVIEW).text)
    apply_all(session)
    assert "Preview" not in signed_in.get(LIST).text


def test_it_asks_the_database_a_fixed_number_of_questions(
    app: Flask, session: Session, signed_in: FlaskClient
) -> None:
    assert_flat(app, session, signed_in, PREVIEW)
