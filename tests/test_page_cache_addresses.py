"""What is left to Flask: requests that are unusual, and hosts that are not our own."""

from functools import partial
from typing import Any
from urllib.parse import quote_plus

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from werkzeug.test import Client

from app import create_app
from tests.conftest import Once, config_for, only_sqlite
from tests.counting import asking_flask
from tests.page_helpers import add, apply_all

PAGE = "/packages?country=DE&lang=de"

pytestmark = [only_sqlite, pytest.mark.own_app]


@pytest.fixture(autouse=True)
def _live(once: Once) -> None:
    once(make_live)


def make_live(session: Session) -> None:
    add(session, "Klein", country="DE", currency="EUR")
    apply_all(session)


def is_ready(app: Flask, path: str = PAGE, **request: Any) -> bool:  # noqa: ANN401 - as for a client
    """Whether Flask is left alone when somebody asks for it once more."""
    client = app.test_client()
    client.get(path, **request)
    with asking_flask(app) as asked:
        client.open(path, **request)
    return not asked


def test_what_an_address_decides_alone_is_ready(app: Flask) -> None:
    for path in (
        PAGE,
        "/packages?lang=de&country=DE",
        "/api/v1/packages?lang=ar&country=JP",
        "/api/v1/countries?lang=en",
        "/embed/packages?country=US&lang=tr",
    ):
        assert is_ready(app, path), path


def test_what_is_not_on_the_list_is_for_flask(app: Flask) -> None:
    for path in (
        "/packages",
        "/packages?country=DE",
        "/packages?lang=de",
        "/packages?country=DE&lang=xx",
        "/packages?country=ZZ&lang=de",
        "/packages?country=de&lang=de",
        "/packages?country=DE&lang=DE",
        "/packages?country=DE&lang=de&lang=tr",
        "/packages?country=DE&lang=de&ref=\xfc",
        "/api/v1/packages?country=DE&lang=de&",
        "/api/v1/packages?country=DE&lang=de&utm_source=x",
        "/api/v1/countries?lang=de&utm_source=x",
        "/packages?country=%44E&lang=de",
        "/packages/?country=DE&lang=de",
        "/packages/choose?country=DE&lang=de",
        "/api/v1/packages?country=DE&lang=de-AT",
        "/api/v1/countries?country=DE&lang=de",
        "/api/v1/releases/1?country=DE&lang=de",
        "/settings/credit-packages/?country=DE&lang=de",
        "/preview/x?country=DE&lang=de",
        "/healthz?country=DE&lang=de",
    ):
        assert not is_ready(app, path), path


TAKING_ANY = ("/packages", "/embed/packages")
# What others add to links, and what they add by mistake. In none of them is a parameter of ours.
UNKNOWN = (
    *("utm_source=news", "fbclid=IwAR0", "gclid=x&utm_medium=mail", "utm_source=a&utm_source=b"),
    *("", "&&", "=", "x", "=country", "x=country=TR", "utm%5Fsource=x", "%ff=%ff", "x=%", "%=1"),
    *("Country=TR", "LANG=tr", "country+=TR", "+lang=tr", "country%00=TR", "countr%C3%BD=TR"),
    *("country[]=TR", "%2563ountry=TR", "x=a;country=TR", "country%26=TR", "x=%26country=TR"),
    *("x=" + "a" * 60_000, "&".join(f"x{n}={n}" for n in range(2_000))),
)


@pytest.mark.parametrize("path", TAKING_ANY)
def test_what_no_view_looks_at_changes_nothing(app: Flask, path: str) -> None:
    """Caught: only addresses of our own form ready; a link in a newsletter took Flask's time.
    Kept under the address as it was sent; strangers filled the cache."""
    address = f"{path}?country=DE&lang=de"
    client = app.test_client()
    first = client.get(address)
    with asking_flask(app) as asked:
        for unknown in UNKNOWN:
            before, after = f"{path}?{unknown}&country=DE&lang=de", f"{address}&{unknown}"
            for sent in (before, after, f"{path}?lang=de&{unknown}&country=DE"):
                answer = client.get(sent)
                assert (answer.status_code, answer.data) == (200, first.data), sent[:90]
                assert answer.headers["ETag"] == first.headers["ETag"]
    assert not asked


