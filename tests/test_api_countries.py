"""/api/v1/countries: where something is on sale."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.api import COUNTRIES, document, get, problem
from tests.page_helpers import add, apply_all


@pytest.fixture
def _live(session: Session) -> None:
    add(session, "Small")
    add(session, "Küçük", "Büyük", country="TR", currency="TRY")
    add(session, "Klein", country="AT", currency="EUR")
    apply_all(session)
    add(session, "Draft", country="JP")


live = pytest.mark.usefixtures("_live")


@live
def test_countries_with_packages_by_name(client: FlaskClient) -> None:
    assert document(get(client, COUNTRIES, lang="de"), "Countries") == {
        "release": 1,
        "language": "de",
        "direction": "ltr",
        "mode": "test",
        "default_country": "US",
        "countries": [
            {"code": "AT", "name": "Österreich", "packages": 1},
            {"code": "TR", "name": "Türkei", "packages": 2},
            {"code": "US", "name": "Vereinigte Staaten", "packages": 1},
        ],
    }


@live
def test_names_are_in_the_language(client: FlaskClient) -> None:
    found = document(get(client, COUNTRIES, lang="ar"), "Countries")
    assert found["direction"] == "rtl"
    assert {"النمسا", "تركيا"} <= {country["name"] for country in found["countries"]}
    assert document(get(client, COUNTRIES, accept="tr"), "Countries")["language"] == "tr"


def test_before_the_first_apply_there_is_none(client: FlaskClient, session: Session) -> None:
    add(session, "Draft")
    found = document(get(client, COUNTRIES, lang="en"), "Countries")
    assert (found["release"], found["countries"]) == (0, [])


@live
def test_other_parameters_are_refused(client: FlaskClient) -> None:
    found = problem(get(client, COUNTRIES, country="TR"), 400)
    assert found["detail"] == "There is no such parameter. Use lang."
    problem(client.get(f"{COUNTRIES}?lang=de&lang=tr"), 400)
    problem(get(client, COUNTRIES, lang="\0"), 400)
