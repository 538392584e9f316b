"""Notices to admins: who hears of what, at once or once a day, and never twice."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from blueprints import mails as mails_of
from domain.accounts.admins import find_admin
from domain.accounts.models import Admin
from domain.accounts.own_account import choose_language
from domain.accounts.roles import Role
from domain.database import utc_now, writing
from domain.notices import acts
from domain.notices.choices import choose, list_choices
from domain.notices.models import Notice
from domain.notices.rules import MOST_LINES, USUAL, Frequency, Kind
from domain.outbox.models import OutboxMessage
from tests.clock import Clock
from tests.conftest import ADMIN, make_admin
from tests.html import texts, values
from tests.page_helpers import BOB, post
from tests.roles import change_role

ACCOUNT = "/settings/account"
BERLIN = ZoneInfo("Europe/Berlin")
GIVEN: dict[str, object] = {"customer": 7, "credits": 50}
PAID = {"purchase": 9, "customer": 7, "credits": 500, "price_minor": 1999, "currency": "EUR"}
CHOICE: dict[Kind, Frequency] = {
    **{"customer_joined": "at_once", "credits_given": "off", "purchase_paid": "off"},
    **{"purchase_held": "daily", "many_checkouts": "off"},
}


@pytest.fixture
def ana(admin: str, session: Session) -> int:
    return admin_id(session, admin)


@pytest.fixture
def bob(engine: Engine, cheap_hashing: None, session: Session) -> int:  # noqa: ARG001
    return admin_id(session, make_admin(engine, BOB))


def admin_id(session: Session, email: str) -> int:
    session.rollback()  # to see who was made since
    found = find_admin(session, email)
    assert found
    return found.id


def wish(session: Session, admin: int, frequency: Frequency) -> None:
    with writing(session):
        choose(session, admin, {"credits_given": frequency})


def give(session: Session, author: int) -> None:
    with writing(session):
        acts.note(session, "credits_given", GIVEN, author_id=author, language="en")


def write_daily(session: Session, today: date) -> None:
    with writing(session):
        acts.write_daily(session, today, BERLIN, language="tr")


def mails(session: Session) -> list[tuple[str, str, object]]:
    session.rollback()
    rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
    return [(row.recipient, row.topic, row.data.get("lines", row.data)) for row in rows]


def test_colleagues_hear_at_once_and_the_author_does_not(
    session: Session, ana: int, bob: int
) -> None:
    """Caught: a mail to the admin who gave the credits."""
    for admin in (ana, bob):
        wish(session, admin, "at_once")
    give(session, author=ana)
    said = GIVEN | {"author": "Ana", "language": "en", "kind": "credits_given"}
    assert mails(session) == [(BOB, "notice", said)]


@pytest.mark.parametrize("frequency", ["at_once", "daily"])
def test_each_is_written_to_in_their_own_language(
    clock: Clock, session: Session, ana: int, bob: int, frequency: Frequency
) -> None:
    """Caught: the language of all others for whoever chose one."""
    for admin in (ana, bob):
        wish(session, admin, frequency)
    with writing(session):
        choose_language(session, ana, "tr")
        acts.note(session, "credits_given", GIVEN, language="en")
    clock.go_on(days=1)
    with writing(session):
        acts.write_daily(session, clock.now.date(), BERLIN, language="en")
    session.rollback()
    sent = {
        mail.recipient: mail.data["language"] for mail in session.scalars(select(OutboxMessage))
    }
    assert sent == {ADMIN: "tr", BOB: "en"}


@pytest.mark.parametrize("role", Role)
def test_only_who_serves_customers_hears_of_them(
    session: Session, engine: Engine, ana: int, bob: int, role: Role
) -> None:
    """Whatever was chosen before. Caught: the role left out of who is written to."""
    wish(session, bob, "at_once")
    change_role(engine, BOB, role)
    give(session, author=ana)
    assert len(mails(session)) == (role in (Role.SUPPORT, Role.OWNER))


@pytest.mark.parametrize("gone", ["disabled_at", "removed_at"])
def test_who_may_not_sign_in_any_more_hears_nothing(
    session: Session, ana: int, bob: int, gone: str
) -> None:
    """Caught: each of the two left out."""
    wish(session, bob, "at_once")
    with writing(session):
        session.execute(update(Admin).where(Admin.id == bob).values({gone: utc_now()}))
    give(session, author=ana)
    assert mails(session) == []


@pytest.mark.parametrize("frequency", ["off", "daily"])
def test_who_did_not_choose_so_hears_nothing_at_once(
    session: Session, ana: int, bob: int, frequency: Frequency
) -> None:
    wish(session, bob, frequency)
    give(session, author=ana)
    assert mails(session) == []


def test_a_day_is_one_mail_and_is_written_once(
    clock: Clock,
    session: Session,
    ana: int,
    bob: int,  # noqa: ARG001 - who is written to
) -> None:
    """Caught: notices of today in the mail about yesterday, which the next one would repeat; and
    two mails of one day, as nothing was kept of the first."""
    clock.set(datetime(2027, 3, 1, 20, tzinfo=BERLIN))
    wish(session, ana, "off")
    give(session, author=ana)
    give(session, author=ana)
    clock.set(datetime(2027, 3, 2, 0, 30, tzinfo=BERLIN))
    give(session, author=ana)
    for _again in range(2):
        write_daily(session, date(2027, 3, 2))
    line = GIVEN | {"author": "Ana"}
    assert mails(session) == [(BOB, "notices", {"credits_given": [line, line]})]
    write_daily(session, date(2027, 3, 3))
    assert mails(session)[1:] == [(BOB, "notices", {"credits_given": [line]})]
    assert session.scalars(select(Notice)).all() == []


def test_of_many_the_rest_is_counted(
    clock: Clock,
    session: Session,
    ana: int,
    bob: int,  # noqa: ARG001 - who is written to
) -> None:
    for _each in range(MOST_LINES + 3):
        give(session, author=ana)
    clock.go_on(days=1)
    write_daily(session, clock.now.date())
    [(_to, _topic, lines)] = [mail for mail in mails(session) if mail[0] == BOB]
    assert isinstance(lines, dict)
    assert lines["credits_given"][MOST_LINES:] == [{"more": 3}]


def test_each_admin_chooses(signed_in: FlaskClient, session: Session, ana: int, bob: int) -> None:
    page = signed_in.get(ACCOUNT).text
    chosen = values(page, ".card select option[selected]", "value")
    assert chosen == ["off", "daily", "daily", "at_once", "at_once"]
    answer = post(signed_in, f"{ACCOUNT}/notices", {str(kind): how for kind, how in CHOICE.items()})
    assert (answer.status_code, answer.location) == (303, ACCOUNT)
    session.rollback()
    assert list_choices(session, ana) == CHOICE
    assert list_choices(session, bob) == USUAL


def test_a_mail_says_what_happened_without_naming_the_customer(app: Flask) -> None:
    given = GIVEN | {"author": "Ana"}
    happened = [given, {"customer": 8, "credits": -1, "author": "<Ö>"}]
    lines = {"customer_joined": [{"customer": 9}], "credits_given": [*happened, {"more": 2}]}
    lines |= {"purchase_paid": [PAID], "purchase_held": [{"purchase": 9, "hold": "paid_twice"}]}
    with app.app_context():
        said = mails_of.render("notices", BOB, {"language": "en", "lines": lines})
        one = mails_of.render("notice", BOB, {"language": "tr", "kind": "credits_given", **given})
    assert [line for line in said.text.splitlines() if line][2:8] == [
        "Customer 9 is new.",
        "Ana gave 50 credits to customer 7.",
        "<Ö> took 1 credit from customer 8.",
        "And 2 more like this.",
        "P-9: customer 7 bought 500 credits for €19.99.",
        "P-9 needs a person: it was paid twice.",
    ]
    assert "50" in one.subject
    assert "7" in one.subject


def test_what_is_no_choice_is_refused(signed_in: FlaskClient, session: Session, ana: int) -> None:
    choice = CHOICE | {"customer_joined": "hourly"}
    answer = post(signed_in, f"{ACCOUNT}/notices", choice)
    assert answer.status_code == 422
    assert texts(answer.text, "[id$=customer_joined-error] span")
    assert list_choices(session, ana)["credits_given"] == "daily"
