"""The language and the time zone that admins choose for themselves: where they rule, and where
they do not."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.accounts.admins import find_admin
from domain.accounts.models import Admin
from domain.accounts.own_account import OwnAccount, change_account
from domain.activity.models import Activity
from domain.database import writing
from domain.times import TIME_ZONES
from extensions import db
from tests.account_pages import customer_client
from tests.conftest import ADMIN, make_admin, sign_in, signed_in_client
from tests.counting import watching
from tests.customers import add_customer
from tests.html import find, texts, values
from tests.page_helpers import BOB, LIST, add, apply_all, chosen, field, post
from tests.second_factor import set_up_app
from tests.test_login_code import send

ACCOUNT = "/settings/account"
SWITCH = f"{ACCOUNT}/language"
TYPED = {"display_name": "Ana", "language": "", "time_zone": ""}
BROWSERS = "As the browser says"
TURKISH = '<html lang="tr"'
ENGLISH = '<html lang="en"'


def choose(session: Session, email: str = ADMIN, **wanted: str) -> None:
    with writing(session):
        admin = find_admin(session, email)
        assert admin
        change_account(session, admin.id, OwnAccount(**TYPED | wanted))


def own(session: Session) -> tuple[str, str | None, str | None]:
    session.rollback()
    admin = find_admin(session, ADMIN)
    assert admin
    return admin.display_name, admin.language, admin.time_zone


def acts(session: Session) -> list[tuple[object, ...]]:
    session.rollback()
    lines = session.scalars(select(Activity).order_by(Activity.id))
    return [(line.kind, line.object_type, line.object_id, line.details) for line in lines]


@pytest.mark.on_both
def test_both_are_chosen_and_named_in_the_activity(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: a line in the activity for a form that changed nothing; "Your account is saved." on
    a page that is Turkish from now on."""
    page = signed_in.get(ACCOUNT).text
    assert texts(page, "#account-language option") == [BROWSERS, "English", "Türkçe"]
    assert texts(page, "#account-time_zone option")[:2] == [BROWSERS, "Africa/Abidjan"]
    assert len(texts(page, "#account-time_zone option")) == len(TIME_ZONES) + 1
    typed = TYPED | {"language": "tr", "time_zone": "America/New_York"}
    for _ in range(2):
        answer = post(signed_in, ACCOUNT, typed)
        assert (answer.status_code, answer.location) == (303, ACCOUNT)
    assert own(session) == ("Ana", "tr", "America/New_York")
    page = signed_in.get(ACCOUNT).text
    assert TURKISH in page
    assert texts(page, "#status p")[0] != "Your account is saved."
    assert (chosen(page, "language"), chosen(page, "time_zone")) == ("tr", "America/New_York")
    assert post(signed_in, ACCOUNT, TYPED | {"display_name": "Ana P"}).status_code == 303
    assert own(session) == ("Ana P", None, None)
    assert ENGLISH in signed_in.get(ACCOUNT).text
    changed = [["language", "time_zone"], ["display_name", "language", "time_zone"]]
    assert acts(session) == [("account_changed", "admin", 1, {"fields": each}) for each in changed]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("language", "de", "Choose a language from the list."),
        ("language", "tr\0", "Choose a language from the list."),
        ("time_zone", "Mars/Olympus", "Choose a time zone from the list."),
        ("time_zone", "../../etc/passwd", "Choose a time zone from the list."),
        ("time_zone", "x" * 10_000, "Choose a time zone from the list."),
    ],
)
def test_what_is_not_in_the_list_is_refused_and_the_rest_stays_typed(
    signed_in: FlaskClient, session: Session, name: str, value: str, sentence: str
) -> None:
    """Caught: `check_time_zone` left out of the form, which ends in an error of the server."""
    choose(session, language="en", time_zone="UTC")
    typed = {"display_name": "Ana <P>", "language": "tr", "time_zone": "Asia/Tokyo"}
    answer = post(signed_in, ACCOUNT, typed | {name: value})
    assert answer.status_code == 422
    assert texts(answer.text, f"#account-{name}-error") == [sentence]
    assert field(answer.text, "display_name") == "Ana <P>"
    other = "time_zone" if name == "language" else "language"
    assert chosen(answer.text, other) == typed[other]
    assert ENGLISH in answer.text
    assert (own(session), acts(session)) == (("Ana", "en", "UTC"), [])


