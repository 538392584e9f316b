"""A test database says so on every page, in words; a live one says nothing at all."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import create_app
from blueprints import mails
from domain.catalogue import sample
from domain.database import writing
from tests.conftest import config_for, signed_in_client
from tests.html import texts, values

IN_PATHS = {"number": "1", "id": "1", "package_id": "1", "country": "DE"}
WORDS = {"en": "TEST", "tr": "TEST", "de": "TEST", "ar": "اختبار"}
CARDS = "/packages?country=DE&lang="


def paths(app: Flask) -> Iterator[str]:
    """Every address that answers GET, of something that is there."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint != "static":
            yield re.sub(r"<(?:\w+:)?(\w+)>", lambda part: IN_PATHS.get(part[1], "1"), rule.rule)


def pages(app: Flask, engine: Engine, admin: str) -> Iterator[TestResponse]:
    """Every page, as an admin and as a stranger get it, and one that is not there."""
    for client in (signed_in_client(app, engine, admin), app.test_client()):
        for path in (*paths(app), "/nowhere", "/settings/nowhere"):
            answer = client.get(path)
            if answer.text.startswith("<!doctype html>") and answer.status_code not in (302, 303):
                yield answer


def is_marked(page: str) -> bool:
    """Beside a name, and above an admin's page for phones, where the name is out of sight."""
    names, above = texts(page, ".mode"), texts(page, ".mode-bar")
    is_admins = "admin" in values(page, "body", "class")
    return names == ["TEST"] and above == (["TEST"] if is_admins else [])


@pytest.fixture(autouse=True)
def _sample(session: Session) -> None:
    with writing(session):
        sample.load(session, author="Scrip")


def test_every_page_of_a_test_says_so(app: Flask, engine: Engine, admin: str) -> None:
    """Caught: a page with a head of its own, the cards of an old release."""
    every = list(pages(app, engine, admin))
    assert [page.request.path for page in every if not is_marked(page.text)] == []
    assert len({page.request.path for page in every}) > 25


@pytest.mark.long
def test_no_page_of_a_live_database_says_anything(
    database: str, engine: Engine, admin: str
) -> None:
    app = create_app(config_for(database, mode="live"))
    every = [page.text for page in pages(app, engine, admin)]
    assert not [page for page in every if re.search(r'class="(mode|mode-bar|frame-mode)\b', page)]
    assert len(every) > 25
    for address in ("packages", "countries", "releases/1"):
        assert "mode" not in app.test_client().get(f"/api/v1/{address}").get_json()


@pytest.mark.parametrize(("language", "word"), WORDS.items())
def test_buyers_read_it_in_their_language(client: FlaskClient, language: str, word: str) -> None:
    for path in (CARDS, f"/embed{CARDS}"):
        assert texts(client.get(f"{path}{language}").text, ".mode") == [word]
    answer = client.get(f"/api/v1{CARDS}{language}").get_json()
    assert (answer["mode"], answer["labels"]["mode"]) == ("test", word)


@pytest.mark.parametrize(("mode", "marks"), [("test", ["Lotus Consulting · TEST"]), ("live", [])])
def test_mails_say_it_beside_the_name(database: str, mode: str, marks: list[str]) -> None:
    app = create_app(config_for(database, mode=mode))
    with app.test_request_context():
        html = mails.render("test", "ana@example.com", {"language": "de"}).html
    assert [line for line in texts(html, ".brand") if "TEST" in line] == marks


def test_ready_pages_are_those_of_the_mode(database: str, client: FlaskClient) -> None:
    live = create_app(config_for(database, mode="live")).test_client()
    for _again in range(2):
        assert texts(client.get(f"{CARDS}en").text, ".mode") == ["TEST"]
        assert texts(live.get(f"{CARDS}en").text, ".mode") == []
