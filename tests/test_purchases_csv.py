"""The list of purchases as a file: what is in it, and what spreadsheets make of it."""

import csv
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.purchase_rows import LIST, PAID_AT, add_buyer, add_purchase, add_receipt, add_refund

EXPORT = f"{LIST}purchases.csv"


def rows(client: FlaskClient, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"{EXPORT}{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(answer.data.decode("utf-8-sig").splitlines()))


def test_a_line_for_each_purchase(signed_in: FlaskClient, session: Session) -> None:
    buyer = add_buyer(session, "Ayşe, Yıldırım", email="ayse@posta.example")
    paid = add_purchase(session, buyer, hold="refunded", card_country="TR")
    add_receipt(session, paid, 184)
    for status in ("succeeded", "failed"):
        add_refund(session, paid, 500, status)
    yen = {"currency": "JPY", "price_minor": 5400, "country": "JP", "failure": "no_funds"}
    add_purchase(session, buyer, "expired", **yen)
    first, second = rows(signed_in)
    assert datetime.fromisoformat(first.pop("time")) <= datetime.now(UTC)
    assert datetime.fromisoformat(first.pop("paid_at")) == PAID_AT
    assert list(first.items()) == [
        *(("number", f"P-{paid}"), ("state", "refunded"), ("hold", "refunded"), ("failure", "")),
        *(("receipt", "TEST-2026-000184"), ("mode", "test"), ("customer", str(buyer))),
        *(("customer_name", "Ayşe, Yıldırım"), ("customer_email", "ayse@posta.example")),
        *(("package", "1"), ("package_name", "Start"), ("release", "1"), ("credits", "100")),
        *(("amount", "20.89"), ("tax", "3.34"), ("refunded", "5.00"), ("currency", "EUR")),
        *(("market", "DE"), ("card_country", "TR")),
    ]
    assert (second["state"], second["failure"], second["paid_at"]) == ("declined", "no_funds", "")
    assert (second["amount"], second["market"], second["card_country"]) == ("5400", "JP", "")


def test_what_people_typed_is_no_formula(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a name and a package written as they are."""
    add_purchase(session, add_buyer(session, "=1+1"), name="@SUM(A1)")
    (row,) = rows(signed_in)
    assert (row["customer_name"], row["package_name"]) == ("'=1+1", "'@SUM(A1)")


def test_the_file_has_what_is_selected_in_portions(
    signed_in: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: the last portion left out; the filter of the list forgotten."""
    monkeypatch.setattr("domain.keyset.PORTION_ROWS", 2)
    buyer = add_buyer(session)
    for n in range(5):
        add_purchase(session, buyer, "paid" if n != 2 else "expired")
    assert [row["number"] for row in rows(signed_in)] == ["P-1", "P-2", "P-3", "P-4", "P-5"]
    assert [row["number"] for row in rows(signed_in, "?show=expired")] == ["P-3"]
    assert rows(signed_in, "?q=nobody") == []
    answer = signed_in.get(EXPORT)
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="purchases-20')
