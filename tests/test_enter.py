"""The door for a platform's users: who is let in at once, who is asked, and who is refused."""

import json
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from blueprints.account import arrivals
from blueprints.account.arrivals import NEXT_CHARACTERS, Arrival
from blueprints.customer_sign_in import cookie_name
from domain.customers.claims import Claims
from domain.customers.customers import get_customer
from domain.customers.models import Customer, CustomerSession
from domain.customers.sessions import find_session
from domain.database import writing
from domain.notices.models import Notice
from domain.platforms import keys, platforms
from domain.platforms.models import UsedToken
from domain.platforms.tokens import HandOver
from tests.account_pages import customer_client, sign_in_customer
from tests.customers import add_customer
from tests.hosts import ORIGIN, SECRET_KEY, Host, make_key, new_host
from tests.html import find, text_of, values

ELSEWHERE = "https://evil.example"


@pytest.fixture
def host(session: Session) -> Host:
    return new_host(session)


def arrive(client: FlaskClient, token: str, origin: str | None = ORIGIN) -> TestResponse:
    """By a form on a page of another site: without our cookies, which are SameSite=Lax."""
    headers = {"Origin": origin} if origin is not None else {}
    bare = client.application.test_client()
    answer = bare.post("/enter", data={"token": token}, headers=headers)
    return take_over(client, answer)


def take_over(client: FlaskClient, answer: TestResponse) -> TestResponse:
    """Gives the browser the cookies of an answer that it asked for without its own."""
    for line in answer.headers.getlist("Set-Cookie"):
        name, _, value = line.partition(";")[0].partition("=")
        client.set_cookie(name, value)
    return answer


def follow(client: FlaskClient, token: str, origin: str | None = ORIGIN) -> TestResponse:
    answer = arrive(client, token, origin)
    assert (answer.status_code, answer.location) == (303, "/enter"), answer.text
    return client.get("/enter")


def press(client: FlaskClient, page: TestResponse, **changes: str) -> TestResponse:
    """The button of the page that asks."""
    names = ("csrf_token", "arrival", "leaving")
    fields = {name: values(page.text, f".sign-in [name={name}]", "value")[0] for name in names}
    return client.post("/enter/go-on", data={**fields, **changes})


def signed_in_as(client: FlaskClient, session: Session) -> int | None:
    session.rollback()
    with client.application.app_context():
        cookie = client.get_cookie(cookie_name())
    found = find_session(session, cookie.value) if cookie else None
    return found.customer_id if found else None


def count(session: Session, table: type[object] = Customer) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(table)) or 0


def heading(answer: TestResponse) -> str:
    return text_of(find(answer.text, "h1")).replace("\u2068", "").replace("\u2069", "")


@pytest.mark.on_both
def test_a_platforms_form_signs_in_at_once(
    client: FlaskClient, session: Session, host: Host
) -> None:
    token = host.token(sub="u 1", email="ayse@posta.example", locale="tr-TR", country="TR")
    answer = follow(client, token)
    assert (answer.status_code, answer.location) == (303, "/account")
    who = signed_in_as(client, session)
    assert who
    person = get_customer(session, who)
    assert (person.platform_id, person.subject) == (host.platform_id, "u 1")
    assert (person.name, person.email) == ("Ayşe Yıldırım", "ayse@posta.example")
    assert (person.language, person.country) == ("tr", "TR")
    assert person.email_verified_at is None
    follow(client, host.token(sub="u 1"))
    assert count(session, Notice) == 1  # to admins who wish it


@pytest.mark.on_both
def test_a_token_signs_in_once(client: FlaskClient, session: Session, host: Host) -> None:
    """Caught: use_up left out; a cookie that was kept from before let in again."""
    token = host.token()
    follow(client, token)
    other = client.application.test_client()
    answer = follow(other, token)
    assert answer.status_code == 403
    assert "Go back to" in answer.text
    assert signed_in_as(other, session) is None
    assert (count(session, CustomerSession), count(session, UsedToken)) == (1, 1)


def test_who_is_in_already_goes_on(client: FlaskClient, session: Session, host: Host) -> None:
    """Caught: a form that was sent twice ended in an error, though its user was signed in."""
    token = host.token(next="/packages")
    follow(client, token)
    who = signed_in_as(client, session)
    answer = follow(client, token)
    assert (answer.status_code, answer.location) == (303, "/packages")
    assert signed_in_as(client, session) == who


@pytest.mark.parametrize("trusts", [True, False])
def test_an_email_counts_as_verified_where_the_platform_is_trusted(
    client: FlaskClient, session: Session, trusts: bool
) -> None:
    """Caught: `email_verified` of any platform believed, which opens another's customer by code."""
    host = new_host(session, trusts_emails=trusts)
    follow(client, host.token(email="a@b.example", email_verified=True))
    who = signed_in_as(client, session)
    assert who
    assert (get_customer(session, who).email_verified_at is not None) is trusts


