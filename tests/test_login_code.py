"""The second step of signing in: a code of the admin's app, or a recovery code."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import create_app
from blueprints.locale import ADMIN_PATHS
from domain.accounts.admins import find_admin, save_admin
from domain.accounts.models import FailedSignIn, RememberedBrowser, SignInSession
from domain.accounts.remembered_browsers import LASTS
from domain.accounts.sessions import WAITS
from domain.accounts.sign_in_limits import CODES
from domain.database import utc_now, writing
from extensions import db
from tests.conftest import ADMIN, PASSWORD, config_for, csrf_token, make_admin, sign_in
from tests.counting import watching
from tests.html import find, find_all, text_of, texts, values, without_tokens
from tests.page_helpers import LIST
from tests.second_factor import App, set_up_app

BOB, HOME, ATTACKER = "bob@example.com", "203.0.113.7", "198.51.100.9"
CODE, OVER = "/login/code", "/login?why=over"


@pytest.fixture
def phone(admin: str, session: Session) -> App:
    return set_up_app(session, admin)


def send(
    client: FlaskClient, code: str, path: str = CODE, *, remember: bool = False, address: str = HOME
) -> TestResponse:
    data = {"csrf_token": csrf_token(client, path), "code": code}
    data |= {"remember": "y"} if remember else {}
    return client.post(path, data=data, environ_base={"REMOTE_ADDR": address})


def cookie_of(client: FlaskClient, key: str) -> str | None:
    with client.session_transaction() as cookie:
        return cookie.get(key)


def forget_sign_in(client: FlaskClient) -> None:
    client.delete_cookie("scrip")


def age(
    session: Session, table: type[SignInSession] | type[RememberedBrowser], by: timedelta
) -> None:
    now = session.scalars(select(utc_now())).one()
    with writing(session):
        session.execute(update(table).values(created_at=now - by))


@pytest.mark.on_both
def test_the_password_leads_to_the_code_and_the_code_in(
    client: FlaskClient, phone: App, session: Session
) -> None:
    """Caught: the row that waited left; the cookie of a known browser given after the password;
    what the session held before."""
    path = "/settings/account?x=a%20b"
    with client.session_transaction() as cookie:
        cookie["before"] = "of somebody else, perhaps"
    answer = sign_in(client, path=f"/login?next={quote(path)}")
    assert (answer.status_code, answer.location) == (
        303,
        f"{CODE}?next=/settings/account?x%3Da%2520b",
    )
    assert client.get_cookie("scrip-device") is None
    assert cookie_of(client, "before") is None
    waiting = cookie_of(client, "waits_for_code")
    page = client.get(answer.location).text
    assert "<script" not in page
    field = find(page, "#code").attributes
    assert (field["autocomplete"], field["inputmode"]) == ("one-time-code", "numeric")
    answer = send(client, phone.code(), answer.location)
    assert (answer.status_code, answer.location) == (303, "/settings/account?x=a%20b")
    assert client.get_cookie("scrip-device")
    assert cookie_of(client, "waits_for_code") is None
    assert cookie_of(client, "_user_id") not in (None, waiting)
    assert client.get("/settings/account").status_code == 200
    assert client.get(CODE).location == LIST
    assert session.scalars(select(SignInSession.waits_for_code)).all() == [False]
    assert session.scalar(select(func.count(FailedSignIn.id))) == 0


class Answer(NamedTuple):
    status: int
    location: str | None
    text: str


def ask(client: FlaskClient, method: str, path: str) -> Answer:
    answer = client.open(path, method=method)
    return Answer(answer.status_code, answer.location, without_tokens(answer.text))


def admin_addresses(app: Flask) -> list[tuple[str, str]]:
    """Every one of the admins' area, with each method that it takes."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(ADMIN_PATHS)]
    return [
        (method, re.sub("<[^>]*>", "1", rule.rule))
        for rule in rules
        for method in sorted((rule.methods or set()) - {"OPTIONS"})
    ]


