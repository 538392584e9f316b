"""Signing in with a code, page by page: the address, the code, the choice, where it leads."""

import re
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import create_app
from blueprints import code_door, locale
from blueprints.code_door import SLOTS
from domain.customers import code_limits, sessions
from domain.customers.claims import Claims
from domain.customers.customers import enter_from_platform, get_customer
from domain.customers.models import Customer, CustomerContact, CustomerSession, SignInCode
from domain.database import writing
from domain.ledger.acts import grant
from domain.ledger.wallets import open_wallet
from domain.notices.models import Notice
from domain.outbox.models import OutboxMessage
from domain.platforms.models import Platform
from tests.account_pages import customer_client, last_code, send_form, sign_in_by_code
from tests.conftest import config_for, only_sqlite
from tests.counting import watching
from tests.customers import AYSE, add_customer
from tests.html import find, find_all, text_of, texts, values, without_tokens
from tests.pseudo_translation import Marked, unmarked

SIGN_IN, CODE, CHOOSE = "/account/sign-in", "/account/sign-in/code", "/account/sign-in/choose"
EMAIL = AYSE["email"]
PHONE = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML) Chrome/126.0 Safari/537.36"
KEPT_SO = "Max-Age=2592000; HttpOnly; Path=/; SameSite=Lax"


def ask(client: FlaskClient, email: str = EMAIL, path: str = SIGN_IN, **how: Any) -> TestResponse:  # noqa: ANN401
    return send_form(client, path, email=email, **how)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08}"


@pytest.mark.on_both
def test_an_invited_customer_signs_in(
    client: FlaskClient, engine: Engine, session: Session
) -> None:
    ayse = add_customer(engine)
    answer = ask(client)
    assert (answer.status_code, answer.location) == (303, CODE)
    page = client.get(CODE).text
    assert f"We sent a code to {EMAIL}." in text_of(find(page, "main"))
    field = find(page, "#code").attributes
    assert (field["inputmode"], field["autocomplete"]) == ("numeric", "one-time-code")
    code = last_code(session)
    answer = client.post(
        CODE, data={"csrf_token": token_on(page), "code": code}, headers={"User-Agent": PHONE}
    )
    assert (answer.status_code, answer.location) == (303, "/account")
    cookie = answer.headers["Set-Cookie"]
    assert re.match(rf"scrip-customer=[\w-]{{43}}; .*{KEPT_SO}", cookie)
    session.rollback()
    person = get_customer(session, ayse)
    assert person.email_verified_at
    assert not person.is_invited
    (opened,) = sessions.list_sessions(session, ayse)
    assert opened.device == "Chrome, Android"
    assert client.get(SIGN_IN).location == "/account"
    assert session.scalar(select(func.count()).select_from(Notice)) == 0


def token_on(page: str) -> str:
    return values(page, "input[name=csrf_token]", "value")[0]


def test_who_is_new_becomes_a_customer(client: FlaskClient, session: Session) -> None:
    client.get("/account/language?lang=de")
    sign_in_by_code(client, session, "Neu@Posta.example")
    (customer,) = session.scalars(select(Customer)).all()
    contact = session.get_one(CustomerContact, customer.id)
    assert (customer.platform_id, customer.language) == (None, "de")
    assert len(customer.subject) == 22
    assert contact.email == "neu@posta.example"
    assert contact.email_verified_at
    assert [notice.data["customer"] for notice in session.scalars(select(Notice))] == [customer.id]
    mail = session.scalars(select(OutboxMessage)).one()
    assert mail.data["language"] == "de"
    assert "code" not in mail.data


@pytest.mark.parametrize("typed", ["%s %s", " %s-%s ", "%s–%s", "\u200f%s%s", "%s.%s\u00a0"])
def test_a_code_is_taken_as_people_type_it(
    client: FlaskClient, session: Session, typed: str
) -> None:
    ask(client)
    code = last_code(session).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    answer = send_form(client, CODE, code=typed % (code[:4], code[4:]))
    assert answer.location == "/account"


