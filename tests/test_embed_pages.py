"""What other sites load: the script of <scrip-packages>, and the cards in a frame."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from blueprints.security_headers import CONTENT_SECURITY_POLICY
from domain.database import writing
from domain.embedding.sites import add_site, list_sites, remove_site
from tests.conftest import ADMIN
from tests.html import find
from tests.page_helpers import add, apply_all, edit
from tests.test_security_headers import addresses

FRAME = "/embed/packages?country=DE&lang=de"
SITES = ("https://a.example", "http://localhost:3000")


def allow(session: Session, *origins: str) -> None:
    with writing(session):
        for origin in origins:
            add_site(session, origin, author=ADMIN)


def forbid(session: Session, origin: str) -> None:
    with writing(session):
        (site,) = (site for site in list_sites(session) if site.origin == origin)
        remove_site(session, site.id)


def framed_by(answer: TestResponse) -> str:
    """Who may frame this answer, as both headers together have it."""
    policy = answer.headers["Content-Security-Policy"]
    policy = re.sub("form-action 'self' [^;]+", "form-action 'self'", policy)  # at the checkout
    ancestors = policy.partition("frame-ancestors ")[2]
    assert policy == CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "") + (
        f"frame-ancestors {ancestors}"
    )
    old = answer.headers.get("X-Frame-Options")
    assert old == ("DENY" if ancestors == "'none'" else None)
    return ancestors


@pytest.fixture(autouse=True)
def _live(session: Session) -> None:
    add(session, "Klein", "Groß", country="DE", currency="EUR")
    add(session, "Small")
    apply_all(session)


def test_without_a_list_nobody_may_frame_it(client: FlaskClient) -> None:
    assert framed_by(client.get(FRAME)) == "'none'"


def test_sites_on_the_list_may_frame_it(client: FlaskClient, session: Session) -> None:
    """Caught: X-Frame-Options left at DENY."""
    allow(session, *SITES)
    assert framed_by(client.get(FRAME)) == "http://localhost:3000 https://a.example"


def test_the_list_works_at_once(client: FlaskClient, session: Session) -> None:
    """Caught: a tag of the page's bytes alone; browsers that had the page went on framing it."""
    allow(session, *SITES)
    tag = client.get(FRAME).headers["ETag"]
    again = client.get(FRAME, headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert framed_by(again) == "http://localhost:3000 https://a.example"
    forbid(session, "https://a.example")
    fresh = client.get(FRAME, headers={"If-None-Match": tag})
    assert (fresh.status_code, framed_by(fresh)) == (200, "http://localhost:3000")
    forbid(session, "http://localhost:3000")
    assert framed_by(client.get(FRAME, headers={"If-None-Match": tag})) == "'none'"


def test_every_other_page_stays_unframable(
    app: Flask, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: the list read in the hook that every answer runs through."""
    allow(session, *SITES)
    for path in (*addresses(app, "GET"), "/nowhere", "/embed/nowhere", "/api/nowhere"):
        for browser in (signed_in, app.test_client()):
            answer = browser.get(path, buffered=True)
            expected = "'none'" if path != "/embed/packages" else " ".join(sorted(SITES))
            assert (path, framed_by(answer)) == (path, expected)


def test_the_frame_shows_the_cards_and_nothing_else(client: FlaskClient) -> None:
    answer = client.get(FRAME)
    page = answer.text
    shown = find(page, "main").text()
    for text in ("Klein", "Groß", "100 Credits", "19,99\u00a0€", "0,20\u00a0€ pro Credit"):
        assert text in shown
    assert '<html lang="de">' in page
    for part in ("<form", "<script", "<header", "csrf"):
        assert part not in page
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_the_frame_speaks_arabic(client: FlaskClient) -> None:
    page = client.get("/embed/packages?country=DE&lang=ar").text
    assert '<html lang="ar" dir="rtl">' in page
    assert "باقات الرصيد" in page


def test_without_country_the_frame_shows_the_default_one(client: FlaskClient) -> None:
    client.set_cookie("country", "DE")
    for query in ("", "?country=ZZ", "?country=%00", "?country=%ED%A0%80&lang=xx"):
        answer = client.get(f"/embed/packages{query}")
        assert (query, answer.status_code) == (query, 200)
        assert "Small" in answer.text
        assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_country_without_packages_is_kind_in_a_frame_too(client: FlaskClient) -> None:
    page = client.get("/embed/packages?country=JP&lang=en").text
    assert "Japan: no packages yet" in page
    assert "choose one above" not in page


def test_the_frame_is_one_release(client: FlaskClient, session: Session) -> None:
    first = client.get(FRAME)
    assert first.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    headers = {"If-None-Match": first.headers["ETag"]}
    edit(session, 1, name="Mini")
    assert client.get(FRAME, headers=headers).status_code == 304
    apply_all(session)
    fresh = client.get(FRAME, headers=headers)
    assert fresh.status_code == 200
    assert "Mini" in fresh.text


def test_every_site_may_load_the_script(client: FlaskClient) -> None:
    """Caught: Cross-Origin-Resource-Policy left at same-origin; browsers refused the script."""
    answer = client.get("/embed.js", headers={"Origin": "https://example.com"})
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == (
        "public, max-age=3600, stale-while-revalidate=604800"
    )
    assert "Vary" not in answer.headers
    assert answer.text.startswith("// <scrip-packages")
    again = client.get("/embed.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_script_is_small(client: FlaskClient) -> None:
    assert len(client.get("/embed.js").data) < 10_000


@pytest.mark.parametrize("path", ["/embed.js", "/embed/packages"])
def test_they_can_only_be_read(client: FlaskClient, path: str) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert client.open(path, method=method).status_code == 405
