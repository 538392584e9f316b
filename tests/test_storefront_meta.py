"""What search engines and link previews read of the buyers' page."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app import create_app
from domain.catalogue.drafts import drafts
from domain.catalogue.settings.rules import SettingsValues
from domain.database import writing
from tests.conftest import ADMIN, config_for, only_sqlite
from tests.html import find, find_all, values
from tests.page_helpers import add, apply_all

HERE = "http://localhost/packages"
EVIL = "</script><script>alert(1)</script><!-- <script> \" ' & \\"


def products(page: str) -> list[dict[str, Any]]:
    data = json.loads(find(page, "script[type='application/ld+json']").text())
    assert data["@context"] == "https://schema.org"
    listed: list[dict[str, Any]] = data["@graph"]
    return listed


def meta(page: str) -> dict[str, str]:
    """The page's meta elements, by name or property."""
    found = [node.attributes for node in find_all(page, "meta[content]")]
    return {of.get("name") or of.get("property") or "": of["content"] or "" for of in found}


def links(page: str, kind: str) -> list[str]:
    return values(page, f"link[rel={kind}]", "href")


def set_up(session: Session, platform: str = "Lotus", intro: str = "") -> None:
    with writing(session):
        version = drafts.get_settings(session).version
        settings = SettingsValues(platform, "US", intro)
        drafts.edit_settings(session, settings, version=version, author=ADMIN)
    add(session, "Starter", credits=100, price_minor=1999, short_info="Enough for a start.")
    add(session, "Pro", credits=1000, price_minor=129950, currency="KWD")
    add(session, "Lite", country="JP", currency="JPY", price_minor=2980)
    apply_all(session)


def test_title_and_description(client: FlaskClient, session: Session) -> None:
    set_up(session)
    page = client.get("/packages?country=US&lang=de").text
    assert "<title>Credit-Pakete · Vereinigte Staaten · Lotus</title>" in page
    told = meta(page)["description"].replace("\u00a0", " ")
    assert told == "100 Credits, 19,99 $ · 1.000 Credits, 129,950 KWD"


def test_the_intro_describes_the_page(client: FlaskClient, session: Session) -> None:
    set_up(session, intro="Buy credits.\nSpend <them>.")
    told = meta(client.get("/packages").text)
    assert told["description"] == told["og:description"] == "Buy credits. Spend <them>."


def test_link_previews(client: FlaskClient, session: Session) -> None:
    set_up(session)
    told = meta(client.get("/packages?country=JP&lang=tr").text)
    assert told["og:title"] == "Kredi Paketleri · Japonya · Lotus"
    assert (told["og:site_name"], told["og:type"]) == ("Lotus", "website")
    assert (told["og:url"], told["og:locale"]) == (f"{HERE}?country=JP&lang=tr", "tr_JP")


@only_sqlite
@pytest.mark.parametrize("query", ["?country=JP&lang=tr", "?lang=tr&country=jp&ref=x"])
def test_a_page_has_one_address_in_each_language(
    client: FlaskClient, session: Session, query: str
) -> None:
    set_up(session)
    page = client.get(f"/packages{query}").text
    assert links(page, "canonical") == [f"{HERE}?country=JP&lang=tr"]
    languages = ["en", "tr", "de", "ar", "en"]
    assert links(page, "alternate") == [f"{HERE}?country=JP&lang={code}" for code in languages]
    codes = values(page, "[hreflang]", "hreflang")
    assert codes == ["en-JP", "tr-JP", "de-JP", "ar-JP", "x-default"]


@only_sqlite
def test_a_guess_names_the_address_of_what_it_shows(client: FlaskClient, session: Session) -> None:
    set_up(session)
    page = client.get("/packages", headers={"Accept-Language": "de-JP"}).text
    assert links(page, "canonical") == [f"{HERE}?country=JP&lang=de"]
    page = client.get("/packages?country=FR&lang=de").text
    assert links(page, "canonical") == [f"{HERE}?country=US&lang=de"]


def test_search_engines_are_welcome(client: FlaskClient, session: Session) -> None:
    set_up(session)
    answer = client.get("/packages?country=US&lang=en")
    assert "robots" not in meta(answer.text)
    assert "X-Robots-Tag" not in answer.headers


def test_products_and_their_prices(client: FlaskClient, session: Session) -> None:
    """Caught: the price as its readers write it, which no machine reads."""
    set_up(session)
    starter, pro = products(client.get("/packages?country=US&lang=ar").text)
    assert starter == {
        "@type": "Product",
        "sku": "1",
        "name": "Starter",
        "description": "Enough for a start.",
        "brand": {"@type": "Brand", "name": "Lotus"},
        "offers": {
            "@type": "Offer",
            "price": "19.99",
            "priceCurrency": "USD",
            "eligibleRegion": "US",
            "url": f"{HERE}?country=US&lang=ar",
        },
    }
    assert (pro["offers"]["price"], pro["offers"]["priceCurrency"]) == ("129.950", "KWD")
    (lite,) = products(client.get("/packages?country=JP&lang=en").text)
    assert (lite["offers"]["price"], lite["description"]) == ("2980", "100 credits, JP¥2,980")


def test_nothing_on_offer_is_no_product(client: FlaskClient) -> None:
    assert products(client.get("/packages").text) == []


def test_no_text_gets_out_of_its_place(client: FlaskClient, session: Session) -> None:
    """Caught: json.dumps and |safe in place of tojson."""
    with writing(session):
        version = drafts.get_settings(session).version
        settings = SettingsValues(EVIL, "US", EVIL)
        drafts.edit_settings(session, settings, version=version, author=ADMIN)
    add(session, EVIL, short_info=EVIL)
    apply_all(session)
    page = client.get("/packages?country=US&lang=en").text
    (product,) = products(page)
    assert product["name"] == product["description"] == product["brand"]["name"] == EVIL
    assert page.count("<script") == page.count("</script") == 1
    assert meta(page)["description"] == meta(page)["og:site_name"] == EVIL


def test_the_host_is_the_one_that_was_asked_and_is_answered_for(
    database: str, session: Session
) -> None:
    set_up(session)
    app = create_app(config_for(database, production=True, hosts=("credits.example.com",)))
    client = app.test_client()
    base = "https://credits.example.com"
    page = client.get("/packages?country=US&lang=en", base_url=base).text
    assert links(page, "canonical") == [f"{base}/packages?country=US&lang=en"]
    answer = client.get("/packages?country=US&lang=en", base_url="https://evil.example")
    assert answer.status_code == 400
    assert "evil.example/" not in answer.text


@only_sqlite
def test_a_host_that_is_none_gets_into_no_address(client: FlaskClient) -> None:
    page = client.get("/packages", headers={"Host": 'x"><script>alert(1)</script>'}).text
    assert "alert" not in page
