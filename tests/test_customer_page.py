"""A customer's page: what they hold, the statement, tags, sign-ins."""

import csv
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from blueprints.customers.figures import describe_end
from blueprints.customers.page import PURCHASES
from blueprints.zones import today
from domain.customers import sessions
from domain.customers.rules import MOST_TAGS
from domain.customers.tags import add_tag, tags_of
from domain.database import writing
from domain.ledger import corrections
from domain.ledger.rules import Purpose
from domain.ledger.wallets import block_wallet, close_wallet
from extensions import db
from tests.clock import set_clock
from tests.counting import watching
from tests.customer_wallets import add_platforms_customer, add_reason, add_wallet, give_for_a_reason
from tests.customers import add_customer
from tests.html import find, find_all, text_of, texts, values
from tests.page_helpers import post
from tests.purchase_rows import add_purchase
from tests.receipts import add_receipt
from tests.wallets import TestWallet

DAY = timedelta(days=1)
# What the page asks, however much there is to show.
MOST_STATEMENTS = 34


def add_busy_customer(session: Session) -> tuple[int, TestWallet]:
    """1,000 bought and 50 given, of which 40 are spent and 60 held."""
    customer = add_customer(session)
    wallet = add_wallet(session, customer)
    wallet.bought(1000, 1)
    end = datetime.now(UTC) + 13 * DAY
    give_for_a_reason(wallet, customer, 50, "Call dropped", expires_at=end)
    wallet.spend(40, Purpose("event", "tax"))
    for id in ("A-17", "A-18"):
        wallet.hold(30, Purpose("appointment", id), lasts=5 * DAY)
    return customer, wallet


def figures(html: str) -> list[str]:
    return texts(html, ".figures > div")


def lines(html: str) -> list[str]:
    return texts(html, ".statement tbody .line-what strong")


def test_what_a_customer_holds_in_words(signed_in: FlaskClient, session: Session) -> None:
    customer, wallet = add_busy_customer(session)
    page = signed_in.get(f"/customers/{customer}").text
    assert text_of(find(page, "h1")) == "Ayşe Yıldırım"
    assert figures(page) == [
        "Free 950 bought 950",
        "Held 60 2 appointments",
        "Next to end – nothing ends",
        "Paid so far – 0 purchases",
    ]
    gift, bought = find_all(page, ".lots tbody tr")
    assert "is-soon" in (gift.attributes["class"] or "")
    assert text_of(gift).startswith("Gift,")
    assert "Call dropped 50 0 10" in text_of(gift)
    assert text_of(bought).endswith("1,000 950 50 Does not end")
    assert text_of(find(page, ".adds-up")) == "The lines add up: +1,050 − 100 = 950 free"
    wallet.gift(7, datetime.now(UTC) + 20 * DAY)
    page = signed_in.get(f"/customers/{customer}").text
    assert figures(page)[0] == "Free 957 bought 950, gift 7"
    assert figures(page)[2].startswith("Gift, next to end 7 on ")


@pytest.mark.parametrize(
    ("days", "says"), [(0, "today"), (-1, "today"), (1, "in 1 day"), (13, "in 13 days")]
)
def test_how_soon_credits_end(app: Flask, days: int, says: str) -> None:
    with app.test_request_context():
        assert describe_end(today() + days * DAY).endswith(f", {says}")


def test_what_is_owed_and_frozen_is_told_apart(signed_in: FlaskClient, session: Session) -> None:
    customer = add_customer(session)
    wallet = add_wallet(session, customer)
    wallet.bought(100, 1)
    wallet.spend(100)
    wallet.do(corrections.revoke, 30, purchase_id=1, may_owe=True, actor="scrip")
    page = signed_in.get(f"/customers/{customer}").text
    assert figures(page)[3:-1] == ["Owed 30 paid with the next credits"]
    wallet.bought(50, 2)
    wallet.do(corrections.freeze, 20, purchase_id=2, actor="scrip")
    page = signed_in.get(f"/customers/{customer}").text
    assert figures(page)[3:-1] == ["Frozen 20 while a payment is disputed"]
    assert texts(page, ".lots thead th")[4] == "Frozen"


