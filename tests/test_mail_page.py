"""Settings, Mail: how it is set up, what became of each mail, and a test."""

from dataclasses import replace
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from blueprints.mails import HIDDEN, TEMPLATES
from config import Config
from domain.database import utc_now, write, writing
from domain.mail.server import read_mail_server
from domain.outbox import acts
from domain.outbox.models import OutboxMessage
from domain.outbox.queries import PAGE
from domain.outbox.rules import MAIL, Failed, Kept, Outcome, Sent, State
from tests.conftest import ADMIN
from tests.html import find, find_all, text_of, texts, values
from tests.page_helpers import field, post
from tests.real_worker import put_mail, read_mail

MAILS = "/settings/mail"
TEST = {"email": " Bo@Example.com", "language": "tr"}
REFUSED = Failed("recipient", "no such user <b>", is_permanent=True)


def set_up(app: Flask, **changes: object) -> None:
    config: Config = app.extensions["scrip"]
    app.extensions["scrip"] = replace(config, **changes)  # type: ignore[arg-type]


def conclude(engine: Engine, outcome: Outcome) -> None:
    """The mail that waits longest."""
    with Session(engine) as session:
        message = write(session, partial(acts.claim, kind=MAIL))
        assert message
        write(session, partial(acts.conclude, message=message, outcome=outcome))


def change(engine: Engine, **values: object) -> None:
    with Session(engine) as session, writing(session):
        session.execute(update(OutboxMessage).values(values))


def first_state(client: FlaskClient, address: str = MAILS) -> str:
    return texts(client.get(address).text, "#mails .state")[0]


def test_settings_lead_to_the_page(signed_in: FlaskClient) -> None:
    page = signed_in.get("/settings/").text
    assert texts(page, f"a.door[href='{MAILS}'] .door-title") == ["Mail"]
    page = signed_in.get(MAILS).text
    assert "<title>Mail · Scrip</title>" in page
    assert texts(page, "a[href='/settings/'][aria-current=true]") == ["Settings"]
    assert field(page, "email") == ADMIN
    assert "No mails here." in page


@pytest.mark.own_app
def test_how_mail_is_set_up(app: Flask, signed_in: FlaskClient, engine: Engine) -> None:
    """Caught: the password of the mail server on the page."""
    put_mail(engine, "a")
    change(engine, due_at=OutboxMessage.created_at)
    assert "it is kept here. To send it, set MAIL_URL" in signed_in.get(MAILS).text
    set_up(app, production=True)
    page = signed_in.get(MAILS).text
    assert "customers cannot sign in with a code: set MAIL_URL" in text_of(
        find(page, ".message.warn")
    )
    set_up(app, mail=read_mail_server("smtps://me:open-sesame@mail.example", "Ana <a@b.de>"))
    page = signed_in.get(MAILS).text
    assert "leaves through mail.example, port 465, from Ana &lt;a@b.de&gt;." in page
    assert "open-sesame" not in page
    assert "not encrypted" not in page
    set_up(app, mail=read_mail_server("smtp+plain://mail", "a@b.de"))
    assert "The connection is not encrypted." in signed_in.get(MAILS).text


def test_a_worker_that_is_not_there_is_named(signed_in: FlaskClient, engine: Engine) -> None:
    put_mail(engine, "a")
    assert "Is the worker running?" not in signed_in.get(MAILS).text
    with Session(engine) as session:
        now = session.get_one(OutboxMessage, 1).due_at
    assert now
    change(engine, due_at=now.replace(year=now.year - 1))
    page = signed_in.get(MAILS).text
    assert "Is the worker running? Start the service scrip-worker; without services:" in page
    assert values(page, "#mails", "hx-trigger") == ["every 15s"]
    with Session(engine) as session:
        assert write(session, partial(acts.claim, kind=MAIL))
    page = signed_in.get(MAILS).text
    assert "Is the worker running?" not in page
    assert "It is being sent since today" in page
    assert "Next try" not in page


