"""What holds for every address of the API: who may read it, what caches keep, how it refuses."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from app import create_app
from extensions import db
from tests.api import COUNTRIES, PACKAGES, RELEASES, ROOT, get, problem
from tests.conftest import config_for
from tests.page_helpers import add, apply_all, edit

COMPLETE = [
    f"{PACKAGES}?country=DE&lang=de",
    f"{COUNTRIES}?lang=de",
    f"{RELEASES}/1?country=DE&lang=de",
    f"{ROOT}/openapi.json",
    f"{ROOT}/",
]
PARTIAL = [
    PACKAGES,
    f"{PACKAGES}?country=DE",
    f"{PACKAGES}?lang=de",
    COUNTRIES,
    f"{RELEASES}/1",
    f"{RELEASES}/1?country=DE",
]
REFUSED = [f"{PACKAGES}?country=ZZ", f"{ROOT}/nowhere", "/api", f"{RELEASES}/99"]
REVALIDATE = "public, max-age=0, must-revalidate"


@pytest.fixture(autouse=True)
def _live(session: Session) -> None:
    add(session, "Klein", country="DE", currency="EUR")
    apply_all(session)


@pytest.mark.parametrize("path", COMPLETE + PARTIAL + REFUSED)
def test_every_site_may_read_it(client: FlaskClient, path: str) -> None:
    """Caught: CORS headers from a hook of the blueprint, which an unknown address never meets."""
    answer = client.get(path, headers={"Origin": "https://example.com"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Expose-Headers"] == "ETag"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("path", COMPLETE)
def test_a_browser_may_ask_first(client: FlaskClient, path: str) -> None:
    headers = {
        "Origin": "https://example.com",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-none-match",
    }
    answer = client.options(path, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Headers"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"


def test_no_other_page_is_open_to_all_sites(client: FlaskClient, signed_in: FlaskClient) -> None:
    for browser in (client, signed_in):
        for path in ("/packages", "/settings/", "/login", "/healthz", "/apis", "/nowhere"):
            assert "Access-Control-Allow-Origin" not in browser.get(path).headers


@pytest.mark.parametrize("path", COMPLETE + PARTIAL + REFUSED)
def test_cookies_are_neither_read_nor_set(
    client: FlaskClient, signed_in: FlaskClient, path: str
) -> None:
    """Caught: the hook of Flask-Login that looks into the session; every answer varied by it."""
    signed_in.set_cookie("country", "TR")
    signed_in.set_cookie("theme", "dark")
    forged = client.application.test_client()
    forged.set_cookie("scrip", "forged")
    answers = [browser.get(path) for browser in (client, signed_in, forged)]
    assert answers[0].data == answers[1].data == answers[2].data
    for answer in answers:
        assert "Set-Cookie" not in answer.headers
        assert answer.headers.get("Vary") in (None, "Accept-Encoding")


@pytest.mark.parametrize("path", COMPLETE)
def test_it_can_only_be_read(client: FlaskClient, path: str) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = client.open(path, method=method, data={"name": "x"})
        found = problem(answer, 405)
        assert found["detail"] == "Everything here can only be read: send GET or HEAD."
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    head = client.head(path)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == client.get(path).headers["ETag"]
    assert head.headers["Content-Length"] == client.get(path).headers["Content-Length"]


@pytest.mark.parametrize("path", COMPLETE)
def test_who_has_it_already_gets_304(client: FlaskClient, path: str) -> None:
    first = client.get(path)
    assert first.headers["Cache-Control"] == REVALIDATE
    tag = first.headers["ETag"]
    for header in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(path, headers={"If-None-Match": header})
        assert (again.status_code, again.data) == (304, b"")
        assert (again.headers["ETag"], again.headers["Cache-Control"]) == (tag, REVALIDATE)
        assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", PARTIAL)
def test_an_answer_that_the_address_does_not_decide_is_not_kept(
    client: FlaskClient, path: str
) -> None:
    assert client.get(path).headers["Cache-Control"] == "private, no-store"


def test_the_tag_is_new_with_each_apply_and_not_before(
    client: FlaskClient, session: Session
) -> None:
    """Caught: the same tag for everything."""
    packages = f"{PACKAGES}?country=DE&lang=de"
    tag = client.get(packages).headers["ETag"]
    edit(session, 1, name="Groß")
    assert client.get(packages, headers={"If-None-Match": tag}).status_code == 304
    apply_all(session)
    fresh = client.get(packages, headers={"If-None-Match": tag})
    assert (fresh.status_code, fresh.headers["ETag"] != tag) == (200, True)


def test_the_tag_differs_by_country_and_language(client: FlaskClient) -> None:
    """Caught: a tag of the release's number alone."""
    tags = {
        get(client, PACKAGES, country=country, lang=lang).headers["ETag"]
        for country in ("DE", "US", "FR")
        for lang in ("en", "tr", "de", "ar")
    }
    assert len(tags) == 12


@pytest.mark.parametrize(
    ("path", "status", "anchor"),
    [
        (f"{PACKAGES}?country=1", 400, "bad-request"),
        (f"{PACKAGES}?country=ZZ", 404, "not-found"),
        (f"{ROOT}/packages/", 404, "not-found"),
        ("/api/v2/packages", 404, "not-found"),
        ("/api/v1/%00", 404, "not-found"),
        ("/api/v1/%ED%A0%80/%3Cb%3E", 404, "not-found"),
    ],
)
def test_a_problem_says_what_to_do_and_where_more_is(
    client: FlaskClient, path: str, status: int, anchor: str
) -> None:
    found = problem(client.get(path), status)
    assert found["type"] == f"/api/v1/#{anchor}"
    assert f'id="{anchor}"' in client.get(f"{ROOT}/").text
    assert found["detail"].endswith(".")
    assert found["instance"].startswith("/api/")


@pytest.mark.own_app
def test_a_failure_of_ours_is_a_problem_too(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret details")

    monkeypatch.setattr("domain.catalogue.storefront.live.live_release", fail)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = app.test_client().get(PACKAGES)
    assert problem(answer, 500)["title"] == "Something broke on our side"
    assert "secret" not in answer.text
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_database_that_is_away_is_a_problem_too(tmp_path: Path) -> None:
    client = create_app(config_for(tmp_path / "nowhere" / "scrip.db")).test_client()
    for path in (PACKAGES, COUNTRIES, f"{RELEASES}/1"):
        answer = client.get(path)
        problem(answer, 503)
        assert answer.headers["Retry-After"] == "2"
        assert str(tmp_path) not in answer.text
    assert client.get(f"{ROOT}/openapi.json").status_code == 200


@pytest.mark.own_app
@pytest.mark.parametrize(
    ("path", "counts"), [*zip(COMPLETE[:3], ([3, 3], [2, 2], [3, 4]), strict=True)]
)
def test_it_asks_the_database_as_often_however_much_there_is(
    app: Flask, session: Session, client: FlaskClient, path: str, counts: list[int]
) -> None:
    """For the release and its settings, once more for old ones; for packages or countries; for
    the market.

    Caught: a query for each package, for its country's name.
    """
    statements: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    asked = []
    for names in ([], [f"P{n}" for n in range(12)]):
        add(session, *names, country="DE", currency="EUR")
        add(session, *names, country="TR", currency="TRY")
        apply_all(session) if names else None
        statements.clear()
        assert client.get(path).status_code == 200
        asked.append(len(statements))
    assert asked == counts, "\n".join(statements)