@pytest.mark.own_app
def test_before_the_code_nothing_is_open(app: Flask, client: FlaskClient, phone: App) -> None:
    """Caught: `not_(waits_for_code)` left out of `find_session`. Each address answers as it does
    to nobody, also when the token is put where that of a sign-in belongs."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    nobody = app.test_client()
    sign_in(client)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = cookie["waits_for_code"]
    addresses = [*admin_addresses(app), ("GET", "/login/again"), ("GET", "/login/done")]
    assert len(addresses) > 100
    for method, path in addresses:
        assert ask(client, method, path) == ask(nobody, method, path), (method, path)
    htmx = {"HX-Request": "true"}
    assert client.get(LIST, headers=htmx).status_code == 401
    assert phone.code()


@pytest.mark.parametrize("code", [App.code, lambda phone: phone.recovery_codes[0]])
def test_after_ten_minutes_the_password_is_asked_again(
    client: FlaskClient, session: Session, phone: App, code: Callable[[App], str]
) -> None:
    """Caught: `WAITS` not looked at, and `now - created_at` without its size."""
    for by in (WAITS, -2 * WAITS):
        sign_in(client)
        token = csrf_token(client, CODE)
        age(session, SignInSession, by)
        answer = client.post(f"{CODE}?next=/x", data={"csrf_token": token, "code": code(phone)})
        assert (answer.status_code, answer.location) == (303, f"{OVER}&next=/x")
        assert client.get(CODE).location == OVER
        page = client.get(OVER).text
        assert texts(page, "#refused .bad") == [
            "This sign-in is over: the code has to come within 10 minutes. Sign in again."
        ]
        assert client.get(LIST).status_code == 302
    sign_in(client)
    age(session, SignInSession, WAITS - timedelta(seconds=20))
    assert send(client, code(phone)).location == LIST


def test_a_new_password_ends_what_waits_for_a_code(
    client: FlaskClient, session: Session, phone: App
) -> None:
    """Caught: `end_all_sessions` left out of `save_admin`."""
    sign_in(client)
    token = csrf_token(client, CODE)
    with writing(session):
        save_admin(session, ADMIN, "another hash")
    answer = client.post(CODE, data={"csrf_token": token, "code": phone.code()})
    assert answer.location == OVER
    assert client.get(LIST).status_code == 302


def test_without_the_password_there_is_no_page_for_a_code(
    client: FlaskClient, session: Session, phone: App
) -> None:
    assert client.get(CODE).location == OVER
    token = csrf_token(client)
    answer = client.post(CODE, data={"csrf_token": token, "code": phone.code()})
    assert answer.location == OVER
    assert session.scalar(select(func.count(FailedSignIn.id))) == 0


def test_a_wrong_code_is_said_at_its_field(client: FlaskClient, phone: App) -> None:
    sign_in(client)
    used = phone.code()
    for code, words in (
        ("", "Enter the code."),
        ("12345", "Enter the 6 digits from your app, or a recovery code of 16 characters."),
        (f"{(int(used) + 500_000) % 10**6:06}", "This code is wrong, or was used before."),
        ("AAAA-BBBB-CCCC-DDDD", "This recovery code is wrong, or was used before."),
    ):
        answer = send(client, code, f"{CODE}?recovery=1")
        assert answer.status_code == 422
        assert "<title>Error: Enter the code</title>" in answer.text
        assert text_of(find(answer.text, "#code-error")).startswith(words)
        field = find(answer.text, "#code").attributes
        assert (field["aria-invalid"], field["value"] or "") == ("true", code)
    assert client.get(LIST).status_code == 302
    assert send(client, used).location == LIST
    other = client.application.test_client()
    sign_in(other)
    assert send(other, used).status_code == 422


def test_wrong_codes_are_limited_over_all_addresses(app: Flask, phone: App) -> None:
    """Caught: the try not counted before the code is looked at. The password, and a browser that
    signed in before, have counters of their own."""
    owner, thief, free = app.test_client(), app.test_client(), CODES.by_all_others.free
    sign_in(owner, address=HOME)
    assert send(owner, phone.code(), address=HOME).status_code == 303
    forget_sign_in(owner)
    sign_in(thief, address=ATTACKER)
    wrong = "AAAA-BBBB-CCCC-DDDD"
    answers = [send(thief, wrong, address=f"2001:db8:{n}::1") for n in range(free + 2)]
    assert [answer.status_code for answer in answers] == [422] * free + [429] * 2
    refused = send(thief, phone.code(1), address="2001:db8:ffff::1")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert texts(refused.text, "#refused .bad")[0].startswith("Too many tries.")
    assert sign_in(app.test_client(), address=HOME).location == CODE
    sign_in(owner, address=HOME)
    assert send(owner, phone.code(1), address=HOME).location == LIST


def test_a_code_too_many_is_refused_by_reading_alone(
    app: Flask, client: FlaskClient, phone: App
) -> None:
    """So that a flood of them takes no lock that others wait for. Caught: counted at once."""
    sign_in(client)
    for _ in range(CODES.by_all_others.free):
        assert send(client, "AAAA-BBBB-CCCC-DDDD").status_code == 422
    with app.app_context():
        engine = db.engine
    with watching(engine) as asked:
        assert send(client, phone.code()).status_code == 429
    assert asked.statements
    assert not [line for line in asked.statements if line.startswith(("INSERT", "DELETE"))]


def test_nobody_learns_of_a_second_factor_before_the_password_is_right(
    app: Flask, phone: App, engine: Engine
) -> None:
    """Caught: a code asked for before the password was compared."""
    make_admin(engine, BOB)
    answers = []
    for email in (ADMIN, BOB, "nobody@example.com"):
        answer = sign_in(app.test_client(), email, "wrong")
        names = sorted(name.partition("=")[0] for name in answer.headers.getlist("Set-Cookie"))
        text = without_tokens(answer.text).replace(email, "")
        answers.append((answer.status_code, answer.location, names, text))
    assert answers[0] == answers[1] == answers[2]
    assert phone.code()


def test_who_has_no_second_factor_is_not_asked(app: Flask, phone: App, engine: Engine) -> None:
    client = app.test_client()
    assert sign_in(client, make_admin(engine, BOB)).location == LIST
    assert cookie_of(client, "waits_for_code") is None
    assert phone.code()


def test_a_remembered_browser_is_asked_again_after_30_days(
    client: FlaskClient, session: Session, phone: App
) -> None:
    """Caught: the row's age not looked at, a cookie being kept for as long as its browser likes."""
    sign_in(client)
    (cookie,) = [
        cookie
        for cookie in send(client, phone.code(), remember=True).headers.getlist("Set-Cookie")
        if cookie.startswith("scrip-remembered=")
    ]
    assert {"Max-Age=2592000", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    for by, location in ((LASTS - timedelta(minutes=1), LIST), (LASTS, CODE), (-2 * LASTS, CODE)):
        forget_sign_in(client)
        age(session, RememberedBrowser, by)
        assert sign_in(client).location == location
    age(session, RememberedBrowser, timedelta(0))
    forget_sign_in(client)
    assert sign_in(client, password="wrong").status_code == 422


def test_a_remembered_browser_is_that_of_one_admin(
    app: Flask, session: Session, engine: Engine, phone: App
) -> None:
    """Caught: `admin_id` not compared; a forged or copied cookie is as good as none."""
    client = app.test_client()
    sign_in(client)
    send(client, phone.code(), remember=True)
    kept = client.get_cookie("scrip-remembered")
    assert kept
    make_admin(engine, BOB)
    bobs = set_up_app(session, BOB)
    for email, value, location in (
        (BOB, kept.value, CODE),
        (ADMIN, f"{kept.value}x", CODE),
        (ADMIN, "\udcff", CODE),
        (ADMIN, kept.value, LIST),
    ):
        other = app.test_client()
        other.set_cookie(
            "scrip-remembered", value.encode(errors="surrogateescape").decode("latin1")
        )
        assert sign_in(other, email).location == location
    with writing(session):
        save_admin(session, ADMIN, find_admin(session, ADMIN).password_hash)  # type: ignore[union-attr]
    forget_sign_in(client)
    assert sign_in(client).location == CODE
    assert bobs.code()


def test_a_recovery_code_signs_in_and_says_how_many_are_left(
    client: FlaskClient, phone: App
) -> None:
    sign_in(client)
    page = client.get(CODE)
    way = next(link for link in values(page.text, "a", "href") if "recovery" in link)
    assert find(client.get(way).text, "#code").attributes["inputmode"] == "text"
    answer = send(client, phone.recovery_codes[4].lower(), way)
    assert answer.location == LIST
    assert texts(client.get(LIST).text, "#status p") == ["You used a recovery code. 9 are left."]
    forget_sign_in(client)
    sign_in(client)
    assert send(client, phone.recovery_codes[4], way).status_code == 422


def test_two_presses_sign_in_once_and_lose_nothing(client: FlaskClient, phone: App) -> None:
    """Caught: the session's cookie written when there is nothing to wait for any longer."""
    sign_in(client)
    data = {"csrf_token": csrf_token(client, CODE), "code": phone.code()}
    before = client.get_cookie("scrip")
    first = client.post(CODE, data=data)
    after = client.get_cookie("scrip")
    assert before
    assert after
    client.set_cookie("scrip", before.value)
    second = client.post(CODE, data=data)
    assert (first.location, second.location) == (LIST, OVER)
    assert second.headers.getlist("Set-Cookie") == []
    client.set_cookie("scrip", after.value)
    assert client.get(OVER).location == LIST


def test_the_tab_that_signs_in_again_ends_where_it_should(client: FlaskClient, phone: App) -> None:
    """Caught: `next` lost between the steps."""
    for wanted, location in (("/login/done", "/login/done"), ("//evil.com", LIST)):
        answer = sign_in(client, path=f"/login?next={quote(wanted)}")
        assert (
            send(client, phone.code(1 if wanted == "//evil.com" else 0), answer.location).location
            == location
        )
        assert "You are signed in again" in client.get("/login/done").text
        forget_sign_in(client)
    sign_in(client)
    data = {"csrf_token": csrf_token(client, CODE), "code": phone.recovery_codes[0]}
    assert client.post(f"{CODE}?next=//evil.com", data=data).location == LIST
    for link in values(client.get(f"{CODE}?next=//evil.com").text, "a", "href"):
        assert not link.startswith("//")


def test_without_a_token_against_forged_requests_no_code_is_tried(
    client: FlaskClient, session: Session, phone: App
) -> None:
    sign_in(client)
    assert client.post(CODE, data={"code": phone.code()}).status_code == 400
    assert session.scalar(select(func.count(FailedSignIn.id))) == 0
    doubled = f"csrf_token={csrf_token(client, CODE)}&code=1&code=2"
    kind = "application/x-www-form-urlencoded"
    assert client.post(CODE, data=doubled, content_type=kind).status_code == 400


def test_htmx_is_led_on_as_well(client: FlaskClient, phone: App) -> None:
    sign_in(client)
    data = {"csrf_token": csrf_token(client, CODE), "code": phone.code()}
    answer = client.post(CODE, data=data, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, LIST)


def test_the_page_speaks_turkish(client: FlaskClient, phone: App) -> None:
    sign_in(client)
    page = client.get(f"{CODE}?lang=tr").text
    assert find(page, "html").attributes["lang"] == "tr"
    assert texts(page, "h1") == ["Kodu girin"]
    assert not find_all(page, "[aria-invalid]")
    assert phone.code()


def test_in_production_the_cookie_of_a_remembered_browser_is_bound_to_the_host(
    database: str, phone: App
) -> None:
    """Caught: the cookie without secure=."""
    client = create_app(config_for(database, production=True, hosts=("localhost",))).test_client()
    secure = {"base_url": "https://localhost", "headers": {"Referer": "https://localhost/"}}
    data = {"email": ADMIN, "password": PASSWORD, "code": phone.code(), "remember": "y"}
    for path in ("/login", CODE):
        page = client.get(path, base_url="https://localhost").text
        (token,) = values(page, "[name=csrf_token]", "value")
        answer = client.post(path, data=data | {"csrf_token": token}, **secure)
    (cookie,) = [
        cookie
        for cookie in answer.headers.getlist("Set-Cookie")
        if cookie.startswith("__Host-scrip-remembered=")
    ]
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