@pytest.mark.parametrize("htmx", [True, False])
def test_a_test_is_put_once(signed_in: FlaskClient, engine: Engine, htmx: bool) -> None:
    """Caught: two mails for two clicks."""
    key = field(signed_in.get(MAILS).text, "key")
    for _ in range(2):
        answer = post(signed_in, MAILS, {**TEST, "key": key}, htmx=htmx)
        assert answer.status_code == (200 if htmx else 303)
    message = read_mail(engine)
    assert (message.recipient, message.topic, message.data) == (
        "bo@example.com",
        "test",
        {"language": "tr"},
    )
    page = signed_in.get(MAILS).text
    assert "A test mail to bo@example.com is on the list." in page
    assert len(find_all(page, "#mails li")) == 1
    assert values(page, "#mails", "hx-get") == ["/settings/mail/list"]
    assert field(page, "key") != key


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("email", "", "Enter an email address"),
        ("email", "bo", "Enter an email address"),
        ("email", "bo@example..com", "Enter an email address"),
        ("email", "bo\u200b@example.com", "It holds an invisible character."),
        ("email", f"{'b' * 250}@c.de", "The email is too long."),
        ("language", "xx", ""),
    ],
)
def test_bad_input_is_said_and_kept(
    signed_in: FlaskClient, engine: Engine, name: str, typed: str, sentence: str
) -> None:
    answer = post(signed_in, MAILS, {**TEST, name: typed})
    assert answer.status_code == 422
    assert text_of(find(answer.text, f"#test-{name}-error")).startswith(sentence)
    if name == "email":
        assert field(answer.text, "email") == typed
    assert "<title>Error: Mail" in answer.text
    assert texts(answer.text, ".problems h3") == ["Not sent yet: 1 field needs a look"]
    with Session(engine) as session:
        assert session.get(OutboxMessage, 1) is None


def test_each_state_is_a_word_with_its_reason(signed_in: FlaskClient, engine: Engine) -> None:
    put_mail(engine, "a")
    assert first_state(signed_in) == "Waiting"
    conclude(engine, Failed("busy", "451"))
    page = signed_in.get(MAILS).text
    assert "The mail server asks to try again later. Next try: today" in page
    assert values(page, "#mails", "hx-trigger") == ["every 15s"]
    change(engine, due_at=utc_now())
    conclude(engine, REFUSED)
    assert first_state(signed_in) == "Given up"
    assert "The mail server does not know this address." in signed_in.get(MAILS).text
    assert "no such user &lt;b&gt;" in signed_in.get(f"{MAILS}/1").text
    post(signed_in, f"{MAILS}/1/again")
    conclude(engine, Sent("Hello", "Hello Bo"))
    assert first_state(signed_in) == "Sent"
    assert texts(signed_in.get(MAILS).text, "#mails li a") == ["Hello"]


def test_a_reason_that_nobody_knows_is_shown_as_it_is(
    signed_in: FlaskClient, engine: Engine
) -> None:
    put_mail(engine, "a", topic="from another version")
    conclude(engine, Failed("from another version", is_permanent=True))
    assert "from another version" in signed_in.get(MAILS).text
    assert "This mail has no text any more." in signed_in.get(f"{MAILS}/1").text


def test_what_was_given_up_is_sent_again(signed_in: FlaskClient, engine: Engine) -> None:
    put_mail(engine, "a")
    conclude(engine, REFUSED)
    assert values(signed_in.get(MAILS).text, "#mails li form", "action") == [f"{MAILS}/1/again"]
    answer = post(signed_in, f"{MAILS}/1/again")
    assert (answer.status_code, answer.location) == (303, f"{MAILS}#mail-1")
    assert "The mail waits to be sent again." in signed_in.get(MAILS).text
    assert read_mail(engine).state == State.WAITING
    again = post(signed_in, f"{MAILS}/1/again")
    assert again.status_code == 409
    assert "Not sent again: this mail waits or was sent meanwhile." in again.text
    assert find_all(again.text, "#mails")
    assert post(signed_in, f"{MAILS}/2/again").status_code == 404
    assert signed_in.get(f"{MAILS}/2").status_code == 404


def test_sending_again_stays_at_the_filter_and_the_page(
    signed_in: FlaskClient, engine: Engine
) -> None:
    put_mail(engine, "a")
    conclude(engine, REFUSED)
    page = signed_in.get(f"{MAILS}?state=given_up&before=5").text
    (action,) = values(page, "#mails li form", "action")
    answer = post(signed_in, action)
    assert answer.location == f"{MAILS}?state=given_up&before=5#mails-title"


