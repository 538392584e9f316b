"""The customer's own page: the balance in words, what ends when, and the statement."""

import csv
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from domain.customers.models import Customer
from domain.database import writing
from domain.ledger import corrections
from domain.ledger.rules import Purpose
from domain.ledger.wallets import block_wallet
from extensions import db
from tests.account_pages import customer_client
from tests.counting import watching
from tests.customer_wallets import add_reason, add_wallet
from tests.customers import add_customer
from tests.html import find, find_all, text_of, texts, values
from tests.page_helpers import apply_all, edit_settings
from tests.wallets import TestWallet

ISTANBUL = ZoneInfo("Europe/Istanbul")
ADMIN = {"actor": "admin:1"}


@pytest.fixture
def ayse(session: Session) -> int:
    edit_settings(session, time_zone=ISTANBUL.key)
    apply_all(session)
    return add_customer(session, language="en")


@pytest.fixture
def purse(session: Session, ayse: int) -> TestWallet:
    return add_wallet(session, ayse)


@pytest.fixture
def client(app: Flask, engine: Engine, ayse: int) -> FlaskClient:
    return customer_client(app, engine, ayse)


def end_of_day(days: int) -> datetime:
    """Midnight in Istanbul after the day that comes so many days after today."""
    last = datetime.now(ISTANBUL).date() + timedelta(days=days)
    return datetime.combine(last + timedelta(days=1), time(), ISTANBUL)


def written(days: int) -> str:
    return format_date(datetime.now(ISTANBUL) + timedelta(days=days), "d MMM y", locale="en")


def amounts(html: str) -> dict[str, str]:
    return dict(zip(texts(html, ".amounts dt"), texts(html, ".amounts dd"), strict=True))


def test_a_blocked_wallet_is_said(client: FlaskClient, purse: TestWallet) -> None:
    """Caught: credits to use that cannot be used."""
    purse.gift(50)
    purse.do(block_wallet, reason="verify-ledger")
    assert "Your credits cannot be used right now." in client.get("/account").text


def test_who_never_had_credits_sees_that_nothing_is_there_yet(client: FlaskClient) -> None:
    html = client.get("/account").text
    assert texts(html, ".balance p") == ["0", "credits to use"]
    assert texts(html, "#statement h3") == ["Nothing here yet"]
    assert values(html, ".balance .primary", "href") == ["/packages"]
    assert not find_all(html, ".amounts, .ending, .adds-up")


def test_what_is_free_held_and_frozen_are_lines_in_words(
    client: FlaskClient, purse: TestWallet
) -> None:
    purse.bought(100, 1)
    purse.gift(40, end_of_day(60))
    purse.gift(10, end_of_day(60))
    purse.hold(30, Purpose("appointment", "A-17"))
    purse.entry(corrections.freeze, 25, purchase_id=1, **ADMIN)
    html = client.get("/account").text
    assert texts(html, ".balance-figure") == ["95"]
    assert amounts(html) == {
        "Bought": "75",
        f"Gift, until {written(60)}": "20",
        "Held for appointment A-17": "30",
        "Frozen while a payment is disputed": "25",
    }


def test_what_is_owed_is_said_and_never_beside_free_credits(
    client: FlaskClient, purse: TestWallet
) -> None:
    """Caught: "0 credits to use", and no word of the 25 that are owed."""
    purse.bought(100, 1)
    purse.spend(80)
    purse.entry(corrections.revoke, 45, purchase_id=1, may_owe=True, actor="scrip")
    html = client.get("/account").text
    assert texts(html, ".balance-figure") == ["−25"]
    assert texts(html, ".balance-unit") == ["credits owed"]
    assert texts(html, ".balance .message") == [
        "You owe 25 credits. They are paid with your next credits."
    ]
    purse.gift(30)
    html = client.get("/account").text
    assert texts(html, ".balance p") == ["5", "credits to use"]


@pytest.mark.parametrize(
    ("days", "reminder"),
    [
        (31, "We remind you 30, 7, and 1 days before."),
        (30, "We remind you 7 and 1 days before."),
        (2, "We remind you 1 day before."),
        (1, ""),
        (0, ""),
    ],
)
def test_what_ends_next_is_named_with_the_reminders_to_come(
    client: FlaskClient, purse: TestWallet, days: int, reminder: str
) -> None:
    purse.gift(20, end_of_day(days + 5))
    purse.gift(50, end_of_day(days))
    html = client.get("/account").text
    title = f"50 gift credits end on {written(days)}"
    assert text_of(find(html, ".ending")) == f"{title}{reminder}"


def test_a_lot_ends_by_the_platforms_calendar(client: FlaskClient, purse: TestWallet) -> None:
    """Caught: by the clock of the reader, for whom the next day has begun."""
    client.set_cookie("zone", "Pacific/Kiritimati")
    purse.bought(7, 1, expires_at=end_of_day(60))
    html = client.get("/account").text
    assert amounts(html) == {f"Bought, until {written(60)}": "7"}
    assert texts(html, ".ending strong") == [f"7 credits end on {written(60)}"]


