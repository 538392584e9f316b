"""The list of customers as a file: what is in it, and what spreadsheets make of it."""

import csv
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.customers import sessions
from domain.customers.models import CustomerTag
from domain.database import writing
from domain.ledger import acts
from domain.ledger.rules import Purpose
from domain.ledger.wallets import open_wallet
from tests.customers import LIST, add_customer

EXPORT = f"{LIST}customers.csv"
HEADINGS = (
    *("number", "name", "email", "country", "language", "tags", "joined", "last_sign_in"),
    *("free", "held", "owed", "gift_next_to_end", "gift_ends_at"),
)
NEW_YEAR = datetime(2031, 1, 1, tzinfo=UTC)


def rows(client: FlaskClient, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"{EXPORT}{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(answer.data.decode("utf-8-sig").splitlines()))


def test_a_line_for_each_customer(signed_in: FlaskClient, session: Session) -> None:
    with_credits = add_customer(session, "ayse@posta.example", "Ayşe, Yıldırım", country="TR")
    add_customer(session, "b@posta.example", "")
    with writing(session):
        sessions.open_session(session, with_credits)
        session.add_all(CustomerTag(customer_id=with_credits, tag=tag) for tag in ("VIP", "Beta"))
        wallet = open_wallet(session, with_credits, mode="test")
        acts.grant(session, wallet, 1250, kind="gift", source="a", actor="x", expires_at=NEW_YEAR)
        acts.hold(session, wallet, 50, Purpose("call", "1"), lasts=timedelta(1), actor="x")
    first, second = rows(signed_in)
    assert tuple(first) == HEADINGS
    joined, last = first.pop("joined"), first.pop("last_sign_in")
    assert datetime.fromisoformat(joined) <= datetime.fromisoformat(last) <= datetime.now(UTC)
    assert tuple(first.values()) == (
        *("1", "Ayşe, Yıldırım", "ayse@posta.example", "TR", "tr", "Beta, VIP"),
        *("1200", "50", "0", "1200", "2031-01-01T00:00:00Z"),
    )
    assert [*second.values()][7:] == ["", "0", "0", "0", "", ""]


def test_excel_knows_that_it_is_unicode_and_browsers_keep_it(signed_in: FlaskClient) -> None:
    answer = signed_in.get(EXPORT)
    assert answer.data == b"\xef\xbb\xbf" + ",".join(HEADINGS).encode() + b"\r\n"
    assert answer.mimetype == "text/csv"
    name = f"customers-{datetime.now(UTC):%Y-%m-%d}.csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["Cache-Control"] == "no-store"


def test_all_pages_of_what_is_selected(
    signed_in: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.keyset.PORTION_ROWS", 2)
    for n in range(5):
        add_customer(session, f"elif{n}@posta.example", "Elif", country="TR" if n else "DE")
    add_customer(session, "b@posta.example", "")
    query = "?q=elif&country=TR&show=invited&below=3"
    assert [row["number"] for row in rows(signed_in, query)] == ["2", "3", "4", "5"]


def test_names_and_emails_are_no_formulas(signed_in: FlaskClient, session: Session) -> None:
    """Caught: cells as they are typed."""
    add_customer(session, "=cmd@posta.example", "@SUM(1+1)*cmd|' /C calc'!A0")
    [row] = rows(signed_in)
    assert (row["name"][:2], row["email"][:2]) == ("'@", "'=")