def test_what_may_have_arrived_is_said(signed_in: FlaskClient, engine: Engine) -> None:
    put_mail(engine, "a")
    for _ in range(2):
        assert "It may have arrived." not in signed_in.get(MAILS).text
        change(engine, due_at=utc_now())
        conclude(engine, Failed("unconfirmed", may_have_arrived=True))
    assert "It may have arrived." in signed_in.get(MAILS).text


@pytest.mark.own_app
def test_what_was_kept_is_sent_once_mail_is_set_up(
    app: Flask, signed_in: FlaskClient, engine: Engine
) -> None:
    """Caught: mails that a worker without MAIL_URL took, and nobody could send any more."""
    put_mail(engine, "a")
    conclude(engine, Kept("Hello", "Hello Bo"))
    page = signed_in.get(f"{MAILS}?state=kept").text
    assert texts(page, ".chip[aria-current]") == ["Kept 1"]
    assert not find_all(page, "#mails li form")
    set_up(app, mail=read_mail_server("smtps://mail.example", "a@b.de"))
    for address in (MAILS, f"{MAILS}/1"):
        assert len(find_all(signed_in.get(address).text, "form[action^='/settings/mail/1/']")) == 1
    post(signed_in, f"{MAILS}/1/again")
    assert read_mail(engine).state == State.WAITING


@pytest.mark.own_app
def test_secrets_are_read_only_where_mails_are_kept(
    app: Flask, signed_in: FlaskClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: the code of a customer, read by every admin while it waits."""
    template = app.jinja_env.from_string("<title>Code</title><p>It is {{ secrets.code }}.</p>")
    monkeypatch.setitem(TEMPLATES, "code", (template, "Code"))
    put_mail(engine, "a", topic="code", secrets={"code": "123456"})
    assert "It is 123456." in signed_in.get(f"{MAILS}/1").text
    change(engine, secrets=None, secrets_until=None)
    assert f"It is {HIDDEN}." in signed_in.get(f"{MAILS}/1").text
    put_mail(engine, "b", topic="code", secrets={"code": "123456"})
    set_up(app, mail=read_mail_server("smtps://mail.example", "a@b.de"))
    assert f"It is {HIDDEN}." in signed_in.get(f"{MAILS}/2").text


def test_a_mail_is_read_in_its_own_language(signed_in: FlaskClient, engine: Engine) -> None:
    put_mail(engine, "a", data={"language": "ar"})
    page = signed_in.get(f"{MAILS}/1").text
    assert (values(page, "pre", "lang"), values(page, "pre", "dir")) == (["ar"], ["rtl"])
    assert values(page, "html", "lang") == ["en"]
    assert "ana@example.com" in text_of(find(page, "pre"))


def test_the_list_is_cut_into_pages_and_by_state(signed_in: FlaskClient, engine: Engine) -> None:
    for number in range(PAGE + 1):
        put_mail(engine, f"{number}")
    conclude(engine, REFUSED)
    page = signed_in.get(MAILS).text
    assert len(find_all(page, "#mails li")) == PAGE
    (older,) = values(page, ".pages a", "href")
    assert [row.attributes["id"] for row in find_all(signed_in.get(older).text, "#mails li")] == [
        "mail-1"
    ]
    assert texts(page, ".chip .muted") == [str(PAGE), "1"]
    assert len(find_all(signed_in.get(f"{MAILS}?state=given_up").text, "#mails li")) == 1
    assert "No mails here." in signed_in.get(f"{MAILS}?state=sent").text
    for query in ("state=x", "before=x", f"before={10**30}", "state=waiting&before=0"):
        assert signed_in.get(f"{MAILS}?{query}").status_code == 200
    assert "<html" not in signed_in.get(f"{MAILS}/list?state=given_up").text


def test_signed_out_nothing_is_shown_or_sent(client: FlaskClient, engine: Engine) -> None:
    put_mail(engine, "a")
    for path in (MAILS, f"{MAILS}/1", f"{MAILS}/list"):
        assert client.get(path).status_code == 302
    for path in (MAILS, f"{MAILS}/1/again"):
        assert client.post(path, data=TEST).status_code == 401
