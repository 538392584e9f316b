"""How much a request may bring; through nginx: tests/test_production.py."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from blueprints.request_limits import LIMITS, LONG, LONGEST_HEADERS, USUAL, limit_of
from tests.counting import asking_flask
from tests.html import values
from tests.page_helpers import LIST, TYPED, add, everything, post
from tests.real_server import ROOT

UNITS = {"k": 1024, "m": 1024 * 1024}


def limits_of_nginx() -> dict[str, int]:
    """Bytes by prefix, as the part of deploy/nginx.conf that speaks TLS sets them."""
    server = (ROOT / "deploy/nginx.conf").read_text().rpartition("\nserver {")[2]
    found: dict[str, int] = {}
    for part in re.split(r"\n    location ", server):
        prefix = part.removeprefix("^~ ").partition(" {")[0] if found else ""
        size = re.search(r"client_max_body_size (\d+)([km]);", part)
        found[prefix] = int(size[1]) * UNITS[size[2]] if size else found[""]
    return found


def test_nginx_lets_through_what_each_route_takes(app: Flask) -> None:
    """Caught: 64 KB for all routes in nginx, where the review takes more."""
    by_prefix = limits_of_nginx()
    assert by_prefix[""] == USUAL.bytes
    for rule in app.url_map.iter_rules():
        exact = f"= {rule.rule}"
        longest = max((p for p in by_prefix if p == exact or rule.rule.startswith(p)), key=len)
        if "POST" in (rule.methods or ()):
            assert (rule.rule, by_prefix[longest]) == (rule.rule, limit_of(rule.endpoint).bytes)
    assert LIMITS.keys() <= app.view_functions.keys()


def test_every_button_of_the_review_takes_ten_thousand_ticks(
    app: Flask, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: the limit of 500 KB that Werkzeug has for forms of its own."""
    add(session, "One")
    page = signed_in.get(f"{LIST}review").text
    form = 'form:has([name="change"])'
    addresses = values(page, form, "action") + values(page, f"{form} [formaction]", "formaction")
    for address in set(addresses):
        path = address.partition("?")[0]
        endpoint, _ = app.url_map.bind("localhost").match(path, "POST")
        assert limit_of(endpoint) == LONG, address
    ticks = {
        "change": [f"package-{10**11 + n}-removed" for n in range(10_000)],
        "acknowledge": [f"{n:016x}" for n in range(10_000)],
    }
    assert post(signed_in, f"{LIST}review/again", ticks).status_code == 200
    assert post(signed_in, f"{LIST}review", ticks | {"more": ["x"] * 200}).status_code == 413
    assert post(signed_in, f"{LIST}review", {"note": "x" * LONG.bytes}).status_code == 413
    assert post(signed_in, f"{LIST}apply", ticks).status_code == 413


def test_a_body_too_large_is_refused(signed_in: FlaskClient, session: Session) -> None:
    """Caught: MAX_CONTENT_LENGTH left out."""
    for htmx in (True, False):
        answer = post(signed_in, f"{LIST}add", TYPED | {"short_info": "x" * 70_000}, htmx=htmx)
        assert answer.status_code == 413
        assert "Too much at once" in answer.text
    assert everything(session) == []


def test_too_many_fields_are_refused(signed_in: FlaskClient, session: Session) -> None:
    """Caught: refuse_too_much running after CSRFProtect, which empties the body."""
    extra = {f"field{i}": "" for i in range(100)}
    assert post(signed_in, f"{LIST}add", TYPED | extra).status_code == 413
    assert everything(session) == []
    few = {f"field{i}": "" for i in range(50)}
    assert post(signed_in, f"{LIST}add", TYPED | few).status_code == 303


@pytest.mark.parametrize("path", ["/packages", "/packages?country=DE&lang=DE", "/api/v1/packages"])
def test_a_header_that_is_too_long_counts_as_not_sent(app: Flask, path: str) -> None:
    """Caught: all 32 KB of a header's items sorted by what is wanted most, three times a page."""
    client = app.test_client(use_cookies=False)
    with asking_flask(app) as asked:
        for name, most in LONGEST_HEADERS.items():
            for length in (most, most + 1, 32 * 1024):
                client.get(path, environ_overrides={name: ("x-y," * length)[:length]})
    sent = [[name for name in LONGEST_HEADERS if name in each.environ] for each in asked]
    assert sent == [seen for name in LONGEST_HEADERS for seen in ([name], [], [])]


def test_a_header_of_the_longest_is_still_read(client: FlaskClient) -> None:
    """Caught: headers cut by a limit that is one too low."""
    most = LONGEST_HEADERS["HTTP_ACCEPT_LANGUAGE"]
    for length, language in ((most, "tr"), (most + 1, "en")):
        wanted = {"Accept-Language": f"tr,{'x' * length}"[:length]}
        assert f'<html lang="{language}"' in client.get("/packages", headers=wanted).text
        assert client.get("/api/v1/packages", headers=wanted).get_json()["language"] == language
