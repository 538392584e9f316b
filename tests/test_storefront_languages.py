"""The buyers' page in each language: chosen, guessed, complete; one answer for one address."""

import gzip
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app import create_app
from blueprints import locale
from domain.languages import LANGUAGES
from tests.conftest import config_for, only_sqlite
from tests.html import find_all, text_of, text_without, values
from tests.page_helpers import add, apply_all, chosen
from tests.pseudo_translation import Marked

CHOOSE = "/packages/choose"
READERS = [
    {},
    {"Accept-Language": "ja"},
    {"Accept-Language": "de-CH,de;q=0.9", "Cookie": "country=US; lang=ar"},
    {"Accept-Language": "en-IN", "Cookie": "country=JP; theme=dark", "HX-Request": "true"},
    {"Cookie": "lang=tr", "User-Agent": "Mozilla/5.0", "Accept-Encoding": "gzip"},
]

in_each = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture
def _live(session: Session) -> None:
    """Every kind of card in the default country, and one in two others."""
    add(session, "ONE", credits=100)
    add(session, "TWO", credits=500, price_minor=8999, short_info="INFO")
    add(session, "GIFT", credits=1, price_minor=0)
    add(session, "MANY", credits=10**6, price_minor=1, currency="EUR")
    add(session, "EIN", country="DE", currency="EUR")
    add(session, "BİR", country="TR", currency="TRY")
    apply_all(session)


live = pytest.mark.usefixtures("_live")


def bodies(client: FlaskClient, address: str) -> Iterator[bytes]:
    for headers in READERS:
        answer = client.get(address, headers=headers)
        yield gzip.decompress(answer.data) if answer.content_encoding else answer.data


@live
@only_sqlite
@in_each
@pytest.mark.parametrize("country", ["US", "DE", "FR"])
def test_one_address_has_one_answer(
    client: FlaskClient, signed_in: FlaskClient, country: str, language: str
) -> None:
    """Caught: the reader's own form of the language used here too."""
    address = f"/packages?country={country}&lang={language}"
    assert len({*bodies(client, address), signed_in.get(address).data}) == 1


@live
@only_sqlite
@pytest.mark.parametrize("query", ["", "?country=DE", "?lang=tr", "?country=DE&lang=xx"])
def test_what_depends_on_the_reader_is_kept_by_nobody(client: FlaskClient, query: str) -> None:
    """Caught: `or` for `and` in is_addressed."""
    answer = client.get(f"/packages{query}")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert len(set(bodies(client, f"/packages{query}"))) > 1


@live
@only_sqlite
def test_what_depends_on_its_address_alone_may_be_kept(client: FlaskClient) -> None:
    for query in ("country=DE&lang=tr", "lang=TR&country=de&ref=mail"):
        answer = client.get(f"/packages?{query}")
        assert answer.headers["Cache-Control"] == "public, max-age=0, must-revalidate"


@live
@only_sqlite
@pytest.mark.parametrize(
    "path", ["/packages?lang=de&country=US", "/packages?lang=de&country=FR", "/nowhere?lang=de"]
)
def test_every_text_is_looked_up(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Caught: the label of the country and an aria-label in English, not marked."""
    monkeypatch.setattr(locale, "texts", Marked)
    page = client.get(path).text
    labels = values(page, "[aria-label]", "aria-label")
    assert [label for label in labels if not label.startswith("⟦")] == []
    said = text_without(page, "head, option, .language-choice, button[lang], [dir=auto]")
    assert "⟦" in said
    assert re.findall(r"[^\W\d_]+", re.sub(r"⟦[^⟧]*⟧", "", said)) == []


@live
@only_sqlite
@in_each
def test_the_choice_of_a_language_is_offered_in_that_language(
    client: FlaskClient, language: str
) -> None:
    page = client.get(f"/packages?country=DE&lang={language}").text
    buttons = find_all(page, "button[name=lang][lang]")
    assert [
        (button.attributes["value"], button.attributes["lang"], text_of(button))
        for button in buttons
    ] == [
        ("en", "en", "English"),
        ("tr", "tr", "Türkçe"),
        ("de", "de", "Deutsch"),
        ("ar", "ar", "العربية"),
    ]
    assert values(page, "[lang][aria-current=true]", "lang") == [language]
    assert values(page, "button[name=lang]:not([lang])", "value") == [language]


@live
@only_sqlite
def test_the_choice_is_in_the_address_and_remembered(client: FlaskClient) -> None:
    answer = client.get(f"{CHOOSE}?country=de&lang=TR")
    assert (answer.status_code, answer.location) == (303, "/packages?country=DE&lang=tr")
    kept = answer.headers.getlist("Set-Cookie")
    assert [cookie.split(";")[0] for cookie in kept] == ["country=DE", "lang=tr"]
    page = client.get("/packages", headers={"Accept-Language": "ar-EG"}).text
    assert '<html lang="tr"' in page
    assert chosen(page, "country") == "DE"


@live
@only_sqlite
def test_a_language_alone_can_be_chosen(client: FlaskClient) -> None:
    answer = client.get(f"{CHOOSE}?lang=ar")
    assert (answer.status_code, answer.location) == (303, "/packages?lang=ar")
    assert '<html lang="ar" dir="rtl">' in client.get("/packages?country=US").text


@live
@only_sqlite
@pytest.mark.parametrize("query", ["?lang=fr", "?lang=", "?lang=%0d%0aSet-Cookie:x", "?lang=tr-TR"])
def test_another_language_cannot_be_chosen(client: FlaskClient, query: str) -> None:
    answer = client.get(f"{CHOOSE}{query}")
    assert (answer.status_code, answer.location) == (303, "/packages")
    assert "Set-Cookie" not in answer.headers
    answer = client.get(f"{CHOOSE}{query}&country=DE")
    assert (answer.location, len(answer.headers.getlist("Set-Cookie"))) == (
        "/packages?country=DE",
        1,
    )


@pytest.mark.long
def test_in_production_both_cookies_need_https(database: str) -> None:
    app = create_app(config_for(database, production=True, hosts=("localhost",)))
    answer = app.test_client().get(f"{CHOOSE}?country=TR&lang=tr", base_url="https://localhost")
    for cookie in answer.headers.getlist("Set-Cookie"):
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


@live
@only_sqlite
@pytest.mark.parametrize(
    ("header", "country"),
    [("de-DE", "DE"), ("de", "DE"), ("en-US", "US"), ("fr-FR", "FR"), ("ar", "US"), ("", "US")],
)
def test_the_country_is_guessed_and_never_forced(
    client: FlaskClient, header: str, country: str
) -> None:
    """Rule P6. Caught: a redirect to the guessed country."""
    headers = {"Accept-Language": header} if header else {}
    answer = client.get("/packages", headers=headers)
    assert answer.status_code == 200
    assert chosen(answer.text, "country") == country
    assert chosen(client.get("/packages?country=TR", headers=headers).text, "country") == "TR"
    client.set_cookie("country", "TR")
    assert chosen(client.get("/packages", headers=headers).text, "country") == "TR"


@live
@only_sqlite
def test_countries_stand_in_the_readers_order(client: FlaskClient, session: Session) -> None:
    for country in ("TD", "CW", "DK"):
        add(session, "X", country=country, currency="EUR")
    apply_all(session)
    turkish = client.get("/packages?country=US&lang=tr").text
    assert values(turkish, "option", "value") == ["DE", "US", "CW", "TD", "DK", "TR"]
    english = client.get("/packages?country=US&lang=en").text
    assert values(english, "option", "value") == ["TD", "CW", "DK", "DE", "TR", "US"]
