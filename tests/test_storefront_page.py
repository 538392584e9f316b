"""The buyers' page: the live release, in the visitor's country, and nothing else."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app import create_app
from domain.catalogue.drafts import drafts
from domain.catalogue.settings.rules import SettingsValues
from domain.database import writing
from tests.conftest import ADMIN, config_for
from tests.html import find, find_all, texts, values
from tests.page_helpers import add, apply_all, chosen, edit, move, remove

CHOOSE = "/packages/choose"


def names(page: str) -> list[str]:
    return texts(page, "h2[dir=auto]")


def edit_settings(session: Session, *values: str) -> None:
    with writing(session):
        version = drafts.get_settings(session).version
        drafts.edit_settings(session, SettingsValues(*values), version=version, author=ADMIN)


@pytest.fixture
def _live(session: Session) -> None:
    """Packages in three countries, Germany the default."""
    edit_settings(session, "Lotus", "DE", "Buy credits <here>.")
    add(session, "Klein", "Groß", country="DE", currency="EUR")
    add(session, "Small", country="US")
    add(session, "Küçük", country="TR", currency="TRY")
    apply_all(session)


live = pytest.mark.usefixtures("_live")


def test_the_front_door_leads_to_the_packages(client: FlaskClient) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.location) == (302, "/packages")


def test_before_the_first_apply_it_is_empty_and_kind(client: FlaskClient, session: Session) -> None:
    add(session, "Draft")
    answer = client.get("/packages")
    assert answer.status_code == 200
    assert "United States: no packages yet" in answer.text
    assert "Please come back later." in answer.text


@live
def test_the_default_country_is_shown(client: FlaskClient) -> None:
    page = client.get("/packages").text
    assert names(page) == ["Klein", "Groß"]
    assert chosen(page, "country") == "DE"
    assert "<title>Credit packages · Germany · Lotus</title>" in page
    assert '<p class="intro" dir="auto">Buy credits &lt;here&gt;.</p>' in page


@live
@pytest.mark.parametrize("code", ["US", "us"])
def test_the_address_asks_for_a_country(client: FlaskClient, code: str) -> None:
    page = client.get(f"/packages?country={code}").text
    assert names(page) == ["Small"]
    assert chosen(page, "country") == "US"


@live
def test_the_choice_is_remembered(client: FlaskClient) -> None:
    answer = client.get(f"{CHOOSE}?country=TR")
    assert (answer.status_code, answer.location) == (303, "/packages?country=TR")
    assert names(client.get("/packages").text) == ["Küçük"]
    assert names(client.get("/packages?country=US").text) == ["Small"]


@live
def test_an_unknown_country_falls_back(client: FlaskClient) -> None:
    unknown = ("ZZ", "", "D", "%00", "DEU", "%ED%A0%80", "x" * 5000, "'; DROP TABLE release")
    for code in unknown:
        answer = client.get(f"/packages?country={code}")
        assert (code, answer.status_code, names(answer.text)) == (code, 200, ["Klein", "Groß"])
    client.get(f"{CHOOSE}?country=TR")
    assert names(client.get("/packages?country=ZZ").text) == ["Küçük"]


@live
def test_a_forged_cookie_falls_back(client: FlaskClient) -> None:
    for code in ("ZZ", "\0", '"><script>', "x" * 3000):
        client.set_cookie("country", code)
        assert names(client.get("/packages").text) == ["Klein", "Groß"]


@live
def test_without_a_choice_the_page_is_as_it_was(client: FlaskClient) -> None:
    """Caught: a 404 for a form that was sent empty; an unknown country remembered."""
    client.get(f"{CHOOSE}?country=TR")
    for query in ("", "?country=", "?country=ZZ", "?country=%0d%0aSet-Cookie:x"):
        answer = client.get(f"{CHOOSE}{query}")
        assert (query, answer.status_code, answer.location) == (query, 303, "/packages")
        assert "Set-Cookie" not in answer.headers
        assert names(client.get(answer.location).text) == ["Küçük"]


@live
def test_a_country_without_packages_gets_a_kind_page(client: FlaskClient) -> None:
    answer = client.get("/packages?country=JP")
    assert answer.status_code == 200
    assert "Japan: no packages yet" in answer.text
    assert "to choose from the packages of another country: Germany." in answer.text
    assert names(answer.text) == ["Klein", "Groß"]
    assert chosen(answer.text, "country") == "JP"


@live
def test_countries_to_choose_from_are_those_that_have_packages(client: FlaskClient) -> None:
    page = client.get("/packages").text
    assert values(page, "option", "value") == ["DE", "TR", "US"]
    page = client.get("/packages", headers={"Accept-Language": "de"}).text
    assert texts(page, "option") == [
        *("Deutschland", "Türkei", "Vereinigte Staaten"),
    ]


@live
def test_no_draft_ever_shows(client: FlaskClient, session: Session) -> None:
    """Caught: the storefront reading credit_package or storefront_settings."""
    before = {code: client.get(f"/packages?country={code}").data for code in ("DE", "US", "JP")}
    add(session, "SECRET", short_info="SECRET")
    add(session, "SECRET", country="JP")
    edit(session, 1, name="SECRET", short_info="SECRET", price_minor=987654)
    edit(session, 3, country="JP")
    move(session, 2, 1)
    remove(session, 4)
    edit_settings(session, "SECRET", "JP", "SECRET")
    for code, page in before.items():
        assert client.get(f"/packages?country={code}").data == page
    assert names(client.get("/packages").text) == ["Klein", "Groß"]
    assert "Küçük" in client.get("/packages?country=TR").text


@live
def test_signed_in_or_not_the_page_is_the_same(client: FlaskClient, signed_in: FlaskClient) -> None:
    assert signed_in.get("/packages").data == client.get("/packages").data


@live
def test_the_page_sets_no_cookie(client: FlaskClient, signed_in: FlaskClient) -> None:
    """Caught: get_flashed_messages or csrf_token in base.html."""
    for browser in (client, signed_in):
        for path in ("/packages", "/packages?country=US", "/packages?country=ZZ"):
            assert "Set-Cookie" not in browser.get(path).headers


def test_the_cookie_of_the_choice(client: FlaskClient) -> None:
    cookie = client.get(f"{CHOOSE}?country=tr").headers["Set-Cookie"]
    assert cookie.startswith("country=TR;")
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


@pytest.mark.long
def test_in_production_the_cookie_needs_https(database: str) -> None:
    """Caught: the cookie without secure=."""
    app = create_app(config_for(database, production=True, hosts=("localhost",)))
    answer = app.test_client().get(f"{CHOOSE}?country=TR", base_url="https://localhost")
    assert "Secure" in answer.headers["Set-Cookie"].split("; ")


@live
def test_the_page_needs_no_script(client: FlaskClient) -> None:
    page = client.get("/packages").text
    scripts = find_all(page, "script")
    assert [script.attributes for script in scripts] == [{"type": "application/ld+json"}]
    assert find(page, "form[method=get][action='/packages/choose']")


@live
@pytest.mark.parametrize("path", ["/packages", CHOOSE, "/"])
def test_it_can_only_be_read(client: FlaskClient, path: str) -> None:
    assert client.get(path, query_string={"country": "US"}).status_code < 400
    for method in ("PUT", "DELETE", "PATCH", "POST"):
        assert client.open(path, method=method).status_code in (400, 405)
