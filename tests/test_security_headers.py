"""What protects every answer: headers, CSRF tokens, and error pages that help."""

from pathlib import Path

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import create_app
from blueprints import permissions
from domain.catalogue.drafts.drafts import lock_catalogue
from domain.database import writing
from tests.conftest import config_for, csrf_token, sign_in, signed_in_client
from tests.html import texts, values
from tests.page_helpers import HTMX, LIST, TYPED, add, everything, order, partials, post

pytestmark = pytest.mark.own_app

URLENCODED = "application/x-www-form-urlencoded"
EVERYWHERE = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "font-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# Forms of the checkout, and no others, lead on to the provider's page: here, the simulator's.
OWN_FORMS = "form-action 'self'"
POLICY = EVERYWHERE["Content-Security-Policy"]
LEADS_TO_PROVIDER = {
    "Content-Security-Policy": POLICY.replace(OWN_FORMS, f"{OWN_FORMS} http://127.0.0.1:8001")
}
# What other sites may use; tests/test_api_access.py and test_embed_pages.py say more.
FOR_ALL_SITES = ("/api/", "/embed.js")
CROSS_ORIGIN = {"Cross-Origin-Resource-Policy": "cross-origin"}
KEPT = {
    "/embed.js": "public, max-age=3600, stale-while-revalidate=604800",
    "/embed/packages": "private, no-store",
    "/api/v1/": "public, max-age=0, must-revalidate",
    "/api/v1/openapi.json": "public, max-age=0, must-revalidate",
    "/packages": "private, no-store",
    "/api/v1/packages": "private, no-store",
    "/api/v1/countries": "private, no-store",
}


def addresses(app: Flask, method: str) -> list[str]:
    """Every address that answers `method`, with 1 for ids and a real file for static ones."""
    found = set()
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if method in (rule.methods or ()):
                values = {name: 1 for name in rule.arguments if name != "filename"}
                if "filename" in rule.arguments:
                    values["filename"] = "css/scrip.css"  # type: ignore[assignment]
                found.add(app.url_map.bind("localhost").build(rule.endpoint, values, method))
    return sorted(found)


KEYS_IN_ADDRESS = ("/preview/", "/enter", "/pay/", "/invitation/", "/password/")
# Whose own check is in the place of a CSRF token: see tests/test_enter.py, tests/test_webhook.py,
# tests/test_payment_links.py.
WITHOUT_CSRF = {"/enter", "/webhooks/stripe", "/pay/1"}


def has_headers(answer: TestResponse) -> bool:
    # A link's address is its key, and so may be that of the hand-over: no page learns of it.
    path = answer.request.path
    wanted = EVERYWHERE | (CROSS_ORIGIN if path.startswith(FOR_ALL_SITES) else {})
    wanted |= {"Referrer-Policy": "no-referrer"} if path.startswith(KEYS_IN_ADDRESS) else {}
    wanted |= LEADS_TO_PROVIDER if path.startswith(("/checkout/", "/pay/")) else {}
    return all(answer.headers.get(name) == value for name, value in wanted.items())