def test_a_subject_is_its_platforms_own(
    app: Flask, client: FlaskClient, session: Session, host: Host
) -> None:
    """Caught: `sub` compared without its platform, so that nobody was asked."""
    other = new_host(session, name="Other", return_url=ELSEWHERE)
    follow(client, host.token())
    elsewhere = app.test_client()
    follow(elsewhere, other.token(), ELSEWHERE)
    assert signed_in_as(client, session) != signed_in_as(elsewhere, session)
    assert follow(client, other.token(), ELSEWHERE).status_code == 200
    assert count(session) == 2


UNTRUSTED = {
    "other site": ELSEWHERE,
    "looks alike": f"{ORIGIN}.evil.example",
    "other port": f"{ORIGIN}:8443",
    "no scheme": "http://lotus.example",
    "hidden": "null",
    "none": None,
    "our own": "http://localhost",
}


@pytest.mark.parametrize("sent_by", UNTRUSTED)
def test_from_anywhere_else_it_asks_first(
    client: FlaskClient, session: Session, host: Host, sent_by: str
) -> None:
    """Login CSRF. Caught: no look at the Origin; one that compares only how it begins."""
    page = follow(client, host.token(), UNTRUSTED[sent_by])
    assert page.status_code == 200
    assert heading(page) == "Go on as Ayşe Yıldırım at Lotus app?"
    assert values(page.text, ".sign-in a", "href") == [f"{ORIGIN}/home"]
    assert signed_in_as(client, session) is None
    assert (count(session), count(session, UsedToken)) == (0, 0)
    answer = press(client, page)
    assert (answer.status_code, answer.location) == (303, "/account")
    assert signed_in_as(client, session)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Referer": f"{ELSEWHERE}/{ORIGIN}"}, 200),
        ({"Referer": f"{ORIGIN}/"}, 303),
        ({"Referer": f"{ORIGIN}/any/page?x=y"}, 303),
        ({"Referer": f"{ORIGIN}/", "Origin": "null"}, 200),
        ({"Referer": f"{ELSEWHERE}/", "Origin": ORIGIN}, 303),
        ({"Referer": "lotus.example"}, 200),
    ],
)
def test_a_link_is_trusted_by_its_referrer(
    client: FlaskClient, host: Host, headers: dict[str, str], status: int
) -> None:
    token = host.token()
    answer = client.get(f"/enter?token={token}", headers=headers)
    assert (answer.status_code, answer.location) == (303, "/enter")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert token not in answer.text
    assert client.get("/enter", headers=headers).status_code == status


def test_what_is_asked_is_what_is_done(client: FlaskClient, session: Session, host: Host) -> None:
    """Caught: the answer read from the cookie, which another page had filled meanwhile."""
    page = follow(client, host.token(sub="ayse"), ELSEWHERE)
    arrive(client, host.token(sub="mallory"), ELSEWHERE)
    press(client, page)
    who = signed_in_as(client, session)
    assert who
    assert get_customer(session, who).subject == "ayse"


def test_the_answer_needs_its_token(client: FlaskClient, session: Session, host: Host) -> None:
    """Caught: `go_on` exempt from the CSRF check, as `arrive` is."""
    page = follow(client, host.token(), ELSEWHERE)
    assert press(client, page, csrf_token="").status_code == 400
    forged = press(client, page, arrival=page.text[:80])
    assert forged.status_code == 403
    assert signed_in_as(client, session) is None


@pytest.mark.parametrize("origin", [ORIGIN, ELSEWHERE])
def test_it_asks_before_it_switches(
    app: Flask, engine: Engine, session: Session, host: Host, origin: str
) -> None:
    """Caught: the look for another customer left to the POST, which comes without cookies."""
    bora = add_customer(engine, name="Bora", language="en")
    client = customer_client(app, engine, bora)
    page = follow(client, host.token(), origin)
    assert heading(page) == "Go on as Ayşe Yıldırım at Lotus app?"
    assert "You are signed in as Bora." in text_of(find(page.text, ".sign-in"))
    assert signed_in_as(client, session) == bora
    assert press(client, page).status_code == 303
    assert signed_in_as(client, session) not in (None, bora)
    assert count(session, CustomerSession) == 1  # Bora's has ended


def test_who_signed_in_after_it_asked_is_asked_about(
    app: Flask, engine: Engine, session: Session, host: Host
) -> None:
    """Caught: the button of a page that spoke of nobody switched all the same."""
    client = app.test_client()
    page = follow(client, host.token(), ELSEWHERE)
    bora = add_customer(engine, name="Bora", language="en")
    sign_in_customer(client, app, engine, bora)
    again = press(client, page)
    assert again.status_code == 200
    assert "You are signed in as Bora." in text_of(find(again.text, ".sign-in"))
    assert signed_in_as(client, session) == bora
    assert press(client, again).status_code == 303


