"""The state of a purchase as people see it: by the rules, and as the database finds it."""

from collections import Counter
from itertools import product
from typing import Any, NamedTuple

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from domain.database import writing
from domain.purchases.counting import count_by_state
from domain.purchases.filters import Selection
from domain.purchases.listing import iterate_purchases
from domain.purchases.models import Purchase
from domain.purchases.money_back_models import PaymentDispute, PaymentRefund
from domain.purchases.names import (
    ReceiptNumber,
    name_purchase,
    name_receipt,
    read_purchase,
    read_receipt,
)
from domain.purchases.rules import Failure, Hold, State
from domain.purchases.shown import Shown, shown_state
from tests.conftest import Once
from tests.purchase_rows import add_buyer, frozen_values, values_of_state

HOLDS = (None, Hold.MISMATCH, Hold.REFUNDED)
REFUNDS = (None, "pending", "succeeded", "failed", "canceled", "unknown")
DISPUTES = (None, "open", "won", "lost", "unknown")


class Row(NamedTuple):
    state: str
    failure: str | None = None
    hold: str | None = None


class Status(NamedTuple):
    status: str


@pytest.mark.parametrize(
    ("row", "refund", "dispute", "shown"),
    [
        (Row("open"), None, None, "open"),
        (Row("open", "no_funds"), None, None, "declined"),
        (Row("expired"), None, None, "expired"),
        (Row("expired", "declined"), None, None, "declined"),
        (Row("failed", "bank_failed"), None, None, "declined"),
        (Row("processing"), None, None, "confirming"),
        (Row("paid", "declined"), None, None, "paid"),
        (Row("paid", None, "mismatch"), None, None, "held"),
        (Row("paid", None, "refunded"), "pending", None, "refunded"),
        (Row("paid", None, "refunded"), "failed", None, "held"),
        (Row("paid"), "canceled", "won", "paid"),
        (Row("paid"), "succeeded", "open", "disputed"),
        (Row("paid"), None, "unknown", "disputed"),
    ],
)
def test_what_people_see(row: Row, refund: str | None, dispute: str | None, shown: str) -> None:
    """Caught: a refund that failed counted as one."""
    refunds, disputes = ([Status(status)] if status else [] for status in (refund, dispute))
    assert shown_state(row, refunds, disputes) == shown


def add_all(session: Session) -> None:
    """One purchase of each combination, in few statements."""
    frozen = frozen_values(session, add_buyer(session))
    kinds = list(product(State, (None, Failure.DECLINED), HOLDS, REFUNDS, DISPUTES))
    money: dict[type[PaymentRefund | PaymentDispute], list[dict[str, Any]]] = {
        PaymentRefund: [],
        PaymentDispute: [],
    }
    purchases = []
    for id, (state, failure, hold, refund, dispute) in enumerate(kinds, start=1):
        of_state = {"failure": failure, "hold": hold, **values_of_state(state)}
        purchases.append({"id": id, "key": f"{id:032}", **frozen, **of_state})
        for table, status in ((PaymentRefund, refund), (PaymentDispute, dispute)):
            if status:
                amount = {"amount_minor": 1, "currency": "EUR", "ref": f"re_{id}"}
                money[table].append({"purchase_id": id, "status": status, **amount})
    with writing(session):
        session.execute(insert(Purchase), purchases)
        for table, rows in money.items():
            session.execute(insert(table), rows)


def test_the_database_finds_what_the_rule_says(session: Session, once: Once) -> None:
    """Of every state, with every kind of refund and dispute. Caught: a purchase that is disputed
    and refunded found twice; a refund that failed hiding a paid one; purchases that wait for a
    person because of a refund left out of those that wait."""
    once(add_all)
    every = {one.id: one for one in iterate_purchases(session, Selection())}
    assert len(every) == len(State) * 2 * len(HOLDS) * len(REFUNDS) * len(DISPUTES)
    for shown in Shown:
        found = {one.id for one in iterate_purchases(session, Selection(show=shown))}
        is_held = shown == Shown.HELD
        assert found == {
            id for id, one in every.items() if (one.hold if is_held else one.shown == shown)
        }, shown
    counts = count_by_state(session)
    waiting = sum(one.hold is not None for one in every.values())
    assert counts.total == len(every)
    expected = Counter(one.shown for one in every.values()) | {Shown.HELD: waiting}
    assert counts.of == expected


def test_numbers_are_read_as_they_are_shown() -> None:
    for typed in ("P-20431", "p-20431", "20431", "P20431", "٢٠٤٣١"):
        assert read_purchase(typed) == 20431
    assert name_purchase(20431) == "P-20431"
    for typed in ("TEST-2026-000184", "2026-000184", "2026-184", "test-2026-184"):
        assert read_receipt(typed) == ReceiptNumber(2026, 184)
    assert name_receipt("R", 2026, 184) == "2026-000184"
    assert name_receipt("TEST", 2026, 1_234_567) == "TEST-2026-1234567"
    for typed in ("", "P-", "x7", "9" * 20, "-7", "P-9223372036854775808"):
        assert read_purchase(typed) is None
    for typed in ("2026-7KQD-000184", "test-2026-7kqd-184"):
        assert read_receipt(typed) == ReceiptNumber(2026, 184, "7KQD")
    assert name_receipt("R/7KQD", 2026, 184) == "2026-7KQD-000184"
    assert name_receipt("TEST/7KQD", 2026, 184) == "TEST-2026-7KQD-000184"
    assert name_receipt("TEST-CN/7KQD", 2026, 184) == "TEST-CN-2026-7KQD-000184"
    for typed in ("", "2026-", "26-1", "2026-" + "9" * 20, "2026-7KO1-000184", "2026-7KQ-000184"):
        assert read_receipt(typed) is None
