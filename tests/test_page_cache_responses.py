"""What is answered ready: the same as Flask's own answer, in the form that was asked for."""

import gzip

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import create_app
from domain.database import writing
from domain.embedding.sites import add_site, list_sites, remove_site
from page_cache.addresses import QUERIES
from tests.conftest import ADMIN, Once, config_for
from tests.counting import asking_flask
from tests.page_helpers import add, apply_all, edit

pytestmark = pytest.mark.own_app

PAGE = "/packages?country=DE&lang=de"
FRAME = "/embed/packages?country=DE&lang=de"
READY = (PAGE, FRAME, "/api/v1/packages?country=DE&lang=de", "/api/v1/countries?lang=de")
REVALIDATE = "public, max-age=0, must-revalidate"
SITE = "https://a.example"
PACKED = ("gzip", "br, gzip;q=0.5", "*", "GZIP", "identity;q=0.5, gzip", "gzip, deflate, br")
PLAIN = ("", "identity", "br", "gzip;q=0", "*;q=0", "gzip;q=0, *", "x" * 5000, "gzip;q=x,\1")

each = pytest.mark.parametrize("path", READY)


@pytest.fixture(autouse=True)
def _live(once: Once) -> None:
    once(make_live)


def make_live(session: Session) -> None:
    add(session, "Klein", "Groß", country="DE", currency="EUR")
    add(session, "Small")
    apply_all(session)


def headers(answer: TestResponse) -> dict[str, str]:
    """Without those of the moment."""
    return {k: v for k, v in answer.headers.items() if k not in ("Date", "X-Request-Id")}


def get(client: FlaskClient, path: str, accepted: str = "", tag: str = "") -> TestResponse:
    headers = {"Accept-Encoding": accepted, "If-None-Match": tag}
    return client.get(path, headers={name: value for name, value in headers.items() if value})


@each
def test_it_is_made_once_for_everybody(app: Flask, signed_in: FlaskClient, path: str) -> None:
    """Caught: made with the cookies of whoever came first."""
    signed_in.set_cookie("country", "TR")
    readers = [signed_in, app.test_client()]
    with asking_flask(app) as asked:
        answers = [reader.get(path, headers={"Accept-Language": "ar"}) for reader in readers * 2]
    assert len({answer.data for answer in answers}) == 1
    (made,) = asked
    assert (made.method, made.full_path) == ("GET", path)
    assert set(made.headers.keys()) == {"Host"}


@each
def test_it_is_flasks_own_answer(client: FlaskClient, path: str) -> None:
    """Caught: headers of the hook for all answers left out."""
    ours = client.get(path.replace("DE", "de").replace("lang=de", "lang=DE"))
    ready = client.get(path)
    assert (ready.status, ready.data) == (ours.status, ours.data)
    assert headers(ready) == {**headers(ours), "Vary": "Accept-Encoding"}


@each
def test_it_is_compressed_for_whom_that_suits(client: FlaskClient, path: str) -> None:
    plain = get(client, path)
    for accepted in PACKED:
        packed = get(client, path, accepted)
        assert (accepted, packed.headers.get("Content-Encoding")) == (accepted, "gzip")
        assert gzip.decompress(packed.data) == plain.data
        assert len(packed.data) == int(packed.headers["Content-Length"])
        assert packed.headers["ETag"] != plain.headers["ETag"]
        assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"


@each
def test_it_is_plain_for_all_others(client: FlaskClient, path: str) -> None:
    """Caught: compressed for whoever names gzip, if only to refuse it."""
    get(client, path, "gzip")
    for accepted in PLAIN:
        answer = get(client, path, accepted)
        assert (accepted, answer.headers.get("Content-Encoding")) == (accepted, None)
        assert answer.data.startswith((b"<!doctype html>", b"{"))


def test_each_address_and_form_has_its_own_tag(client: FlaskClient) -> None:
    """Caught: a tag of the release's number alone."""
    languages = ("en", "tr")
    paths = [f"/packages?country={c}&lang={lang}" for c in ("DE", "US", "JP") for lang in languages]
    tags = {get(client, path, form).headers["ETag"] for path in paths for form in ("", "gzip")}
    assert len(tags) == 12
    assert not any(tag.startswith("W/") for tag in tags)


@each
@pytest.mark.parametrize("accepted", ["", "gzip"])
def test_who_has_it_already_gets_304(client: FlaskClient, path: str, accepted: str) -> None:
    first = get(client, path, accepted)
    tag = first.headers["ETag"]
    for tags in (tag, f"W/{tag}", f'"other", {tag}', f'W/"other",W/{tag}', "*"):
        again = get(client, path, accepted, tags)
        assert (tags, again.status_code, again.data) == (tags, 304, b"")
        for name in ("ETag", "Cache-Control", "Vary", "Content-Security-Policy"):
            assert again.headers[name] == first.headers[name]
        assert "Content-Length" not in again.headers
    other = get(client, path, "gzip" if not accepted else "", "").headers["ETag"]
    for tags in ('"other"', other, tag.strip('"')[:-1], "junk\1"):
        assert get(client, path, accepted, tags).status_code == 200


@each
@pytest.mark.parametrize("accepted", ["", "gzip"])
def test_head_is_get_without_content(client: FlaskClient, path: str, accepted: str) -> None:
    got = get(client, path, accepted)
    head = client.head(path, headers={"Accept-Encoding": accepted})
    assert (head.status_code, head.data) == (200, b"")
    assert headers(head) == headers(got)
    known = {"Accept-Encoding": accepted, "If-None-Match": got.headers["ETag"]}
    assert client.head(path, headers=known).status_code == 304


@each
def test_caches_ask_each_time(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["Cache-Control"] == REVALIDATE
    assert "Set-Cookie" not in answer.headers


@pytest.mark.long
@each
def test_a_cdn_may_be_late_where_that_was_wanted(database: str, path: str) -> None:
    """Caught: s-maxage on the frame too; a site taken off the list went on framing it."""
    client = create_app(config_for(database, cdn_max_age=60)).test_client()
    wanted = REVALIDATE if path == FRAME else f"{REVALIDATE}, s-maxage=60"
    assert get(client, path, "gzip").headers["Cache-Control"] == wanted
    assert client.get(path.partition("?")[0]).headers["Cache-Control"] == "private, no-store"


@each
def test_it_is_of_the_newest_release(
    app: Flask, client: FlaskClient, session: Session, path: str
) -> None:
    """Caught: a page kept by its address, and not by what was live."""
    first = client.get(path)
    edit(session, 1, name="SECRET", country="TR")
    with asking_flask(app) as asked:
        assert get(client, path, tag=first.headers["ETag"]).status_code == 304
        assert not asked
        apply_all(session)
        fresh = get(client, path, tag=first.headers["ETag"])
    assert (fresh.status_code, len(asked)) == (200, 1)
    assert fresh.data != first.data


def test_who_may_frame_it_is_asked_each_time(client: FlaskClient, session: Session) -> None:
    """Caught: the frame kept by its release alone."""
    for sites in ([SITE], [], [SITE]):
        with writing(session):
            for site in list_sites(session):
                remove_site(session, site.id)
            for origin in sites:
                add_site(session, origin, author=ADMIN)
        policy = client.get(FRAME).headers["Content-Security-Policy"]
        assert policy.endswith("frame-ancestors " + (SITE if sites else "'none'"))


def test_all_that_is_ready_is_public(app: Flask) -> None:
    with app.test_request_context():
        endpoints = {app.url_map.bind("").match(path)[0] for path in QUERIES}
    assert endpoints == {
        *("storefront.packages", "embed.packages", "api.packages", "api.countries"),
    }