def test_a_wrong_code_says_how_many_tries_are_left(client: FlaskClient, session: Session) -> None:
    """Caught: a wrong number of tries that are left."""
    ask(client)
    code = last_code(session)
    for left in ("4 tries are", "3 tries are", "2 tries are", "1 try is"):
        answer = send_form(client, CODE, code=other_than(code))
        assert answer.status_code == 422
        assert texts(answer.text, ".field-error") == [f"This is not the code. {left} left."]
        assert find(answer.text, "#code").attributes["value"] == other_than(code)
        assert find(answer.text, "title").text().startswith("Error: ")
    for _ in range(2):
        answer = send_form(client, CODE, code=other_than(code))
        assert answer.status_code == 422
        assert "This code has ended" in answer.text
        assert not find_all(answer.text, "#code")
    assert send_form(client, CODE, code=code).status_code == 422
    assert ask(client, values(answer.text, "input[name=email]", "value")[0]).status_code == 303


@pytest.mark.parametrize("typed", ["", "1234567", "123456789", "abcdefgh", "1234567x", "१२३", "\0"])
def test_what_cannot_be_a_code_costs_no_try(
    client: FlaskClient, session: Session, typed: str
) -> None:
    ask(client)
    assert send_form(client, CODE, code=typed).status_code == 422
    assert session.scalars(select(SignInCode.tries)).one() == 0


@pytest.mark.parametrize(
    "email",
    [
        *("", "ayse", "a b@posta.example", '"a"@posta.example', "a\u200b@posta.example"),
        *("a@127.0.0.1", "x" * 250 + "@posta.example"),
    ],
)
def test_what_cannot_be_an_email_is_kept_to_be_mended(
    client: FlaskClient, session: Session, email: str
) -> None:
    answer = ask(client, email)
    assert answer.status_code == 422
    field = find(answer.text, "#email").attributes
    assert (field.get("value") or "", field["aria-invalid"]) == (email, "true")
    assert len(texts(answer.text, "#email-error")) == 1
    assert session.scalar(select(func.count()).select_from(SignInCode)) == 0


def test_a_code_works_in_the_browser_that_asked_alone(
    app: Flask, client: FlaskClient, session: Session
) -> None:
    """So nobody is led into the account of who asked for a code elsewhere, either."""
    ask(client)
    code = last_code(session)
    other = app.test_client()
    assert other.get(CODE).location == f"{SIGN_IN}?why=elsewhere"
    answer = send_form(other, f"{CODE}?next=/packages", code=code, email=EMAIL)
    assert (answer.status_code, answer.location) == (
        303,
        f"{SIGN_IN}?why=elsewhere&next=/packages",
    )
    assert "works only in the browser that asked for it" in other.get(answer.location).text
    ask(other, "eve@posta.example")
    assert send_form(other, CODE, code=code).status_code == 422
    assert send_form(client, CODE, code=code).location == "/account"


def test_a_second_press_goes_on_like_the_first(client: FlaskClient, session: Session) -> None:
    """Caught: "This code was used already" to who is signed in."""
    ask(client)
    before = client.get_cookie("scrip")
    send_form(client, CODE, code=last_code(session))
    key = client.get_cookie("scrip-customer")
    assert before
    assert key
    client.set_cookie("scrip", before.value)
    client.delete_cookie("scrip-customer")
    answer = send_form(client, CODE, code=last_code(session))
    assert answer.location == CHOOSE
    client.set_cookie("scrip-customer", key.value)
    assert client.get(CHOOSE).location == "/account"


def test_who_signs_in_anew_ends_the_session_before(
    app: Flask, engine: Engine, session: Session
) -> None:
    """Caught: the row of the former customer left, with a key that nobody has."""
    bora = add_customer(engine, email="bora@posta.example")
    client = customer_client(app, engine, bora)
    ask(client)
    send_form(client, CODE, code=last_code(session))
    assert [row.customer_id for row in session.scalars(select(CustomerSession))] != [bora]
    assert session.scalar(select(func.count()).select_from(CustomerSession)) == 1


@pytest.fixture
def several(engine: Engine) -> list[int]:
    """Customers with one address: of a platform that vouches for it, one by hand, and one that a
    platform only claims has it."""
    with Session(engine) as session, writing(session):
        platform = Platform(name="Lotus app")
        session.add(platform)
        session.flush()
        claims = Claims("u1", "Ayşe Y.", EMAIL, is_email_verified=True)
        verified = enter_from_platform(session, platform.id, claims, "tr")
        claimed = enter_from_platform(session, platform.id, Claims("u2", "Eve", EMAIL), "tr")
    return [verified, add_customer(engine), claimed]


