"""The preview: drafted cards as buyers will see them, beside what is live."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.catalogue.drafts import drafts
from domain.catalogue.settings.rules import SettingsValues
from domain.database import writing
from tests.conftest import ADMIN
from tests.counting import assert_flat
from tests.html import find, find_all, text_of, texts, values, without
from tests.page_helpers import (
    HTMX,
    LIST,
    add,
    apply_all,
    buyers_pages,
    chosen,
    differences,
    edit,
    everything,
    moments,
    move,
    post,
    remove,
)

PREVIEW = f"{LIST}preview"
MARK = "p.card-change"


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
    column = find(page, f'section[aria-labelledby="side-{key}"]')
    return without(column.inner_html or "", f"#side-{key}")


def buyers_side(page: str) -> str:
    """The same of the buyers' page."""
    offers = without(find(page, "main").inner_html or "", "h1")
    return f"{find(page, '.shop-name').html}{offers}"


def told(html: str) -> list[str]:
    """The name of each card of a side, behind its marks."""
    cards = find_all(html, "li.card")
    return [" ".join(text_of(part) for part in card.css(f"{MARK}, h2")) for card in cards]


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
        page = signed_in.get(f"{PREVIEW}?country={country}", headers=headers).text
        promised[country] = without(side(page, "drafted"), MARK)
        assert without(side(page, "live"), MARK).split() == (
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
    assert texts(page, ".preview-settings > h2") == ["Settings Edited"]
    lines = differences(page)
    assert lines[0] == ("Platform Name", "was Our platform → now Talk & Learn")
    assert ("Default Country", "was United States → now Türkiye") in lines
    edit_settings(session, "Our platform", "US")
    assert "preview-settings" not in signed_in.get(PREVIEW).text


@pytest.mark.usefixtures("scene")
def test_countries_with_changes_are_named_as_such(signed_in: FlaskClient) -> None:
    page = signed_in.get(PREVIEW).text
    assert texts(page, "select#country > option") == [
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
    head = find(signed_in.get(PREVIEW).text, ".page-head")
    (at,) = moments(head.html or "")
    assert f"Drafts as of {at}" in text_of(head)


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
    of_countries = f'a[href^="{PREVIEW}?country="]'
    assert values(review, of_countries, "aria-label") == ["Preview Japan", "Preview United States"]
    assert [address[-2:] for address in values(review, of_countries, "href")] == ["JP", "US"]
    page = signed_in.get(PREVIEW).text
    assert "Review 7 changes" in texts(page, f'a[href="{LIST}review"]')
    apply_all(session)
    assert "Preview" not in signed_in.get(LIST).text


def test_it_asks_the_database_a_fixed_number_of_questions(
    app: Flask, session: Session, signed_in: FlaskClient
) -> None:
    assert_flat(app, session, signed_in, PREVIEW)
