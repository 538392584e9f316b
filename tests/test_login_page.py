"""The sign-in page. Its limits under attack are in test_accounts_attacks.py."""

from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app import create_app
from domain.accounts.models import FailedSignIn, SignInSession
from tests.conftest import ADMIN, PASSWORD, config_for, csrf_token, make_admin, sign_in
from tests.html import find, find_all, text_of, texts, values, without_tokens
from tests.page_helpers import LIST

LEADING_AWAY = [
    *("", "//evil.com", "///evil.com", "/\\evil.com", "\\/evil.com", "\\\\evil.com", "/a\\b"),
    *("/\t/evil.com", "/\n/evil.com", "/\r/evil.com", "\t//evil.com", " //evil.com", "/ /evil.com"),
    *("/\0/evil.com", "/\x85/evil.com", "javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:,x"),
    *(
        "https://evil.com",
        "https:evil.com",
        "http://localhost@evil.com",
        "user@evil.com",
        "@evil.com",
    ),
    *("evil.com", "/x\r\nLocation: https://evil.com", "/x\r\nSet-Cookie: a=b", "/" + "x" * 5000),
]


pytestmark = pytest.mark.usefixtures("admin")


def token_of(client: FlaskClient) -> str | None:
    with client.session_transaction() as cookie:
        return cookie.get("_user_id")


def test_the_page_works_without_javascript(client: FlaskClient) -> None:
    answer = client.get("/login")
    page = answer.text
    assert answer.status_code == 200
    assert "<title>Sign in</title>" in page
    assert '<label for="email">Email</label>' in page
    assert '<label for="password">Password</label>' in page
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert texts(page, "button") == ["Sign in"]
    assert "<script" not in page


@pytest.mark.parametrize("email", [ADMIN, "  Ana@EXAMPLE.com "])
def test_the_right_password_signs_in(client: FlaskClient, email: str) -> None:
    answer = sign_in(client, email)
    assert (answer.status_code, answer.location) == (303, LIST)
    assert client.get("/settings/").status_code == 200


@pytest.mark.parametrize(
    ("email", "password", "bad_field", "sentence"),
    [
        ("", PASSWORD, "email", "Enter your email."),
        ("ana", PASSWORD, "email", "Enter an email address"),
        ("a\0@b.de", PASSWORD, "email", "Enter an email address"),
        ("a" * 5000 + "@b.de", PASSWORD, "email", "too long"),
        (ADMIN, "", "password", "Enter your password."),
    ],
)
def test_bad_input_is_shown_at_its_field(
    client: FlaskClient, email: str, password: str, bad_field: str, sentence: str
) -> None:
    answer = sign_in(client, email, password)
    assert answer.status_code == 422
    assert "<title>Error: Sign in</title>" in answer.text
    assert sentence in text_of(find(answer.text, f"#{bad_field}-error"))
    field = find(answer.text, "input[aria-invalid]").attributes
    assert field["aria-describedby"] == f"{bad_field}-error"
    assert "autofocus" in field
    assert token_of(client) is None


@pytest.mark.parametrize("password", ["wrong", "\0", "x" * 5000])
def test_a_wrong_password_is_one_message_and_no_fields_fault(
    client: FlaskClient, password: str
) -> None:
    answer = sign_in(client, ADMIN, password)
    assert (answer.status_code, token_of(client)) == (422, None)
    assert "<title>Error: Sign in</title>" in answer.text
    assert texts(answer.text, "#refused .bad") == ["Wrong email or password."]
    assert not find_all(answer.text, "[aria-invalid]")
    assert "autofocus" in find(answer.text, "#password").attributes


def test_the_email_is_kept_and_the_password_never(client: FlaskClient) -> None:
    page = sign_in(client, ADMIN, "my other password").text
    assert f'value="{ADMIN}"' in page
    assert "my other password" not in page


def test_known_and_unknown_emails_get_the_same_answer(client: FlaskClient) -> None:
    """Seeded bug: "There is no such account." for unknown emails."""
    known = sign_in(client, ADMIN, "wrong")
    unknown = sign_in(client, "nobody@example.com", "wrong")
    assert known.status_code == unknown.status_code == 422
    assert without_tokens(known.text).replace(ADMIN, "nobody@example.com") == without_tokens(
        unknown.text
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("email=a@b.de&email=a@b.de&password=x", 400),
        ("email=a@b.de&password=x&password=y", 400),
        ("email=" + "a" * 100_000 + "&password=x", 413),
        ("password=" + "a" * 100_000 + "&email=a@b.de", 413),
        ("email=%ED%A0%80@b.de&password=%ED%A0%80%00", 422),
        ("email=%ff%fe&password=%ff", 422),
    ],
)
def test_junk_gets_a_clean_refusal(client: FlaskClient, body: str, status: int) -> None:
    data = f"csrf_token={csrf_token(client)}&{body}"
    kind = "application/x-www-form-urlencoded"
    assert client.post("/login", data=data, content_type=kind).status_code == status


