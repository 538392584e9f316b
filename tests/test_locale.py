"""Who reads a page: its language, how it writes numbers and money, and the country guessed."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from blueprints import locale
from domain import countries, money
from domain.languages import LANGUAGES
from tests.conftest import only_sqlite
from tests.page_helpers import LIST

BUYERS = "/packages"
FIREFOX_GERMAN = "de,en-US;q=0.7,en;q=0.3"


def asked(app: Flask, path: str, header: str = "", cookie: str = "") -> tuple[str, str]:
    """The language and the locale of a page that is asked for like this."""
    headers = {"Accept-Language": header} if header else {}
    if cookie:
        headers["Cookie"] = f"lang={cookie}"
    with app.test_request_context(path, headers=headers):
        return locale.language(), str(locale.reader_locale())


@only_sqlite
@pytest.mark.parametrize(
    ("path", "header", "cookie", "language"),
    [
        ("", "", "", "en"),
        ("", "tr-TR,tr;q=0.9", "", "tr"),
        ("", FIREFOX_GERMAN, "", "de"),
        ("", "ar-EG", "", "ar"),
        ("", "fr-FR,fr;q=0.9,tr;q=0.5", "", "tr"),
        ("", "en;q=0.1,de;q=0.9", "", "de"),
        ("", "ja", "", "en"),
        ("", "de", "ar", "ar"),
        ("?lang=tr", "de", "ar", "tr"),
        ("?lang=TR", "", "", "tr"),
        ("?lang=fr", "de", "", "de"),
        ("?lang=fr", "de", "tr", "tr"),
        ("?lang=", "", "fr", "en"),
        ("?lang=tr-TR", "", "", "en"),
        ("?lang=de&lang=tr", "", "", "de"),
        ("?lang=%00", "", "\x01", "en"),
    ],
)
def test_language(app: Flask, path: str, header: str, cookie: str, language: str) -> None:
    """Caught: the cookie before the address."""
    assert asked(app, f"{BUYERS}{path}", header, cookie)[0] == language


@only_sqlite
@pytest.mark.parametrize(
    ("path", "header", "locale"),
    [
        ("", "", "en_001"),
        ("", "en-GB,en;q=0.9", "en_GB"),
        ("", "en-US", "en_US"),
        ("", "de-CH", "de_CH"),
        ("", "fr,de-AT", "de_AT"),
        ("", "ja,fr", "en_001"),
        ("", "de-US", "de"),
        ("?lang=tr", "de-CH,en-GB", "tr"),
        ("?lang=de", "en-GB,de-CH", "de_CH"),
        ("?lang=en&country=GB", "", "en_GB"),
        ("?lang=en&country=GB", "en-US", "en_GB"),
        ("?lang=en&country=IN", "", "en_IN"),
        ("?lang=en&country=DE", "en-US", "en_001"),
        ("?lang=en&country=TR", "", "en_001"),
        ("?lang=de&country=CH", "", "de_CH"),
        ("?lang=de&country=TR", "de-CH", "de"),
        ("?lang=tr&country=DE", "de", "tr"),
        ("?lang=tr&country=TR", "", "tr_TR"),
        ("?lang=ar&country=EG", "", "ar_EG"),
        ("?lang=ar&country=TR", "ar-EG", "ar_001"),
        ("?lang=xx&country=GB", "en-US", "en_US"),
        ("?lang=en&country=ZZ", "en-US", "en_US"),
    ],
)
def test_locale(app: Flask, path: str, header: str, locale: str) -> None:
    """Caught: the reader's own form where the address says all; en_DE, which writes 19,90."""
    assert asked(app, f"{BUYERS}{path}", header)[1] == locale


