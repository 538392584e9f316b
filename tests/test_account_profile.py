"""Profile, language and emails: what customers say of themselves."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from domain.customers import sessions
from domain.customers.customers import change_contact, get_customer
from domain.customers.models import Customer
from domain.database import utc_now, writing
from domain.platforms.models import Platform
from tests.account_pages import customer_client, sign_in_customer
from tests.conftest import csrf_token
from tests.customer_wallets import add_platforms_customer
from tests.customers import add_customer
from tests.html import find, find_all, text_of, texts, values
from tests.page_helpers import chosen, field, post

PROFILE, EMAILS = "/account/profile", "/account/emails"
TYPED = {"name": "Ayşe Y.", "language": "de", "country": "DE", "version": "1"}


@pytest.fixture
def ayse(session: Session) -> int:
    return add_customer(session, language="en")


@pytest.fixture
def client(app: Flask, engine: Engine, ayse: int) -> FlaskClient:
    return customer_client(app, engine, ayse)


def change_elsewhere(session: Session, ayse: int, name: str) -> None:
    """As support would, while the customer has the form open."""
    person = get_customer(session, ayse)
    with writing(session):
        change_contact(
            session,
            ayse,
            person.version,
            name=name,
            email=person.email,
            country=person.country,
            language=person.language,
        )


def test_the_profile_is_saved_and_the_pages_follow_its_language(
    client: FlaskClient, session: Session, ayse: int
) -> None:
    html = client.get(PROFILE).text
    saved = field(html, "name"), chosen(html, "language"), chosen(html, "country")
    assert saved == ("Ayşe Yıldırım", "en", "TR")
    answer = post(client, PROFILE, TYPED | {"name": "  Ayşe   Y. "})
    assert (answer.status_code, answer.location) == (303, PROFILE)
    person = get_customer(session, ayse)
    assert (person.name, person.language, person.country) == ("Ayşe Y.", "de", "DE")
    assert (person.email, person.version) == ("ayse@posta.example", 2)
    html = client.get(PROFILE).text
    assert find(html, "html").attributes["lang"] == "de"
    assert len(find_all(html, "[role=status] .message")) == 1


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("name", "a" * 121, "The name is too long. Use at most 120 characters."),
        ("name", "Ay\u202eşe", "It holds an invisible character. Type the name by hand."),
        ("name", "Ayşe\x00", "It holds an invisible character. Type the name by hand."),
        ("language", "fr", "Choose a language from the list."),
        ("language", "", "Choose a language from the list."),
        ("country", "XX", "Choose a country from the list."),
    ],
)
def test_what_cannot_be_saved_is_said_at_its_field(
    client: FlaskClient, session: Session, ayse: int, name: str, value: str, says: str
) -> None:
    before = get_customer(session, ayse)
    answer = post(client, PROFILE, TYPED | {name: value})
    session.rollback()
    assert answer.status_code == 422
    assert texts(answer.text, f"#profile-{name}-error") == [says]
    assert values(answer.text, "[aria-invalid]", "name") == [name]
    assert find(answer.text, "title").text().startswith("Error: ")
    if name != "name":
        assert field(answer.text, "name") == "Ayşe Y."
    assert get_customer(session, ayse) == before


@pytest.mark.parametrize("name", ["", "李小龍", "محمد عبد الرحمن", "<b>Ayşe</b>", 'O\'Neill "X"'])
def test_names_of_all_scripts(client: FlaskClient, name: str) -> None:
    assert post(client, PROFILE, TYPED | {"name": name}).status_code == 303
    html = client.get(f"{PROFILE}?lang=en").text
    assert field(html, "name") == name
    assert "<b>" not in html


def test_a_stale_form_changes_nothing_and_shows_both(
    client: FlaskClient, session: Session, ayse: int
) -> None:
    """Caught: the version of the form not compared."""
    change_elsewhere(session, ayse, "Ayşe Kaya")
    answer = post(client, PROFILE, TYPED)
    assert answer.status_code == 409
    assert field(answer.text, "name") == "Ayşe Y."
    assert texts(answer.text, "form .hint")[0] == "Saved now: Ayşe Kaya"
    assert get_customer(session, ayse).name == "Ayşe Kaya"
    version = field(answer.text, "version")
    assert post(client, PROFILE, TYPED | {"version": version}).status_code == 303


@pytest.mark.parametrize("version", ["", "x", "0", str(2**63), "9" * 40])
def test_a_version_that_is_none_changes_nothing(client: FlaskClient, version: str) -> None:
    assert post(client, PROFILE, TYPED | {"version": version}).status_code == 409


def test_who_comes_from_a_platform_reads_what_comes_from_there(
    client: FlaskClient, session: Session
) -> None:
    with writing(session):
        platform = Platform(name="Lotus <app>", return_url="https://lotus.example/me")
        session.add(platform)
        session.flush()
        session.execute(update(Customer).values(platform_id=platform.id))
    html = client.get(PROFILE).text
    facts = [text_of(node) for node in (find(html, ".facts dd:not(.facts div + div dd)"),)]
    assert facts == ["ayse@posta.example It comes from Lotus <app>."]
    for path in ("/account", PROFILE):
        assert "https://lotus.example/me" in values(client.get(path).text, ".crumb a", "href")


def test_nothing_leads_back_to_a_platform_that_was_removed(
    client: FlaskClient, session: Session
) -> None:
    with writing(session):
        gone = {"return_url": "https://lotus.example/me", "removed_at": utc_now()}
        session.add(platform := Platform(name="Lotus app", **gone))
        session.flush()
        session.execute(update(Customer).values(platform_id=platform.id))
    html = client.get(PROFILE).text
    assert "It comes from Lotus app." in texts(html, ".facts .muted")
    assert "lotus.example" not in html


def test_the_number_to_name_is_there(client: FlaskClient, ayse: int) -> None:
    assert texts(client.get(PROFILE).text, ".facts dd")[1].startswith(f"{ayse} ")


def test_reminders_are_turned_off_and_on(client: FlaskClient, session: Session, ayse: int) -> None:
    for sent, wanted in (({}, False), ({"reminders": "1"}, True)):
        answer = post(client, EMAILS, sent)
        assert (answer.status_code, answer.location) == (303, EMAILS)
        session.rollback()
        assert get_customer(session, ayse).reminders is wanted
        box = find(client.get(EMAILS).text, "#reminders").attributes
        assert ("checked" in box) is wanted


def test_what_was_typed_outlives_the_sign_in(
    app: Flask, engine: Engine, client: FlaskClient, session: Session, ayse: int
) -> None:
    """Caught: the typed form dropped on the way to the sign-in."""
    token = csrf_token(client, PROFILE)
    with writing(session):
        sessions.end_all_sessions(session, ayse)
    from_here = {"Referer": "http://localhost/account/profile"}
    answer = client.post(PROFILE, data={"csrf_token": token, **TYPED}, headers=from_here)
    assert answer.status_code == 401
    assert "no-store" in answer.headers["Cache-Control"]
    assert {name: field(answer.text, name) for name in TYPED} == TYPED
    assert values(answer.text, ".sign-in a", "href") == ["/account/sign-in"]
    sign_in_customer(client, app, engine, ayse)
    again = {"csrf_token": field(answer.text, "csrf_token"), **TYPED}
    assert client.post(PROFILE, data=again).status_code == 303
    session.rollback()
    assert get_customer(session, ayse).name == TYPED["name"]


def test_another_sites_form_is_not_offered_again(app: Flask) -> None:
    client = app.test_client()
    from_there = {"Origin": "https://elsewhere.example"}
    token = csrf_token(client, "/account/sign-in")
    answer = client.post(PROFILE, data={"csrf_token": token, **TYPED}, headers=from_there)
    assert (answer.status_code, answer.location) == (303, f"/account/sign-in?next={PROFILE}")


def test_nobody_without_an_email_is_promised_reminders(
    app: Flask, engine: Engine, session: Session
) -> None:
    """Caught: "Reminders on" above a page that says that no mail can come."""
    customer = add_platforms_customer(session, "Lotus app", "u1")
    html = customer_client(app, engine, customer).get("/account").text
    assert "Reminders off" in texts(html, ".rows .muted")