def test_what_is_not_sent_stays(signed_in: FlaskClient, session: Session) -> None:
    """A form that was open before there were more fields. Caught: both forgotten."""
    choose(session, language="tr", time_zone="Asia/Tokyo")
    assert post(signed_in, ACCOUNT, {"display_name": "Ana P"}).status_code == 303
    assert own(session) == ("Ana P", "tr", "Asia/Tokyo")


@pytest.mark.parametrize(
    ("address", "cookie", "language", "expected"),
    [
        ("", "", "tr", TURKISH),
        ("", "", "", ENGLISH),
        ("", "en", "tr", TURKISH),
        ("", "tr", "en", ENGLISH),
        ("", "tr", "", TURKISH),
        ("?lang=en", "", "tr", ENGLISH),
        ("?lang=de", "", "tr", TURKISH),
    ],
)
def test_the_language_of_a_page(
    signed_in: FlaskClient,
    session: Session,
    address: str,
    cookie: str,
    language: str,
    expected: str,
) -> None:
    """The address, then one's own choice, then the browser's. Caught: the cookie before one's own
    choice; the choice before the address."""
    choose(session, language=language)
    if cookie:
        signed_in.set_cookie("lang", cookie)
    for page in (ACCOUNT, LIST, "/settings/nothing", "/login/done"):
        answer = signed_in.get(f"{page}{address}", headers={"Accept-Language": "en"})
        assert expected in answer.text, page