@pytest.fixture
def broken(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application with addresses that fail, each in its way."""

    def fail(code: int) -> str:
        if code == 500:
            raise RuntimeError("secret details")
        abort(code)

    app.add_url_rule("/fail/<int:code>", "fail", fail)
    monkeypatch.setattr(permissions, "PUBLIC", permissions.PUBLIC | {"fail"})
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


def test_every_page_has_the_headers(app: Flask, signed_in: FlaskClient, session: Session) -> None:
    """Caught: after_request left out."""
    add(session, "One")
    paths = addresses(app, "GET")
    assert len(paths) > 15
    for path in paths:
        for browser in (signed_in, app.test_client()):
            answer = browser.get(path, buffered=True)
            assert answer.status_code < 500, path
            assert has_headers(answer), path


def test_every_refusal_has_the_headers(broken: Flask, signed_in: FlaskClient) -> None:
    """Caught: after_request left out."""
    for code in (400, 403, 404, 405, 409, 413, 422, 429, 500, 503):
        answer = signed_in.get(f"/fail/{code}")
        assert answer.status_code == code
        assert has_headers(answer), code
    for answer in (
        signed_in.get("/nowhere"),
        signed_in.post(f"{LIST}add", data=TYPED),
        signed_in.post(LIST),
        broken.test_client().get(LIST),
        broken.test_client().post(f"{LIST}add"),
        signed_in.post("/login", data={"x": "y" * 70_000}),
        signed_in.get("/static/nothing.css"),
        signed_in.options("/packages"),
    ):
        assert has_headers(answer), answer.status


def test_pages_are_never_kept_by_a_cache(app: Flask, signed_in: FlaskClient) -> None:
    for path in addresses(app, "GET"):
        answer = signed_in.get(path, buffered=True)
        if not path.startswith("/static/"):
            policy = answer.headers["Cache-Control"]
            assert policy == KEPT[path] if path in KEPT else "no-store" in policy, path
    assert signed_in.get("/nowhere").headers["Cache-Control"] == "no-store"


def test_files_are_kept_by_the_digest_in_their_address(client: FlaskClient) -> None:
    page = client.get("/login").text
    (address,) = values(page, "link[href^='/static/css/scrip.css?v=']", "href")
    assert "immutable" in client.get(address, buffered=True).headers["Cache-Control"]
    for path in ("/static/css/scrip.css", "/static/nothing.css?v=1"):
        assert "immutable" not in client.get(path, buffered=True).headers.get("Cache-Control", "")


def test_only_production_insists_on_https(client: FlaskClient, database: str) -> None:
    name = "Strict-Transport-Security"
    app = create_app(config_for(database, production=True, hosts=("localhost",)))
    answer = app.test_client().get("/packages", base_url="https://localhost")
    assert answer.headers[name] == "max-age=63072000; includeSubDomains"
    assert name not in client.get("/packages").headers


@pytest.mark.long
def test_another_host_is_refused(database: str) -> None:
    """Caught: an error page that asks for addresses, which an unknown host has none of."""
    app = create_app(config_for(database, production=True, hosts=("credits.example.com",)))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    client = app.test_client()
    assert client.get("/packages", base_url="https://credits.example.com").status_code == 200
    for headers in ({"Host": "evil.example"}, HTMX | {"Host": "evil.example"}):
        answer = client.get("/packages", headers=headers)
        assert answer.status_code == 400
        assert has_headers(answer)


def test_without_csrf_token_every_unsafe_address_refuses(
    app: Flask, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: @csrf.exempt on one view."""
    add(session, "One")
    before = everything(session)
    unsafe = {
        path for method in ("POST", "PUT", "PATCH", "DELETE") for path in addresses(app, method)
    }
    assert len(unsafe) >= 11
    for path in unsafe - WITHOUT_CSRF:
        for data in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": ["x", "y"]}):
            answer = signed_in.post(path, data=TYPED | data | {"version": "1", "step": "up"})
            assert (path, answer.status_code) == (path, 400)
            assert "This page has expired" in answer.text
    assert everything(session) == before
    assert signed_in.get(LIST).status_code == 200


def test_the_token_of_another_browser_is_refused(
    app: Flask, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: a token's signature checked, but not that it is this session's."""
    token = csrf_token(app.test_client())
    signed_in.get(LIST)
    assert signed_in.post(f"{LIST}add", data=TYPED | {"csrf_token": token}).status_code == 400
    assert everything(session) == []


@pytest.mark.usefixtures("admin")
def test_a_token_from_before_the_sign_in_is_refused(client: FlaskClient, session: Session) -> None:
    """Caught: no session.clear() at sign-in."""
    token = csrf_token(client)
    sign_in(client)
    client.get(LIST)
    assert client.post(f"{LIST}add", data=TYPED | {"csrf_token": token}).status_code == 400
    assert everything(session) == []


def test_admin_pages_need_a_sign_in(app: Flask, client: FlaskClient, session: Session) -> None:
    """Caught: guard.admit_admins_only left out."""
    add(session, "One")
    for path in addresses(app, "GET"):
        if path.startswith("/settings/"):
            answer = client.get(path)
            assert (path, answer.status_code) == (path, 302)
            assert answer.location.startswith("/login?next=/settings/")
            assert client.get(path, headers=HTMX).status_code == 401
    for path in addresses(app, "POST"):
        if path.startswith("/settings/"):
            assert (path, client.post(path).status_code) == (path, 401)
            assert client.post(path, headers=HTMX).status_code == 401


def test_an_upload_is_just_ignored(signed_in: FlaskClient, session: Session) -> None:
    token = csrf_token(signed_in, LIST)
    with Path(__file__).open("rb") as file:
        data = {"csrf_token": token, "name": (file, "x.py")}
        answer = signed_in.post(f"{LIST}add", data=data, content_type="multipart/form-data")
    assert answer.status_code in (413, 422)
    assert everything(session) == []


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data", ""])
def test_a_body_of_another_kind_carries_no_form(
    signed_in: FlaskClient, session: Session, kind: str
) -> None:
    data = f"csrf_token={csrf_token(signed_in, LIST)}&name=x"
    assert signed_in.post(f"{LIST}add", data=data, content_type=kind).status_code == 400
    assert everything(session) == []


def test_ids_that_no_row_can_have_are_not_found(app: Flask, signed_in: FlaskClient) -> None:
    """Caught: <int:package_id>; SQLite cannot bind 2**63."""
    token = csrf_token(signed_in, LIST)
    data = TYPED | {"csrf_token": token, "version": "1", "step": "up", "country": "US"}
    for id in (str(2**63 - 1), str(2**63), "9" * 5000, "0", "-1", "1.5", "x", "1%00", "%31%00"):
        for path in addresses(app, "GET"):
            if "/1" in path:
                answer = signed_in.get(path.replace("/1", f"/{id}"))
                assert answer.status_code in not_there(path), (path, id)
        for path in addresses(app, "POST"):
            if "/1" in path:
                answer = signed_in.post(path.replace("/1", f"/{id}"), data=data)
                # 405: Werkzeug counts a GET rule of that shape before it looks at the number.
                assert answer.status_code in (405, *not_there(path)), (path, id)


def not_there(path: str) -> tuple[int, ...]:
    """Customers' pages first ask to sign in, and what is not for sale may have been, as a link."""
    if path.startswith(("/checkout/", "/pay/")):
        return (404, 303, 401, 410)
    if path.startswith(("/invitation/", "/password/")):
        return (404, 410, 400)
    # Of a sign-in that has ended it is said where all of them are listed.
    lists = ("/account/", "/settings/account/sign-ins/")
    return (404, 303) if path.startswith(lists) else (404,)


def test_nul_and_broken_text_in_addresses_do_no_harm(app: Flask, signed_in: FlaskClient) -> None:
    for path in addresses(app, "GET"):
        for junk in ("%00", "%ED%A0%80", "%ff", "x" * 3000):
            names = ("country", "page", "q", "removed", "token", "next", "v")
            query = "&".join(f"{name}={junk}" for name in names)
            assert signed_in.get(f"{path}?{query}", buffered=True).status_code < 500, (path, junk)
        refused = {308, *not_there(path)}
        assert signed_in.get(f"{path}%00").status_code in refused, path


def test_a_repeated_field_is_refused(signed_in: FlaskClient, session: Session) -> None:
    """Caught: Form.is_submitted without the count; the first of two values won."""
    (id,) = add(session, "One")
    before = everything(session)
    token = csrf_token(signed_in, LIST)
    full = "name=Two&credits=1&price=1&country=US&currency=USD&version=1"
    for path, body in (
        (f"{LIST}add", f"{full}&name=Three"),
        (f"{LIST}{id}/edit", f"{full}&version=2"),
        (f"{LIST}{id}/edit", f"{full}&csrf_token={token}"),
        ("/settings/", "platform_name=A&platform_name=B&default_country=US&version=1"),
        (f"{LIST}{id}/remove", "version=1&version=2"),
        (f"{LIST}{id}/keep", "version=1&version=2"),
    ):
        data = f"csrf_token={token}&{body}"
        answer = signed_in.post(path, data=data, content_type=URLENCODED)
        assert (path, answer.status_code) == (path, 400)
        assert "more than once" in answer.text
    assert everything(session) == before


def test_unknown_fields_are_ignored(signed_in: FlaskClient, session: Session) -> None:
    extra = {"is_admin": "1", "__proto__": "x", "csrf": "y", "values": "z", "errors": "e"}
    assert post(signed_in, f"{LIST}add", TYPED | extra).status_code == 303
    assert order(session) == ["Starter"]


def test_errors_say_what_happened_what_was_kept_what_to_do(
    broken: Flask, signed_in: FlaskClient
) -> None:
    for code in (400, 403, 404, 405, 409, 413, 429, 500, 503):
        page = signed_in.get(f"/fail/{code}").text
        (title,) = texts(page, "h1")
        assert texts(page, "title") == [title]
        (advice,) = texts(page, "h1 + p")
        assert advice.count(".") >= 1, code
        assert "secret details" not in page
        answer = signed_in.get(f"/fail/{code}", headers=HTMX)
        assert answer.status_code == code
        alert = partials(answer)["#alert"]
        assert texts(alert, "p > strong") == [f"{title}."]
        assert texts(alert, "p")[0].startswith(f"{title}. {advice}")
    assert broken.config["DEBUG"] is False


def test_going_back_asks_for_a_whole_page(signed_in: FlaskClient) -> None:
    headers = HTMX | {"HX-History-Restore-Request": "true"}
    assert "<html" in signed_in.get("/nowhere", headers=headers).text


def test_a_refused_method_says_which_is_allowed(signed_in: FlaskClient) -> None:
    answer = signed_in.get(f"{LIST}apply")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


def test_a_locked_database_is_told_and_nothing_is_lost(
    engine: Engine, database: str, admin: str, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: OperationalError left to the page for 500."""
    monkeypatch.setattr("domain.connections.LOCK_TIMEOUT_SECONDS", 0.05)
    client = signed_in_client(create_app(config_for(database)), engine, admin)
    data = TYPED | {"csrf_token": csrf_token(client, LIST)}
    with Session(engine) as other, writing(other):
        lock_catalogue(other)
        answer = client.post(f"{LIST}add", data=data, headers=HTMX)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "Not available right now." in partials(answer)["#alert"]
    assert client.post(f"{LIST}add", data=data).status_code == 303
    assert order(session) == ["Starter"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_signs_of_life(client: FlaskClient, tmp_path: Path, path: str) -> None:
    """Caught: an answer without asking the database."""
    answer = client.get(path)
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert "Set-Cookie" not in answer.headers
    nowhere = create_app(config_for(tmp_path / "nowhere" / "scrip.db")).test_client()
    answer = nowhere.get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert str(tmp_path) not in answer.text


def test_a_page_says_when_the_database_does_not_answer(tmp_path: Path) -> None:
    client = create_app(config_for(tmp_path / "nowhere" / "scrip.db")).test_client()
    for headers in ({}, HTMX):
        answer = client.get("/packages", headers=headers)
        assert answer.status_code == 503
        assert "Not available right now" in answer.text