def test_who_has_several_accounts_chooses_one(
    client: FlaskClient, session: Session, several: list[int]
) -> None:
    """Caught: any number taken that is posted; a claimed address shown as proven."""
    verified, ours, claimed = several
    with writing(session):
        wallet_id = open_wallet(session, ours, mode="test")
        grant(session, wallet_id, 50, kind="gift", source="gift:1", actor="admin:1")
    ask(client, path=f"{SIGN_IN}?next=/packages")
    answer = send_form(client, f"{CODE}?next=/packages", code=last_code(session))
    assert answer.location == f"{CHOOSE}?next=/packages"
    assert client.get(CODE).location == CHOOSE
    page = client.get(answer.location).text
    assert texts(page, ".choice") == [
        f"Ayşe Y. Number {verified} · Lotus app · 0 credits",
        f"Ayşe Yıldırım Number {ours} · 50 credits",
    ]
    for junk in ("", "x", "0", "9" * 30, str(claimed)):
        assert send_form(client, CHOOSE, customer=junk).status_code == 422
    assert session.scalar(select(func.count()).select_from(CustomerSession)) == 0
    answer = send_form(client, f"{CHOOSE}?next=/packages", customer=str(ours))
    assert answer.location == "/packages"
    session.rollback()
    assert session.scalars(select(CustomerSession.customer_id)).all() == [ours]
    again = send_form(client, CHOOSE, customer=str(verified))
    assert again.location == f"{SIGN_IN}?why=elsewhere"


@pytest.mark.usefixtures("several")
def test_a_choice_of_nobody_begins_again(client: FlaskClient, session: Session) -> None:
    """Caught: a page without anything to press."""
    ask(client)
    send_form(client, CODE, code=last_code(session))
    with writing(session):
        session.execute(update(CustomerContact).values(email_key="other@posta.example"))
    assert client.get(CHOOSE).location == f"{SIGN_IN}?why=used"


def test_a_choice_needs_a_proof(client: FlaskClient, several: list[int]) -> None:
    """Caught: the choice open to who only asked for a code."""
    ask(client)
    assert client.get(CHOOSE).location == f"{SIGN_IN}?why=elsewhere"
    answer = send_form(client, CHOOSE, customer=str(several[0]))
    assert answer.location == f"{SIGN_IN}?why=elsewhere"


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_it_leads_to_our_own_pages_alone(client: FlaskClient, session: Session, path: str) -> None:
    answer = ask(client, path=f"{SIGN_IN}?next={path}")
    assert answer.location == CODE
    answer = send_form(client, f"{CODE}?next={path}", code=last_code(session))
    assert answer.location == "/account"


# Whether an address is known: nothing tells.


def test_known_and_unknown_addresses_are_answered_the_same(
    app: Flask, engine: Engine, session: Session
) -> None:
    """Caught: no mail, and so fewer statements, for an address that no customer has."""
    add_customer(engine)
    with app.app_context():
        flask_engine = app.extensions["sqlalchemy"].engine
    seen = []
    for email in (EMAIL, "none@posta.example"):
        client = app.test_client()
        client.get(SIGN_IN)
        with watching(flask_engine) as asked:
            answer = ask(client, email)
        page = client.get(CODE)
        code = other_than(last_code(session))
        wrong = send_form(client, CODE, code=code)
        read = [without_tokens(one.text).replace(email, "EMAIL") for one in (page, wrong)]
        seen.append(
            [
                [statement.split("\n")[0] for statement in asked.statements],
                *(answer.status_code, answer.location, [name for name, _ in answer.headers]),
                *(text.replace(code, "CODE") for text in read),
            ]
        )
    assert seen[0] == seen[1]