@only_sqlite
@pytest.mark.parametrize(
    ("query", "header", "cookie", "language", "locale"),
    [
        ("", "", "", "en", "en_US"),
        ("", "en-GB,en;q=0.9", "", "en", "en_GB"),
        ("", "tr-TR,tr;q=0.9,en-US;q=0.8", "", "tr", "tr_TR"),
        ("", "en-US", "tr", "tr", "tr"),
        ("?lang=tr", "en-US", "en", "tr", "tr"),
        ("", "tr-TR,en-GB;q=0.8", "en", "en", "en_GB"),
        ("", "tr-TR", "en", "en", "en_US"),
        ("", "de-CH,de", "", "en", "de_CH"),
        ("", FIREFOX_GERMAN, "", "en", "de"),
        ("", "de,tr;q=0.5", "", "tr", "tr"),
        ("?lang=de", "ar-EG", "ar", "en", "ar_EG"),
        ("", "ja", "", "en", "ja"),
    ],
)
def test_admins_read_english_or_turkish(
    app: Flask, query: str, header: str, cookie: str, language: str, locale: str
) -> None:
    """Caught: Turkish numbers and countries on a page for which Turkish was turned down."""
    for path in (LIST, f"{LIST}history/1", "/login", "/settings/nothing"):
        assert asked(app, f"{path}{query}", header, cookie) == (language, locale)


@only_sqlite
def test_the_cards_of_a_release_are_shown_as_buyers_read_them(app: Flask) -> None:
    assert asked(app, f"{LIST}history/1/cards?lang=tr&country=TR") == ("tr", "tr_TR")


@only_sqlite
@pytest.mark.parametrize(
    ("header", "country"),
    [
        ("", None),
        ("en-GB,en-US;q=0.9", "GB"),
        ("tr-TR", "TR"),
        ("fr-FR", "FR"),
        ("de-US", "US"),
        ("zh-Hant-TW", "TW"),
        (FIREFOX_GERMAN, "DE"),
        ("ar,en-US;q=0.7", None),
        ("es-419", None),
        ("xx", None),
        ("*", None),
        ("en-ZZ", None),
        ("-", None),
        ("x" * 3000, None),
    ],
)
def test_country(app: Flask, header: str, country: str | None) -> None:
    """Caught: any of the languages: US for every German Firefox; Egypt without packages there."""
    with app.test_request_context(BUYERS, headers={"Accept-Language": header}):
        assert locale.reader_country({"DE", "US"}) == country


@only_sqlite
@pytest.mark.parametrize(
    ("query", "addressed"),
    [
        ("?country=TR&lang=tr", True),
        ("?country=tr&lang=TR", True),
        ("?country=TR", False),
        ("?lang=tr", False),
        ("?country=ZZ&lang=tr", False),
        ("?country=TR&lang=fr", False),
        ("", False),
    ],
)
def test_addressed(app: Flask, query: str, addressed: bool) -> None:
    with app.test_request_context(f"{BUYERS}{query}"):
        assert locale.is_addressed() == addressed


@only_sqlite
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_says_in_which_language_it_is(client: FlaskClient, language: str) -> None:
    direction = ' dir="rtl"' if language == "ar" else ""
    page = client.get(f"{BUYERS}?lang={language}").text
    assert f'<html lang="{language}"{direction}>' in page


@only_sqlite
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_currencies_look_alike_on_any_page(app: Flask, language: str) -> None:
    """Rule E4, for every country a page may be about."""
    locales = set()
    for country in countries.CODES:
        with app.test_request_context(f"{BUYERS}?country={country}&lang={language}"):
            locales.add(locale.reader_locale())
    assert {found.language for found in locales} == {language}
    for found in locales:
        one_each = {money.format(10 ** money.exponent(c), c, found) for c in money.CURRENCIES}
        assert len(one_each) == len(money.CURRENCIES), found


@only_sqlite
def test_an_error_speaks_to_whom_it_happens(client: FlaskClient, signed_in: FlaskClient) -> None:
    """Caught: MESSAGES translated once, when the module is loaded."""
    german = {"Accept-Language": "de"}
    for header, words in ((german, "Seite nicht gefunden"), ({}, "Page not found")):
        assert words in client.get("/nowhere", headers=header).text
    page = signed_in.get("/settings/nowhere", headers=german).text
    assert "Page not found" in page
    assert '<html lang="en"' in page
