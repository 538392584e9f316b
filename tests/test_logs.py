"""What operators read about requests and errors, and what must not be in it."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import create_app
from blueprints.logs import ID_HEADER
from domain.connections import connect
from domain.database import writing
from tests.conftest import ADMIN, FIT_SECRET_KEY, PASSWORD, config_for, sign_in
from tests.real_server import Browser, running

Notes = list[dict[str, Any]]


@pytest.fixture
def notes(caplog: pytest.LogCaptureFixture) -> Iterator[Notes]:
    """What is noted of requests from here on."""
    caplog.set_level(logging.INFO, "scrip.requests")
    found: Notes = []
    handler = logging.Handler()
    handler.emit = lambda record: found.append(vars(record))  # type: ignore[method-assign]
    logger = logging.getLogger("scrip.requests")
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)


def test_each_request_is_noted_once(client: FlaskClient, notes: Notes) -> None:
    client.get("/packages?country=TR&lang=tr", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    client.post("/nowhere")
    assert [(n["method"], n["path"], n["status"], n["address"]) for n in notes] == [
        ("GET", "/packages", 200, "192.0.2.7"),
        ("POST", "/nowhere", 404, "127.0.0.1"),
    ]
    assert all(note["milliseconds"] >= 0 for note in notes)


def test_a_healthy_server_is_not_news(client: FlaskClient, notes: Notes) -> None:
    assert [client.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]
    assert notes == []


def test_ids_are_new_for_each_request(client: FlaskClient) -> None:
    ids = {client.get("/packages").headers[ID_HEADER] for _ in range(3)}
    assert len(ids) == 3
    assert all(len(id) == 16 for id in ids)


@pytest.mark.long
@pytest.mark.parametrize(
    ("proxies", "given", "is_kept"),
    [
        (1, "0af7651916cd43dd", True),
        (0, "0af7651916cd43dd", False),
        (1, "short", False),
        (1, 'x"}\u2028 forged line', False),
        (1, "x" * 65, False),
    ],
)
def test_only_a_proxy_may_name_a_request(
    database: str, proxies: int, given: str, is_kept: bool
) -> None:
    """Caught: an id taken over from everybody, and one taken over unchecked."""
    client = create_app(config_for(database, proxies=proxies)).test_client()
    sent = given.encode().decode("latin-1")
    answer = client.get("/packages", headers={ID_HEADER: sent})
    assert (answer.headers[ID_HEADER] == sent) == is_kept


@pytest.mark.long
def test_behind_a_proxy_the_visitor_is_noted(database: str, notes: Notes) -> None:
    client = create_app(config_for(database, proxies=1)).test_client()
    client.get("/packages", headers={"X-Forwarded-For": "203.0.113.9"})
    assert notes[0]["address"] == "203.0.113.9"


@pytest.mark.parametrize(
    "path",
    ["/preview/abcdefgh", "//preview/abcdefgh", "/preview/%20abcdefgh", "/Preview/x%20abcdefgh"],
)
def test_the_address_of_a_shared_preview_is_not_noted(
    client: FlaskClient, notes: Notes, path: str
) -> None:
    """Caught: the path as it came, and only what begins with /preview/ looked for."""
    client.get("/", environ_overrides={"PATH_INFO": path})
    assert "abcdefgh" not in notes[0]["path"]
    assert notes[0]["path"].endswith("review/…")


@pytest.mark.parametrize("path", ["/pay/abcdefgh", "//pay/abcdefgh", "/Pay/x%20abcdefgh"])
def test_the_address_of_a_payment_link_is_not_noted(
    client: FlaskClient, notes: Notes, path: str
) -> None:
    """Caught: the key of a payment link in the log."""
    client.get("/", environ_overrides={"PATH_INFO": path})
    assert notes[0]["path"].endswith("ay/…")


@pytest.mark.parametrize("begin", ["/invitation/", "//password/", "/Password/x%20"])
def test_the_address_of_a_link_that_lets_in_is_not_noted(
    client: FlaskClient, notes: Notes, begin: str
) -> None:
    """Caught: the key of an invitation in the log."""
    client.get("/", environ_overrides={"PATH_INFO": f"{begin}abcdefgh"})
    assert "abcdefgh" not in notes[0]["path"]
    assert notes[0]["path"].endswith("/…")


def test_what_admins_do_with_links_is_noted(client: FlaskClient, notes: Notes) -> None:
    client.post("/settings/credit-packages/preview/links/3/revoke")
    assert notes[0]["path"] == "/settings/credit-packages/preview/links/3/revoke"


@pytest.mark.usefixtures("admin")
def test_what_was_typed_to_sign_in_stays_out(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    sign_in(client, password="wrong horse staple")
    sign_in(client)
    assert caplog.messages.count("request") == 4
    assert "Admin 1 signed in" in caplog.messages
    assert "Sign-in refused to 127.0.0.1" in caplog.text
    for secret in ("wrong horse staple", PASSWORD, ADMIN):
        assert secret not in caplog.text


@pytest.mark.long
def test_in_production_every_line_is_json_and_errors_bear_the_id_of_their_request(
    empty_database: str,
) -> None:
    """Caught: the id kept in the environ alone, where the log of errors cannot see it."""
    environ = {
        "PRODUCTION": "1",
        "HOSTS": "127.0.0.1",
        "SECRET_KEY": FIT_SECRET_KEY,
        "PROXIES": "1",
    }
    with running(empty_database, WORKERS="1", **environ) as server:
        browser = Browser(server.url)
        assert browser.get("/login?secret=1")[0] == 200
        with Session(connect(empty_database)) as session, writing(session):
            session.execute(text("ALTER TABLE release RENAME TO gone"))
        status, page = browser.get("/packages?country=TR")
        assert status >= 500
        log = server.stop()
    assert "secret" not in log
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert f"Reference: {lines[-1]['request']}" in page
    asked = [line for line in lines if line["message"] == "request"]
    assert [(line["path"], line["status"] < 500) for line in asked] == [
        ("/login", True),
        ("/packages", False),
    ]
    assert all(line["time"].endswith("+00:00") for line in lines)
    error, asked = lines[-2:]
    assert (error["level"], asked["path"]) == ("ERROR", "/packages")
    assert error["request"] == asked["request"] != lines[0]["request"]
