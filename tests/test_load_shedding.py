"""Sign-ins that are refused before Flask is asked, because all slots for hashing are taken."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from domain.accounts import hashing
from tests.conftest import ADMIN, PASSWORD, config_for, csrf_token, sign_in
from tests.counting import asking_flask
from tests.html import texts, values

# A request has these, or they tell one from another.
OF_THE_MOMENT = {"Content-Length", "Retry-After", "Set-Cookie", "Vary", "X-Request-Id"}


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[ExitStack]:
    """All slots of strangers are taken until this is closed."""
    monkeypatch.setattr(hashing, "WAIT_SECONDS", 0)
    with ExitStack() as taken:
        taken.enter_context(hashing.STRANGERS_SLOTS.take())
        for _ in range(hashing.MOST_WAITING):
            hashing.STRANGERS_SLOTS._slots.acquire()
            taken.callback(hashing.STRANGERS_SLOTS._slots.release)
        yield taken


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize(
    ("languages", "chosen", "title"),
    [
        ("", "", "Error: Sign in"),
        ("tr-TR,tr;q=0.9", "", "Hata: Oturum aç"),
        ("de, tr;q=0.5", "en", "Error: Sign in"),
        ("de", "tr", "Hata: Oturum aç"),
    ],
)
def test_flask_is_not_asked(
    app: Flask, client: FlaskClient, languages: str, chosen: str, title: str
) -> None:
    """Caught: without the headers that protect every answer; one page for all languages."""
    client.set_cookie("lang", chosen)
    with asking_flask(app) as asked:
        page = client.post("/login", headers={"Accept-Language": languages})
    assert (page.status_code, asked) == (429, [])
    assert texts(page.text, "title") == [title]
    assert values(page.text, "main a.button", "href") == ["/login"]
    assert 0 < int(page.headers["Retry-After"]) < 10
    flasks = client.get("/login").headers
    own, usual = ({*headers.items()} for headers in (page.headers, flasks))
    assert {name for name, _ in own ^ usual} <= OF_THE_MOMENT


@pytest.mark.long
@pytest.mark.usefixtures("full")
def test_the_page_holds_nothing_that_was_sent(database: str) -> None:
    """Caught: a page with the email and the token of the form, which held a script of anybody."""
    client = create_app(config_for(database, hosts=(".scrip.example",))).test_client()
    path, typed = "/login?next=/settings/a%22b&lang=tr", '"><script>alert(1)</script>'
    first = client.post("/login", data={"email": ADMIN})
    for host in ("localhost", "elsewhere.example", "["):
        hostile = client.post(path, data={"email": typed, typed: typed}, headers={"Host": host})
        assert (hostile.status_code, hostile.data) == (429, first.data)
    assert ADMIN not in first.text
    assert "<form" not in first.text


def test_a_sign_in_is_let_through_when_there_is_a_slot_again(
    client: FlaskClient, admin: str, full: ExitStack
) -> None:
    assert sign_in(client, admin).status_code == 429
    full.close()
    assert sign_in(client, admin).status_code == 303


@pytest.mark.usefixtures("full")
def test_known_browsers_and_all_other_pages_are_left_to_flask(
    app: Flask, client: FlaskClient
) -> None:
    """A made-up cookie of a known browser is found out there: its sign-in finds no slot."""
    with asking_flask(app) as asked:
        typed = {"csrf_token": csrf_token(client), "email": ADMIN, "password": PASSWORD}
        assert client.post("/logout", data=typed).status_code == 303
        assert client.post("/login", data=typed).status_code == 429
        assert len(asked) == 2
        client.set_cookie("scrip-device", "x")
        typed["csrf_token"] = csrf_token(client)
        assert client.post("/login", data=typed).status_code == 429
        assert len(asked) == 4