def test_the_same_customer_is_not_asked(client: FlaskClient, session: Session, host: Host) -> None:
    follow(client, host.token())
    who, before = signed_in_as(client, session), client.get_cookie("scrip-customer")
    assert follow(client, host.token(name="Ayşe Y.")).status_code == 303
    assert signed_in_as(client, session) == who
    assert get_customer(session, who or 0).name == "Ayşe Y."
    assert client.get_cookie("scrip-customer") != before
    assert count(session, CustomerSession) == 1


@pytest.mark.parametrize(
    ("next", "leads_to"),
    [
        ("/packages?country=TR", "/packages?country=TR"),
        ("/account", "/account"),
        ("https://evil.example", "/account"),
        ("//evil.example", "/account"),
        ("/\\evil.example", "/account"),
        ("/\t/evil.example", "/account"),
        ("/ş", "/account"),
        ("/" + "a" * NEXT_CHARACTERS, "/account"),
        (7, "/account"),
        (["/a"], "/account"),
    ],
)
def test_it_leads_to_a_page_of_ours_alone(
    client: FlaskClient, host: Host, next: object, leads_to: str
) -> None:
    """Caught: `next` as it stands, an open redirect."""
    assert follow(client, host.token(next=next)).location == leads_to


def test_another_sites_post_leaves_all_sign_ins_alone(
    client: FlaskClient, signed_in: FlaskClient, host: Host
) -> None:
    """Caught: the page that asks as the answer to the POST: its CSRF token began a new session,
    and the admin in this browser was signed out."""
    for token in (host.token(), "junk", host.token(exp=1)):
        for origin in (ORIGIN, ELSEWHERE):
            answer = client.post("/enter", data={"token": token}, headers={"Origin": origin})
            cookies = [line.split("=")[0] for line in answer.headers.getlist("Set-Cookie")]
            assert set(cookies) <= {"scrip-arrival"}
    follow(signed_in, host.token())
    assert signed_in.get("/settings/").status_code == 200


def test_a_refusal_says_what_to_do_and_nothing_of_the_token(
    client: FlaskClient, host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    """Caught: the token in the log line."""
    old = host.token(exp=1, iat=0)
    for token, words, reason in (
        (old, "Go back to Lotus app and try again.", "platform 1: expired"),
        ("junk", "Go back to where you came from and try again.", "platform None: malformed"),
        ("", "Go back to where you came from and try again.", "platform None: malformed"),
    ):
        for answer in (
            client.post("/enter", data={"token": token}, headers={"Origin": ORIGIN}),
            client.get("/enter", query_string={"token": token}),
        ):
            assert answer.status_code == 403
            assert heading(answer) == "You are not signed in"
            assert words in answer.text.replace("\u2068", "").replace("\u2069", "")
            assert answer.headers["Cache-Control"] == "private, no-store"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert reason in caplog.text
    assert old not in caplog.text


def test_without_a_token_there_is_nothing_to_do(
    app: Flask, engine: Engine, client: FlaskClient
) -> None:
    assert client.get("/enter").status_code == 403
    answer = customer_client(app, engine, add_customer(engine)).get("/enter")
    assert (answer.status_code, answer.location) == (303, "/account")


def test_what_changes_on_the_way_counts(client: FlaskClient, session: Session, host: Host) -> None:
    """Caught: a platform removed, or a key revoked, while its user looked at the question."""
    for act in (
        lambda: keys.revoke_key(session, host.platform_id, host.key.id),
        lambda: platforms.remove(session, host.platform_id),
    ):
        page = follow(client, new_token(session, host), ELSEWHERE)
        with writing(session):
            act()
        assert press(client, page).status_code == 403
        assert signed_in_as(client, session) is None


def new_token(session: Session, host: Host) -> str:
    alive = keys.list_keys(session, host.platform_id, SECRET_KEY)
    if not alive:
        with writing(session):
            host.key = make_key(session, host.platform_id)
    return host.token()


def test_the_longest_names_fit_into_the_cookie(app: Flask) -> None:
    """Caught: browsers drop a cookie of more than 4 KB without a word."""
    letters = "".join(chr(0x1F600 + n * 7 % 79) for n in range(255))
    claims = Claims(letters, letters[:120], "ş" * 242 + "@xn--b.example", True, "TR", "tr")
    token = HandOver("k" * 32, 2**40, "f" * 64, datetime(2027, 1, 1, tzinfo=UTC))
    arrival = Arrival(token, claims, "/" + "a" * (NEXT_CHARACTERS - 1), True)
    with app.test_request_context():
        packed = arrivals.pack(arrival)
        assert arrivals.unpack(packed) == arrival
        assert arrivals.unpack(json.dumps([1])) is arrivals.unpack("") is None
    assert len(packed) < 4096 - 150  # less the cookie's name and terms
