"""A statement as admins and its customer read it."""

from datetime import date, timedelta

import pytest
from flask import Flask, get_template_attribute
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from blueprints import statement_lines
from blueprints.statement_lines import Asked, Statement, add_up, read_asked, read_statement
from blueprints.zones import today
from domain.ledger.lines import Balance, Line
from tests.clock import NOON
from tests.customer_wallets import add_reason, add_wallet
from tests.customers import add_customer
from tests.html import find_all, text_of, texts
from tests.wallets import TestWallet


def lines_of(changes: list[int]) -> list[Line]:
    """The newest first."""
    lines, free = [], 0
    for seq, change in enumerate(changes, start=1):
        free += change
        at = NOON
        rest = (None, None, None, None, "scrip", ())
        lines.append(Line(seq, at, "grant", abs(change), change, Balance(at, free), *rest))
    return lines[::-1]


@given(changes=st.lists(st.integers(-50, 50), min_size=1), size=st.integers(1, 9))
def test_each_page_of_lines_leads_to_the_page_before(changes: list[int], size: int) -> None:
    """Caught: the credits before the oldest line taken for those after it."""
    lines = lines_of(changes)
    pages = [add_up(lines[first : first + size]) for first in range(0, len(lines), size)]
    after = sum(changes)
    for page in pages:
        assert page
        assert page.is_right
        assert page.after == after
        after = page.before
    assert after == 0


def test_lines_that_miss_one_do_not_add_up() -> None:
    first, _missing, last = lines_of([5, -2, 3])
    sums = add_up([first, last])
    assert sums
    assert not sums.is_right


@pytest.mark.parametrize(
    ("query", "day", "says"),
    [
        ("", None, ""),
        ("as_of=2026-02-28", date(2026, 2, 28), ""),
        ("as_of=2999-01-01", None, ""),
        ("as_of=31.2.", None, "no statement for “31.2.”."),
        ("as_of=٢٠٢٦-٠٢-٢٨", date(2026, 2, 28), ""),
        ("as_of=20260228", None, "no statement for “20260228”."),
        ("as_of=2026-02-30", None, "no statement for “2026-02-30”."),
        ("as_of=0001-01-01", None, "no statement for “0001-01-01”."),
    ],
)
def test_a_day_in_the_address(app: Flask, query: str, day: date | None, says: str) -> None:
    with app.test_request_context(f"/?{query}&kind=nonsense&before=9223372036854775808"):
        asked = read_asked()
    assert asked[:3] == (day, None, None)
    assert (says in asked.problem) if says else not asked.problem


def asked_in(app: Flask, query: str, customer_id: int, wallet: TestWallet) -> Statement:
    with app.test_request_context(f"/?{query}"):
        return read_statement(customer_id, wallet.id, read_asked(), is_for_customer=False)


def test_pages_kinds_and_days(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement_lines, "LINES", 2)
    customer = add_customer(session)
    wallet = add_wallet(session, customer)
    for credits in (5, 10, 20):
        wallet.gift(credits)
    wallet.spend(3)
    first = asked_in(app, "", customer, wallet)
    assert [line.credits for line in first.lines] == [-3, 20]
    assert first.sums
    assert first.sums[2:] == (20, 3, 32)
    second = asked_in(app, f"before={first.older}", customer, wallet)
    assert ([line.credits for line in second.lines], second.older) == ([10, 5], None)
    added = asked_in(app, "kind=added", customer, wallet)
    assert ([line.credits for line in added.lines], added.sums) == ([20, 10], None)
    yesterday = asked_in(app, f"as_of={today_in(app) - timedelta(days=1)}", customer, wallet)
    assert yesterday.lines == []
    assert yesterday.balance
    assert yesterday.balance.free == 0


def today_in(app: Flask) -> date:
    with app.test_request_context():
        return today()


def test_who_has_no_wallet_has_no_lines(app: Flask) -> None:
    with app.test_request_context():
        assert read_statement(7, None, Asked(), is_for_customer=True).lines == []


def test_a_customer_reads_reasons_that_are_shown_to_them(app: Flask, session: Session) -> None:
    """Caught: `is_shown` not looked at; the reason as HTML."""
    customer = add_customer(session)
    wallet = add_wallet(session, customer)
    for n, is_shown in enumerate((True, False), start=1):
        wallet.gift(1000)
        add_reason(session, customer, n, f"<b>reason {n}</b>", is_shown=is_shown)
    with app.test_request_context():
        theirs, ours = (
            read_statement(customer, wallet.id, Asked(), is_for_customer=is_for_customer)
            for is_for_customer in (True, False)
        )
        rows = written("rows", theirs, "statement")
        sums = written("adding_up", ours)
    assert texts(rows, "strong") == ["Gift of 1,000 credits"] * 2
    assert texts(rows, ".reason") == ["<b>reason 1</b>"]
    assert "reason 2" not in rows
    assert [line.reason.text for line in ours.lines if line.reason] == [
        *("<b>reason 2</b>", "<b>reason 1</b>"),
    ]
    assert text_of(find_all(sums, "p")[0]) == "The lines add up: +2,000 = 2,000 free"


def written(macro: str, *args: object) -> str:
    return str(get_template_attribute("macros/statement.html", macro)(*args))