def test_a_fragment_speaks_as_the_admin_chose_unless_its_page_says_otherwise(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: the choice before the address of the page."""
    choose(session, language="tr")
    fields = {"name": ""}
    assert "Bir ad girin" in post(signed_in, f"{LIST}add", fields, htmx=True).text
    english = post(signed_in, f"{LIST}add", fields, htmx=True, page=f"{LIST}?lang=en").text
    assert "Bir ad girin" not in english


@pytest.mark.on_both
def test_the_switch_saves_the_choice(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a cookie alone, which the choice of the account then overrules."""
    choose(session, language="en", time_zone="Asia/Tokyo")
    answer = post(signed_in, SWITCH, {"language": "tr", "next": f"{LIST}?country=DE"})
    assert (answer.status_code, answer.location) == (303, f"{LIST}?country=DE")
    assert TURKISH in signed_in.get(LIST).text
    assert own(session) == ("Ana", "tr", "Asia/Tokyo")
    assert acts(session) == [("account_changed", "admin", 1, {"fields": ["language"]})]


@pytest.mark.parametrize("language", ["", "de", "TR", "tr\0", "x" * 10_000])
def test_the_switch_knows_its_languages(
    signed_in: FlaskClient, session: Session, language: str
) -> None:
    assert post(signed_in, SWITCH, {"language": language}).status_code == 404
    assert own(session) == ("Ana", None, None)


def test_the_switch_leads_nowhere_else(signed_in: FlaskClient) -> None:
    answer = post(signed_in, SWITCH, {"language": "tr", "next": "//elsewhere.example"})
    assert answer.location == LIST


def test_the_sign_in_page_of_this_browser_follows(signed_in: FlaskClient) -> None:
    """Caught: an English sign-in page each morning; one that stays Turkish after "As the browser
    says", and a Turkish "Your account is saved.", as the cookie was still sent."""
    for typed, expected in (({"language": "tr"}, TURKISH), ({"language": ""}, ENGLISH)):
        post(signed_in, ACCOUNT, TYPED | typed)
        cookie = signed_in.get_cookie("lang")
        assert (cookie and cookie.value) == (typed["language"] or None)
        page = signed_in.get(ACCOUNT).text
        assert expected in page
        assert (texts(page, "#status p") == ["Your account is saved."]) == (expected == ENGLISH)
        fresh = signed_in.application.test_client()
        if cookie:
            fresh.set_cookie("lang", cookie.value)
        assert expected in fresh.get("/login").text


def test_a_name_alone_leaves_the_language_of_the_browser(signed_in: FlaskClient) -> None:
    """Caught: the cookie dropped with every press of Save."""
    signed_in.set_cookie("lang", "tr")
    post(signed_in, ACCOUNT, TYPED | {"display_name": "Ana P"})
    assert TURKISH in signed_in.get(ACCOUNT).text


def test_what_is_said_after_the_sign_in_is_in_the_admins_language(
    client: FlaskClient, admin: str, session: Session
) -> None:
    """Caught: "You used a recovery code." in English on a Turkish page."""
    choose(session, language="tr")
    codes = set_up_app(session, admin).recovery_codes
    sign_in(client)
    assert send(client, codes[0]).status_code == 303
    assert "recovery code" not in texts(client.get(LIST).text, "#status p")[0]


@pytest.mark.parametrize(
    ("zone", "cookie", "expected"),
    [
        ("Asia/Tokyo", "Europe/Istanbul", "Asia/Tokyo (UTC+9)"),
        ("Asia/Tokyo", "", "Asia/Tokyo (UTC+9)"),
        ("", "Europe/Istanbul", "Europe/Istanbul (UTC+3)"),
        ("", "", "UTC (UTC+0)"),
    ],
)
def test_by_whose_clock_admins_read_times(
    signed_in: FlaskClient, session: Session, zone: str, cookie: str, expected: str
) -> None:
    """Caught: the cookie before one's own zone."""
    choose(session, time_zone=zone)
    if cookie:
        signed_in.set_cookie("zone", cookie)
    add(session, "Pro")
    apply_all(session)
    for page in (f"{LIST}history", f"{ACCOUNT}/sign-ins", f"{LIST}history/1/cards"):
        found = values(signed_in.get(page).text, "time", "title")
        assert found, page
        assert all(title.endswith(expected) for title in found), (page, found)


def test_pages_of_buyers_do_not_depend_on_it(
    app: Flask, engine: Engine, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: the choice of the admin who is signed in, also on a page of buyers."""
    add(session, "Pro", country="US")
    apply_all(session)
    customer = customer_client(app, engine, add_customer(session, language="en"))
    key = customer.get_cookie("scrip-customer")
    assert key
    signed_in.set_cookie("scrip-customer", key.value)
    pages = (
        "/packages?country=US",
        "/packages",
        "/account/sign-ins",
        "/nothing",
        "/embed/packages",
    )

    def read() -> list[tuple[object, ...]]:
        answers = [signed_in.get(page, headers={"Accept-Language": "de"}) for page in pages]
        return [
            (
                each.status_code,
                find(each.text, "html").attributes["lang"],
                texts(each.text, "h1, main"),
                each.headers.get("Vary"),
            )
            for each in answers
        ]

    before = read()
    choose(session, language="tr", time_zone="Asia/Tokyo")
    assert read() == before


def test_the_choice_is_read_with_the_sign_in(
    app: Flask, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: the admin's row read again by own_language()."""
    choose(session, language="tr", time_zone="Asia/Tokyo")
    signed_in.get(LIST)
    with app.app_context():
        watched = db.engine
    with watching(watched) as found:
        signed_in.get(LIST)
    assert len([text for text in found.statements if "admin.language" in text]) == 1


def test_each_admin_has_a_language_of_their_own(
    app: Flask, engine: Engine, signed_in: FlaskClient, session: Session
) -> None:
    bob = signed_in_client(app, engine, make_admin(engine, BOB))
    post(bob, ACCOUNT, TYPED | {"display_name": "Bob", "language": "tr"})
    assert TURKISH in bob.get(LIST).text
    assert ENGLISH in signed_in.get(LIST).text
    session.rollback()
    assert session.scalars(select(Admin.language).order_by(Admin.id)).all() == [None, "tr"]