def test_a_flood_is_told_the_same_for_known_and_unknown_addresses(
    app: Flask, engine: Engine, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    """Caught: limits for customers alone; a flood that no operator could see."""
    add_customer(engine)
    answers = []
    for email in (EMAIL, "none@posta.example"):
        client = app.test_client()
        for _ in range(5):
            assert ask(client, email).status_code == 303
        answer = ask(client, email)
        assert answer.status_code == 429
        assert 40 < int(answer.headers["Retry-After"]) <= 60
        assert "Try again in 1 minute." in answer.text
        assert find(answer.text, "#email").attributes["value"] == email
        answers.append(without_tokens(answer.text).replace(email, "EMAIL"))
    assert answers[0] == answers[1]
    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 10
    assert caplog.text.count("Code refused to 127.0.0.1: Not sent: too many codes") == 2
    assert EMAIL not in caplog.text


def test_a_flood_keeps_no_known_browser_out(app: Flask, engine: Engine, session: Session) -> None:
    """Caught: a limit of the mailbox that anybody could use up; a browser known for one address
    taken for known with every other."""
    add_customer(engine)
    phone, stranger = app.test_client(), app.test_client()
    sign_in_by_code(phone, session, EMAIL)
    phone.post("/account/sign-out", data={"csrf_token": token_on(phone.get("/account").text)})
    for email in (EMAIL, "none@posta.example"):
        while ask(stranger, email).status_code == 303:
            pass
    assert ask(stranger).status_code == 429
    assert ask(phone, "none@posta.example").status_code == 429
    assert ask(phone).status_code == 303


def test_a_crowd_is_refused_at_once_and_no_known_browser(
    app: Flask, engine: Engine, session: Session
) -> None:
    """Caught: all waited for one lock, and held what others need; a slot that is never released."""
    add_customer(engine)
    phone, strangers = app.test_client(), [app.test_client() for _ in range(SLOTS + 1)]
    sign_in_by_code(phone, session, EMAIL)
    phone.post("/account/sign-out", data={"csrf_token": token_on(phone.get("/account").text)})
    with ExitStack() as taken:
        for _ in range(SLOTS):
            assert code_door._slots_of_strangers.acquire(blocking=False)
            taken.callback(code_door._slots_of_strangers.release)
        refused = ask(strangers[0], "none@posta.example")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
        assert ask(phone).status_code == 303
    for stranger in strangers:
        assert ask(stranger, "none@posta.example").status_code == 303


def test_guessing_is_stopped_for_a_while(
    client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(client)
    monkeypatch.setattr(code_limits, "GUESSES_WITH_NEWCOMERS", 0)
    answer = send_form(client, CODE, code=last_code(session))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
    assert "Try again in 15 minutes." in answer.text
    assert find(answer.text, "#code").attributes["value"] == last_code(session)


# Where no mail leaves.


@only_sqlite
@pytest.mark.own_app
def test_in_production_without_a_mail_server_the_door_is_closed_and_says_so(
    database: str, session: Session
) -> None:
    """Caught: codes put into an outbox that nobody empties."""
    client = create_app(config_for(database, production=True)).test_client()
    answer = client.get(SIGN_IN, base_url="https://localhost")
    assert answer.status_code == 503
    assert "no mail can be sent" in answer.text
    assert not find_all(answer.text, "form")
    token = token_on(client.get("/login", base_url="https://localhost").text)
    headers = {"Referer": "https://localhost/"}
    data = {"csrf_token": token, "email": EMAIL}
    answer = client.post(SIGN_IN, data=data, base_url="https://localhost", headers=headers)
    assert answer.status_code == 503
    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 0


def test_on_a_trial_an_admin_reads_the_code(
    client: FlaskClient, signed_in: FlaskClient, session: Session
) -> None:
    ask(client)
    assert "An admin can read the code at Settings, Mail." in client.get(CODE).text
    mail = session.scalars(select(OutboxMessage)).one()
    assert last_code(session) in signed_in.get(f"/settings/mail/{mail.id}").text


# Its texts.


@only_sqlite
def test_every_text_is_looked_up(
    client: FlaskClient, session: Session, several: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: a label written into a template as it is."""
    monkeypatch.setattr(locale, "_texts", lambda _code: Marked())
    pages = [client.get(f"{SIGN_IN}?why=elsewhere"), ask(client, "x")]
    ask(client)
    code = last_code(session)
    pages += [client.get(CODE), *(send_form(client, CODE, code=other_than(code)) for _ in range(5))]
    ask(client)
    send_form(client, CODE, code=last_code(session))
    pages.append(client.get(CHOOSE))
    assert len(several) == len(find_all(pages[-1].text, ".choice")) + 1
    for page in pages:
        assert unmarked(page.text, ("Lotus app", "Our platform")) == []