NAMES = ("country", "lang", "%63ountry", "l%61ng", "Lang", "country+", "utm_source", "")
VALUES = ("DE", "TR", "de", "tr", "ZZ", "", "%54R", "t%72", "%", "+TR")
ODD = st.tuples(
    st.sampled_from(NAMES) | st.text(max_size=4).map(quote_plus),
    st.sampled_from(["=", "=", "=", ""]),
    st.sampled_from(VALUES) | st.text(max_size=4).map(quote_plus),
).map("".join)
QUERIES = st.lists(ODD, max_size=3).flatmap(
    lambda odd: st.permutations(["country=DE", "lang=de", *odd])
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=QUERIES)
@pytest.mark.parametrize("path", TAKING_ANY)
def test_it_is_what_flask_answers_to_any_query(app: Flask, path: str, parts: list[str]) -> None:
    """Caught: the last of two countries; names and values with an encoded letter ignored."""
    address = f"{path}?{'&'.join(parts)}"
    ready = Client(app).get(address)
    flasks = Client(partial(Flask.wsgi_app, app)).get(address)
    assert (ready.status_code, ready.data) == (flasks.status_code, flasks.data)
    for name in ("ETag", "Cache-Control", "Content-Security-Policy"):
        assert ready.headers.get(name) == flasks.headers.get(name)


def test_other_methods_are_for_flask(app: Flask) -> None:
    assert is_ready(app)
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        assert not is_ready(app, method=method), method


@pytest.mark.parametrize(
    "unusual",
    [
        {"data": b"x"},
        {"headers": {"If-Match": "*"}},
        {"headers": {"Transfer-Encoding": "chunked"}},
        {"environ_overrides": {"SCRIPT_NAME": "/below"}},
        {"environ_overrides": {"wsgi.url_scheme": "ftp"}},
    ],
)
def test_unusual_requests_are_for_flask(app: Flask, unusual: dict[str, Any]) -> None:
    assert is_ready(app)
    client = app.test_client()
    with asking_flask(app) as asked:
        client.get(PAGE, **unusual)
    assert asked


def test_a_strangers_host_is_for_flask(app: Flask) -> None:
    """Caught: whatever the Host header says kept; a thousand names were a thousand pages."""
    assert is_ready(app)
    hosts = ("evil.example", "localhost.evil.example", "localhost:81", "", "[::1]", "LOCALHOST")
    for host in hosts:
        assert not is_ready(app, headers={"Host": host}), host
        page = app.test_client().get(PAGE).text
        assert "http://localhost/packages?country=DE" in page
        assert "evil" not in page


def test_each_of_our_hosts_has_its_own(database: str) -> None:
    """Caught: kept without the host; one name's page linked to the other."""
    names = ("a.example", "b.example:8443")
    app = create_app(config_for(database, hosts=(*names, ".wild.example"), port=81))
    for base in (
        "http://a.example",
        "https://a.example",
        "http://a.example:81",
        "https://b.example:8443",
    ):
        assert is_ready(app, base_url=base)
        assert (
            f'href="{base}/packages?country=DE' in app.test_client().get(PAGE, base_url=base).text
        )
    for base in (
        "http://localhost",
        "https://a.example:82",
        "https://wild.example",
        "https://x.wild.example",
    ):
        assert not is_ready(app, base_url=base)
    assert app.test_client().get(PAGE, base_url="http://localhost").status_code == 400


def test_behind_a_proxy_it_is_the_public_address(database: str) -> None:
    """Caught: in front of ProxyFix; the canonical address began with http."""
    config = config_for(database, production=True, hosts=("credits.example.com",), proxies=1)
    app = create_app(config)
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "credits.example.com"}
    assert is_ready(app, headers=forwarded)
    answer = app.test_client().get(PAGE, headers=forwarded)
    assert 'href="https://credits.example.com/packages?country=DE' in answer.text
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    assert app.test_client().get(PAGE).status_code == 400


@pytest.mark.parametrize(
    ("name", "value"),
    [("Set-Cookie", "visitor=1"), ("Vary", "Cookie"), ("Cache-Control", "private, no-store")],
)
def test_an_answer_for_one_visitor_is_never_kept(app: Flask, name: str, value: str) -> None:
    """Caught: kept with the cookie it set."""

    def personal(response: Response) -> Response:
        response.headers[name] = value
        return response

    app.after_request(personal)
    assert not is_ready(app)
    assert app.test_client().get(PAGE).headers[name] == value


def test_before_the_first_release_flask_answers(client: FlaskClient, tmp_path: Any) -> None:  # noqa: ANN401
    assert client.get(PAGE).status_code == 200
    nowhere = create_app(config_for(tmp_path / "nowhere" / "scrip.db"))
    assert nowhere.test_client().get(PAGE).status_code == 503
