"""/api/v1/releases/N: what buyers saw when that release was live."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.catalogue.drafts import drafts
from domain.catalogue.models import Release
from domain.catalogue.settings.rules import SettingsValues
from domain.database import writing
from tests.api import PACKAGES, RELEASES, document, get, problem
from tests.conftest import ADMIN
from tests.page_helpers import add, apply_all, edit, remove

HERE = {"country": "US", "lang": "en"}


@pytest.fixture
def archive(client: FlaskClient, session: Session) -> list[bytes]:
    """What /packages answered in each of three releases."""
    first, second = add(session, "One", "Two")
    apply_all(session)
    archive = [get(client, PACKAGES, **HERE).data]
    edit(session, first, name="Uno", price_minor=5)
    add(session, "Eins", country="DE", currency="EUR")
    apply_all(session)
    archive.append(get(client, PACKAGES, **HERE).data)
    remove(session, second)
    with writing(session):
        values = SettingsValues("Lotus", "DE")
        drafts.edit_settings(session, values, version=1, author=ADMIN)
    apply_all(session)
    return [*archive, get(client, PACKAGES, **HERE).data]


def test_a_release_is_what_buyers_got_byte_for_byte(
    client: FlaskClient, archive: list[bytes]
) -> None:
    """Caught: the live settings with an old release's packages."""
    for number, seen in enumerate(archive, start=1):
        answer = get(client, f"{RELEASES}/{number}", **HERE)
        assert document(answer, "Packages")["release"] == number
        assert answer.data == seen


@pytest.mark.usefixtures("archive")
def test_without_country_it_is_the_default_of_that_time(client: FlaskClient) -> None:
    for number, country in ((1, "US"), (2, "US"), (3, "DE")):
        found = document(get(client, f"{RELEASES}/{number}"), "Packages")
        assert found["country"]["code"] == country


@pytest.mark.usefixtures("archive")
def test_later_drafts_and_releases_change_nothing(
    client: FlaskClient, session: Session, archive: list[bytes]
) -> None:
    edit(session, 1, name="Later")
    assert get(client, f"{RELEASES}/2", **HERE).data == archive[1]
    apply_all(session)
    assert get(client, f"{RELEASES}/2", **HERE).data == archive[1]


@pytest.mark.usefixtures("archive")
def test_who_applied_and_why_is_not_told(client: FlaskClient, session: Session) -> None:
    edit(session, 1, name="Later")
    apply_all(session, ADMIN, "SECRET")
    answer = get(client, f"{RELEASES}/4", **HERE)
    document(answer, "Packages")
    assert ADMIN not in answer.text
    assert "SECRET" not in answer.text


@pytest.mark.usefixtures("archive")
def test_a_number_that_never_was_live_is_not_found(client: FlaskClient) -> None:
    for number in ("0", "4", "-1", "1.0", "x", "1%00", str(2**31), str(2**63), "9" * 5000):
        problem(client.get(f"{RELEASES}/{number}"), 404)
    assert problem(client.get(f"{RELEASES}/4"), 404)["detail"] == (
        "There is no such release. The newest is named by /api/v1/packages."
    )


def test_before_the_first_apply_there_is_none(client: FlaskClient, session: Session) -> None:
    add(session, "Draft")
    problem(client.get(f"{RELEASES}/1"), 404)
    assert session.get(Release, 1) is None


@pytest.mark.usefixtures("archive")
def test_parameters_are_as_strict_as_elsewhere(client: FlaskClient) -> None:
    problem(get(client, f"{RELEASES}/1", country="ZZ"), 404)
    problem(get(client, f"{RELEASES}/1", number="2"), 400)
    problem(client.get(f"{RELEASES}/1?country=DE&country=TR"), 400)