def test_who_wants_no_reminders_is_promised_none(
    client: FlaskClient, purse: TestWallet, session: Session
) -> None:
    purse.gift(50, end_of_day(40))
    with writing(session):
        session.execute(update(Customer).values(reminders=False))
    html = client.get("/account").text
    assert texts(html, ".ending p") == [f"50 gift credits end on {written(40)}"]
    assert "Reminders off" in texts(html, ".rows .muted")


def test_many_lots_fold(client: FlaskClient, purse: TestWallet) -> None:
    for days in range(9):
        purse.gift(10 + days, end_of_day(days))
    html = client.get("/account").text
    assert texts(html, "summary")[0] == "3 more"
    assert sum(map(int, amounts(html).values())) == 126
    assert len(find_all(html, "details .amounts dt")) == 3


def test_the_statement_is_filtered_and_goes_back_page_by_page(
    client: FlaskClient, purse: TestWallet
) -> None:
    purse.gift(100)
    for _ in range(30):
        purse.spend(1)
    html = client.get("/account").text
    assert len(find_all(html, ".statement-rows > li")) == 25
    assert texts(html, ".adds-up")[0].startswith("The lines add up: − 25 + 95 before ")
    html = client.get(values(html, ".pages a", "href")[0]).text
    assert len(find_all(html, ".statement-rows > li")) == 6
    assert texts(html, ".balance-figure") == ["70"]
    html = client.get("/account?kind=added").text
    assert texts(html, ".statement-rows strong") == ["Gift of 100 credits"]
    assert not find_all(html, ".adds-up")
    yesterday = (datetime.now(ISTANBUL) - timedelta(days=1)).date()
    html = client.get(f"/account?as_of={yesterday}").text
    assert texts(html, "#statement .nothing p") == [
        "There is nothing to show of this kind or time."
    ]
    assert texts(html, ".balance-figure") == ["70"]


@pytest.mark.parametrize(
    "query", [f"before={2**63}", "before=-1", "kind=nonsense", "before=%00", "kind=%00&lang=xx"]
)
def test_what_is_no_filter_filters_nothing(
    client: FlaskClient, purse: TestWallet, query: str
) -> None:
    purse.gift(100)
    answer = client.get(f"/account?{query}")
    assert answer.status_code == 200
    assert len(find_all(answer.text, ".statement-rows > li")) == 1


def test_a_day_that_is_none_is_said(client: FlaskClient, purse: TestWallet) -> None:
    purse.gift(100)
    answer = client.get("/account?as_of=31.2.")
    assert answer.status_code == 422
    assert "31.2." in texts(answer.text, "#statement [role=alert]")[0]


def test_reasons_are_read_only_if_they_are_shown(
    client: FlaskClient, purse: TestWallet, session: Session, ayse: int
) -> None:
    for text, is_shown in (("Thank <b>you</b>", True), ("A secret", False)):
        add_reason(session, ayse, purse.gift(10).seq, text, is_shown=is_shown)
    html = client.get("/account").text
    assert texts(html, ".reason") == ["Thank <b>you</b>"]
    assert "secret" not in html


def test_a_page_asks_as_often_however_much_there_is(
    app: Flask, client: FlaskClient, purse: TestWallet
) -> None:
    with app.app_context():
        engine = db.engine
    counts = []
    for rounds in (1, 12):
        for n in range(rounds):
            purse.gift(20, end_of_day(n))
            purse.hold(3)
        client.get("/account")
        with watching(engine) as asked:
            assert client.get("/account").status_code == 200
        counts.append(len(asked.statements))
    assert counts[0] == counts[1] <= 16, "\n".join(asked.statements)


def test_the_statement_as_a_file(
    client: FlaskClient, purse: TestWallet, session: Session, ayse: int
) -> None:
    """Caught: a reason that is not shown on the page, in the file."""
    add_reason(session, ayse, purse.gift(50).seq, "=HYPERLINK(1)", is_shown=True)
    add_reason(session, ayse, purse.gift(7).seq, "A secret", is_shown=False)
    purse.spend(20, Purpose("call", "c-1"))
    answer = client.get("/account/statement.csv")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Cache-Control"] == "private, no-store"
    head, *lines = list(csv.reader(answer.text.removeprefix("\ufeff").splitlines()))
    assert [(line[0], line[2], line[4], line[5]) for line in lines] == [
        ("3", "20 credits spent on call c-1", "-20", "37"),
        ("2", "Gift of 7 credits", "7", "57"),
        ("1", "Gift of 50 credits", "50", "50"),
    ]
    assert [line[9] for line in lines] == ["", "", "'=HYPERLINK(1)"]
    assert len(head) == 10
    assert len(client.get("/account/statement.csv?kind=added").text.splitlines()) == 3


def test_a_file_of_nothing_and_of_no_day(client: FlaskClient) -> None:
    assert len(client.get("/account/statement.csv").text.splitlines()) == 1
    answer = client.get("/account/statement.csv?as_of=31.2.")
    assert answer.status_code == 400
    assert "31.2." in answer.text