def test_purchases_stand_beside_and_in_the_statement(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: the purchases of all customers."""
    customer, paid = add_customer(session), 0
    add_purchase(session, add_customer(session, email="bora@posta.example"), name="Bora's")
    assert "Nothing bought yet." in signed_in.get(f"/customers/{customer}").text
    for n in range(PURCHASES):
        paid = add_purchase(session, customer, currency="GBP" if n else "EUR")
    add_purchase(session, customer, "failed", failure="declined")
    add_receipt(session, paid)
    add_wallet(session, customer).bought(100, paid)
    page = signed_in.get(f"/customers/{customer}").text
    assert figures(page)[3] == "Paid so far €20.89 + £83.56 5 purchases"
    assert len(find_all(page, ".bought li")) == PURCHASES
    assert text_of(find_all(page, ".bought li")[0]).endswith("· Declined €20.89")
    assert values(page, "#purchases .panel-title a", "href") == [f"/purchases/?customer={customer}"]
    assert values(page, ".line-what a", "href") == [f"/purchases/{paid}"]
    assert text_of(find(page, ".line-what strong")) == "Bought: Start"
    assert text_of(find(page, ".line-what a")) == "Receipt \u2068TEST-2026-000184\u2069"
    assert text_of(find(page, ".lots tbody th")).startswith("\u2068Start\u2069, ")


def test_a_customer_without_credits_has_a_page(signed_in: FlaskClient, session: Session) -> None:
    customer = add_customer(session, "a@posta.example", "", country=None)
    page = signed_in.get(f"/customers/{customer}").text
    assert text_of(find(page, "h1")) == "a@posta.example"
    assert [line.split()[:2] for line in figures(page)[:2]] == [["Free", "0"], ["Held", "0"]]
    assert texts(page, ".state") == ["Invited"]
    assert "No credits." in page
    assert "Nothing happened yet." in page
    assert signed_in.get(f"/customers/{customer}/statement.csv").text.count("\n") == 1


def test_what_is_due_is_counted_as_written(
    app: Flask, signed_in: FlaskClient, session: Session
) -> None:
    """Caught: lots read from their rows alone, beside a statement that says that they ended."""
    customer = add_customer(session)
    wallet = add_wallet(session, customer)
    wallet.gift(5, datetime.now(UTC) + timedelta(minutes=1))
    wallet.bought(2, 1)
    session.rollback()
    with app.app_context():
        engine = db.engine
    with set_clock(engine) as clock:
        clock.set(datetime.now(UTC) + timedelta(minutes=2))
        page = signed_in.get(f"/customers/{customer}").text
    assert figures(page)[0] == "Free 2 bought 2"
    assert lines(page)[0] == "5 credits expired"
    assert text_of(find(page, ".adds-up")) == "The lines add up: +7 − 5 = 2 free"


def test_a_wallet_that_is_blocked_or_closed_says_so(
    signed_in: FlaskClient, session: Session
) -> None:
    customer = add_customer(session)
    wallet = add_wallet(session, customer)
    with writing(session):
        block_wallet(session, wallet.id, reason="dispute")
    assert "This wallet is blocked" in signed_in.get(f"/customers/{customer}").text
    with writing(session):
        close_wallet(session, wallet.id)
    assert "This wallet is closed for good" in signed_in.get(f"/customers/{customer}").text


def test_the_statement_by_kind_and_page_and_day(signed_in: FlaskClient, session: Session) -> None:
    customer, _wallet = add_busy_customer(session)
    address = f"/customers/{customer}"
    page = signed_in.get(f"{address}?kind=spent").text
    assert lines(page) == ["40 credits spent on event tax"]
    assert not find_all(page, ".adds-up")
    assert text_of(find(page, ".statement-filter summary")) == "As of today, Spent"
    page = signed_in.get(f"{address}?before=3").text
    assert lines(page) == ["Gift of 50 credits", "1,000 credits bought"]
    page = signed_in.get(f"{address}?as_of=2026-01-01").text
    assert lines(page) == []
    assert text_of(find(page, ".balance-then")) == "At the end of 1 Jan 2026: 0 free"
    page = signed_in.get(f"{address}?as_of=31.2.").text
    assert "There is no statement for “31.2.”" in page
    assert len(lines(page)) == 5
    assert signed_in.get(f"{address}/statement.csv?as_of=31.2.").status_code == 400


def test_a_statement_is_there_as_a_file(
    signed_in: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: the last portion left out; a reason that a spreadsheet takes for a formula."""
    monkeypatch.setattr("blueprints.statement_lines.PORTION", 2)
    customer, wallet = add_busy_customer(session)
    taken = wallet.entry(corrections.adjust, -20, reason="typo", actor="admin:1")
    add_reason(session, customer, taken.seq, "=1+1\nsecond line", is_shown=True)
    answer = signed_in.get(f"/customers/{customer}/statement.csv")
    head, *rows = csv.reader(answer.text.removeprefix("\ufeff").splitlines(keepends=True))
    assert head[:2] == ["number", "time"]
    assert [row[0] for row in rows] == ["6", "5", "4", "3", "2", "1"]
    assert rows[0][2:] == [
        *("Correction: 20 credits removed", "Bought credits: 20 taken back"),
        *("-20", "930", "60", "0", "0", "'=1+1\nsecond line"),
    ]
    assert datetime.fromisoformat(rows[0][1]).tzinfo == UTC
    spent = signed_in.get(f"/customers/{customer}/statement.csv?kind=spent").text
    assert spent.count("\n") == 2


def test_more_to_show_takes_no_more_statements(
    app: Flask, signed_in: FlaskClient, session: Session
) -> None:
    customer, wallet = add_busy_customer(session)
    with app.app_context():
        engine: Engine = db.engine
    counts = []
    for _ in range(2):
        signed_in.get(f"/customers/{customer}")
        with watching(engine) as asked:
            assert signed_in.get(f"/customers/{customer}?as_of=2030-01-01").status_code == 200
        counts.append(len(asked.statements))
        for n in range(20):
            given = wallet.gift(10, datetime.now(UTC) + n * DAY + DAY)
            add_reason(session, customer, given.seq, "Thank you", is_shown=True)
        with writing(session):
            sessions.open_session(session, customer, "Chrome")
            add_tag(session, customer, "VIP")
    assert counts[0] == counts[1] <= MOST_STATEMENTS, "\n".join(asked.statements)


def test_a_reason_that_was_changed_since_is_marked(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: a note shown as the reason of an entry that it does not fit."""
    customer = add_customer(session)
    wallet = add_wallet(session, customer)
    give_for_a_reason(wallet, customer, 5, "Call dropped")
    add_reason(session, customer, wallet.gift(5).seq, "Because", is_shown=False)
    page = signed_in.get(f"/customers/{customer}").text
    assert texts(page, ".line-what small") == [
        "Because · Ana · not shown to the customer Changed since",
        "Call dropped · Ana · not shown to the customer",
    ]


def test_names_and_tags_are_text(signed_in: FlaskClient, session: Session) -> None:
    customer = add_customer(session, name="<script>alert(1)</script>")
    other = add_customer(session, name="محمد الأحمد", email="m@posta.example", language="ar")
    with writing(session):
        add_tag(session, customer, "<b>VIP</b>")
    page = signed_in.get(f"/customers/{customer}").text
    assert text_of(find(page, "h1")) == "<script>alert(1)</script>"
    assert texts(page, ".customer-name .tag") == ["<b>VIP</b>"]
    page = signed_in.get(f"/customers/{other}").text
    assert find(page, "h1").attributes["dir"] == "auto"


def test_whose_platform_it_is(signed_in: FlaskClient, session: Session) -> None:
    customer = add_platforms_customer(session, "Lotus app", "u_81834", removed_at=datetime.now(UTC))
    page = signed_in.get(f"/customers/{customer}").text
    assert text_of(find(page, "h1")) == f"Customer {customer}"
    assert "Lotus app · u_81834" in texts(page, ".facts dd")


@pytest.mark.parametrize("path", ["", "/contact", "/statement.csv"])
def test_who_is_not_there_is_not_found(signed_in: FlaskClient, path: str) -> None:
    for id in ("7", "0", "9223372036854775808", "x"):
        answer = signed_in.get(f"/customers/{id}{path}")
        assert answer.status_code == 404
        # Caught: an admin led on to the buyers' packages.
        assert "/customers/" in values(answer.text, ".lone-links a", "href")


@pytest.mark.parametrize(
    "path", ["contact", "notes", "tags", "tags/remove", "sign-ins/end", "sign-ins/1/end"]
)
def test_nothing_is_written_about_who_is_not_there(signed_in: FlaskClient, path: str) -> None:
    assert post(signed_in, f"/customers/7/{path}", {"text": "a", "tag": "a"}).status_code == 404


def test_tags_are_added_and_removed(signed_in: FlaskClient, session: Session) -> None:
    customer = add_customer(session)
    other = add_customer(session, email="b@posta.example")
    with writing(session):
        add_tag(session, other, "Beta")
    address = f"/customers/{customer}"
    for typed in ("VIP", " vip ", "ÉTÉ"):
        assert post(signed_in, f"{address}/tags", {"tag": typed}).status_code == 303
    page = signed_in.get(address).text
    assert texts(page, ".customer-name .tag") == ["ÉTÉ", "VIP"]
    assert values(page, "#known-tags option", "value") == ["Beta"]
    answer = post(signed_in, f"{address}/tags", {"tag": "x" * 31})
    assert answer.status_code == 422
    assert values(answer.text, "#tag-tag", "value") == ["x" * 31]
    assert "The tag is too long." in answer.text
    for _ in range(2):
        assert post(signed_in, f"{address}/tags/remove", {"tag": "VIP"}).status_code == 303
    assert tags_of(session, customer) == ["ÉTÉ"]
    assert tags_of(session, other) == ["Beta"]


def test_one_tag_too_many_is_refused(signed_in: FlaskClient, session: Session) -> None:
    customer = add_customer(session)
    with writing(session):
        for n in range(MOST_TAGS):
            add_tag(session, customer, f"tag {n}")
    answer = post(signed_in, f"/customers/{customer}/tags", {"tag": "one more"})
    assert answer.status_code == 422
    assert "at most 20 tags" in answer.text


def test_sign_ins_are_ended(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the sign-in of another customer ended by its number."""
    customer = add_customer(session)
    other = add_customer(session, email="b@posta.example")
    with writing(session):
        for who in (customer, customer, other):
            sessions.open_session(session, who, "Chrome, Android")
    ids = [one.id for who in (customer, other) for one in sessions.list_sessions(session, who)]
    page = signed_in.get(f"/customers/{customer}").text
    assert [text.split(" last")[0] for text in texts(page, ".sign-ins p")] == [
        "Chrome, Android"
    ] * 2
    for id in (ids[0], ids[0], ids[2]):
        assert post(signed_in, f"/customers/{customer}/sign-ins/{id}/end").status_code == 303
    session.rollback()
    assert [len(sessions.list_sessions(session, who)) for who in (customer, other)] == [1, 1]
    assert post(signed_in, f"/customers/{customer}/sign-ins/end").status_code == 303
    session.rollback()
    assert [len(sessions.list_sessions(session, who)) for who in (customer, other)] == [0, 1]
