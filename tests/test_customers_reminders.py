"""Reminders of credits that end: to whom, on which day, and once."""

from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

import daily
from blueprints import mails
from domain.customers import reminders
from domain.customers.claims import Claims
from domain.customers.customers import add_by_hand, enter_from_platform
from domain.customers.models import Customer
from domain.database import write, writing
from domain.ledger import acts
from domain.ledger.validity import end_of_validity
from domain.ledger.wallets import open_wallet
from domain.outbox.models import OutboxMessage
from domain.platforms.models import Platform
from tests.clock import Clock

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2027, 3, 1)
EMAIL = "ayse@posta.example"


def give(session: Session, customer: int, credits: int, days: int) -> None:
    """Good until the end of the day that comes so many days after today."""
    end = end_of_validity(datetime(2027, 3, 1, 12, tzinfo=BERLIN), BERLIN, days=days)
    terms = {"kind": "gift", "source": f"gift:{credits}:{days}", "actor": "admin:1"}
    with writing(session):
        wallet = open_wallet(session, customer, mode="test")
        acts.grant(session, wallet, credits, expires_at=end, **terms)  # type: ignore[arg-type]


def ayse(session: Session) -> int:
    with writing(session):
        return add_by_hand(session, email=EMAIL, name="Ayşe", language="tr")


def remind(session: Session, last_day: date, before: int = 7) -> None:
    credits = reminders.credits_by_customer(session, last_day, BERLIN)
    write(session, partial(reminders.remind, credits=credits, last_day=last_day, before=before))


def said(session: Session) -> list[tuple[str, dict[str, object]]]:
    session.rollback()
    rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
    return [(row.recipient, row.data) for row in rows]


@pytest.mark.usefixtures("clock")
def test_one_mail_for_all_that_ends_on_a_day(session: Session) -> None:
    """Caught: credits that end at midnight counted for the day that begins then; a mail for each
    lot; a mail each time that it runs."""
    customer = ayse(session)
    for credits, days in ((50, 7), (5, 7), (3, 6), (2, 8)):
        give(session, customer, credits, days)
    for _again in range(2):
        remind(session, TODAY + timedelta(days=7))
    assert said(session) == [(EMAIL, {"language": "tr", "credits": 55, "day": "2027-03-08"})]


@pytest.mark.usefixtures("clock")
def test_who_does_not_want_them_and_who_did_not_prove_an_address_gets_none(
    session: Session,
) -> None:
    """Caught: mails to an address that a platform only claims."""
    unwilling = ayse(session)
    with writing(session):
        session.execute(update(Customer).values(reminders=False))
        platform = Platform(name="Lotus app")
        session.add(platform)
        session.flush()
        claims = Claims("u1", email="claimed@posta.example")
        claimed = enter_from_platform(session, platform.id, claims, "tr")
    for customer in (unwilling, claimed):
        give(session, customer, 50, 7)
    remind(session, TODAY + timedelta(days=7))
    assert said(session) == []


@pytest.mark.parametrize(
    ("last", "due"),
    [
        (None, TODAY),
        (date(2027, 2, 28), TODAY),
        (date(2027, 2, 26), date(2027, 2, 27)),
        (date(2026, 12, 1), date(2027, 2, 22)),
        (TODAY, None),
        (date(2027, 3, 2), None),
    ],
)
def test_each_day_is_due_once_also_after_a_pause(
    session: Session, last: date | None, due: date | None
) -> None:
    if last:
        write(session, partial(reminders.note_reminded, day=last))
    assert reminders.due_day(session, TODAY) == due


@pytest.mark.on_both
def test_the_worker_reminds_in_the_morning_and_then_is_idle(
    app: Flask, clock: Clock, session: Session
) -> None:
    """Caught: reminders at midnight; and a worker that was busy all day."""
    customer = ayse(session)
    for credits, days in ((30, 30), (7, 7), (1, 1), (9, 9)):
        give(session, customer, credits, days)
    clock.set(datetime(2027, 3, 1, 7, 59, tzinfo=ZoneInfo("UTC")))
    with app.app_context():
        assert not daily.remind_customers(session)
    session.rollback()
    clock.go_on(minutes=1)
    with app.app_context():
        assert daily.remind_customers(session)
        assert not daily.remind_customers(session)
    assert sorted(str(data["credits"]) for _to, data in said(session)) == ["1", "30", "7"]


def test_the_mail_names_the_day_in_the_customers_language(app: Flask) -> None:
    data = {"credits": 50, "day": "2026-12-31"}
    with app.app_context():
        mail = mails.render("credits_ending", EMAIL, {"language": "en", **data})
        german = mails.render("credits_ending", EMAIL, {"language": "de", **data})
    assert mail.subject == "50 credits end on 31 Dec 2026"
    assert "until the end of 31 Dec 2026" in mail.text
    assert "31. Dez. 2026" in german.subject
