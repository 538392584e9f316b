"""Sign-ins that are refused before Flask is asked, because all slots for hashing are taken."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from blueprints.auth.crowd import MOST_BYTES
from domain.accounts import hashing
from tests.conftest import ADMIN, PASSWORD, config_for, csrf_token, sign_in
from tests.counting import asking_flask
from tests.html import inputs, values, without_tokens

OF_THE_MOMENT = ("Content-Length", "Retry-After", "Set-Cookie", "Vary", "X-Request-Id")


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> Iterator[ExitStack]:
    """All slots of strangers are taken until this is closed."""
    monkeypatch.setattr(hashing, "WAIT_SECONDS", 0)
    with ExitStack() as taken:
        taken.enter_context(hashing.STRANGERS_SLOTS.take())
        for _ in range(hashing.MOST_WAITING):
            hashing.STRANGERS_SLOTS._slots.acquire()
            taken.callback(hashing.STRANGERS_SLOTS._slots.release)
        yield taken


def fixed_headers(answer: TestResponse) -> dict[str, str]:
    return {name: text for name, text in answer.headers.items() if name not in OF_THE_MOMENT}


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize(
    ("path", "languages", "chosen"),
    [
        ("/login", "", ""),
        ("/login", "tr-TR,tr;q=0.9", ""),
        ("/login?next=/settings/%3Fa%3D%22b%22&lang=tr", "de", ""),
        ("/login?next=//elsewhere.example", "", "tr"),
    ],
)
def test_the_refusal_is_the_page_that_flask_gives(
    app: Flask, client: FlaskClient, path: str, languages: str, chosen: str
) -> None:
    """Caught: without the headers that protect every answer; one page for all languages."""
    headers = {"Accept-Language": languages}
    client.set_cookie("lang", chosen)
    typed = {"email": "o'b&c@example.com", "csrf_token": "sent"}
    with asking_flask(app) as asked:
        ready = client.post(path, data=typed, headers=headers)
    assert (ready.status_code, asked) == (429, [])
    assert 0 < int(ready.headers["Retry-After"]) < 10
    assert "Set-Cookie" not in ready.headers
    assert values(ready.text, "[name=csrf_token]", "value") == ["sent"]
    typed |= {"csrf_token": csrf_token(client), "password": PASSWORD, "unknown": "x" * MOST_BYTES}
    flasks = client.post(path, data=typed, headers=headers)
    assert flasks.status_code == 429
    assert fixed_headers(ready) == fixed_headers(flasks)
    assert without_tokens(ready.text) == without_tokens(flasks.text)


@pytest.mark.parametrize("cookie", ["", "x"])
def test_its_form_signs_in_when_there_is_a_slot_again(
    app: Flask, admin: str, crowd: ExitStack, cookie: str
) -> None:
    """A made-up cookie of a known browser is refused by Flask, with the same page."""
    client = app.test_client()
    if cookie:
        client.set_cookie("scrip-device", cookie)
    refused = sign_in(client, admin)
    assert refused.status_code == 429
    crowd.close()
    again = inputs(refused.text, "form input") | {"password": PASSWORD}
    assert again["email"] == admin
    assert client.post("/login", data=again).status_code == 303


@pytest.mark.usefixtures("crowd")
def test_what_was_typed_stays_text(client: FlaskClient) -> None:
    """Caught: the token written into the page as it came; a script of anybody ran there."""
    hostile = '"><script>alert(1)</script>the-typed-email'
    page = client.post("/login", data={"email": hostile, "csrf_token": hostile}).text
    assert inputs(page, "form input")["email"] == hostile
    assert "<script>" not in page


@pytest.mark.usefixtures("crowd")
def test_whatever_is_in_doubt_is_left_to_flask(database: str) -> None:
    client = create_app(config_for(database, hosts=("scrip.example",))).test_client()
    for data, headers, status in (
        ({"email": ADMIN}, {"Host": "scrip.example"}, 429),
        ({"email": ADMIN}, {"Host": "elsewhere.example"}, 400),
        ({"email": ADMIN}, {"Host": "["}, 400),
        ({}, {"Host": "scrip.example"}, 400),
        ({"email": "x" * 70_000}, {"Host": "scrip.example"}, 413),
        ({str(n): "" for n in range(99)}, {"Host": "scrip.example"}, 429),
        ({str(n): "" for n in range(101)}, {"Host": "scrip.example"}, 429),
    ):
        assert client.post("/login", data=data, headers=headers).status_code == status, headers
    assert client.get("/login", headers={"Host": "scrip.example"}).status_code == 200