def test_without_a_csrf_token_nothing_is_tried(client: FlaskClient, session: Session) -> None:
    """Seeded bug: the view exempt from CSRFProtect."""
    answer = client.post("/login", data={"email": ADMIN, "password": PASSWORD})
    assert answer.status_code == 400
    assert token_of(client) is None
    assert session.scalar(select(func.count(SignInSession.id))) == 0
    assert session.scalar(select(func.count(FailedSignIn.id))) == 0


@pytest.mark.parametrize(
    "path", ["/settings/credit-packages/?country=TR&q=a%20b", "/login/done", "/a//b", "/ü", "/@x"]
)
def test_next_leads_to_our_own_pages(client: FlaskClient, path: str) -> None:
    answer = sign_in(client, path=f"/login?next={quote(path)}")
    assert answer.status_code == 303
    assert answer.location in (path, quote(path, safe="/?&=%@"))


def test_next_never_leads_away(app: Flask) -> None:
    """Seeded bugs: urlsplit(path).netloc as the test; only startswith("//") refused."""
    for path in LEADING_AWAY:
        client = app.test_client()
        answer = sign_in(client, path=f"/login?next={quote(path)}")
        assert (path, answer.status_code, answer.location) == (path, 303, LIST)
        answer = client.get(f"/login?next={quote(path)}")
        assert (path, answer.status_code, answer.location) == (path, 303, LIST)


@pytest.mark.parametrize("path", ["/%0d%0aLocation:%20x", "/%2f/evil.com", "/%5cevil.com"])
def test_what_next_encodes_stays_encoded(client: FlaskClient, path: str) -> None:
    answer = sign_in(client, path=f"/login?next={quote(path)}")
    assert answer.location == path


def test_who_is_signed_in_is_led_on(signed_in: FlaskClient) -> None:
    assert signed_in.get("/login").location == LIST
    assert signed_in.get("/login?next=/packages").location == "/packages"


def test_every_sign_in_has_an_id_of_its_own(client: FlaskClient, engine: Engine) -> None:
    """Seeded bugs: no session.clear(); the earlier session's row left alive."""
    bob = make_admin(engine, "bob@example.com")
    with client.session_transaction() as cookie:
        cookie["planted"] = "by someone else"
    sign_in(client)
    first, first_cookie = token_of(client), client.get_cookie("scrip")
    with client.session_transaction() as cookie:
        assert "planted" not in cookie
    token = csrf_token(client, "/login/again")
    client.post("/login", data={"csrf_token": token, "email": bob, "password": PASSWORD})
    assert token_of(client) not in (None, first)
    assert first_cookie
    client.set_cookie("scrip", first_cookie.value)
    assert client.get("/settings/").status_code == 302


def test_the_session_cookie_cannot_be_read_by_scripts(client: FlaskClient) -> None:
    cookies = sign_in(client).headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)
    assert not any("Secure" in cookie or "__Host-" in cookie for cookie in cookies)


def test_in_production_cookies_are_bound_to_host_and_https(database: str) -> None:
    """Seeded bug: the device cookie without secure=."""
    config = config_for(database, production=True, hosts=("localhost",))
    client = create_app(config).test_client()
    page = client.get("/login", base_url="https://localhost").text
    (token,) = values(page, "[name=csrf_token]", "value")
    answer = client.post(
        "/login",
        data={"csrf_token": token, "email": ADMIN, "password": PASSWORD},
        base_url="https://localhost",
        headers={"Referer": "https://localhost/login"},
    )
    cookies = answer.headers.getlist("Set-Cookie")
    assert sorted(cookie.partition("=")[0] for cookie in cookies) == [
        "__Host-scrip",
        "__Host-scrip-device",
    ]
    for cookie in cookies:
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie


@pytest.mark.own_app
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(app: Flask, client: FlaskClient, method: str) -> None:
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    assert client.open("/login", method=method).status_code == 405
