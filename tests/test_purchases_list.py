"""Purchases: the list, its search and filters, its pages."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.customers import sessions
from domain.database import writing
from extensions import db
from tests.counting import MOST_QUESTIONS, watching
from tests.html import find, find_all, text_of, texts, values
from tests.page_helpers import HTMX
from tests.purchase_rows import (
    LIST,
    add_buyer,
    add_dispute,
    add_purchase,
    add_receipt,
    add_refund,
)

NAMES = ".purchase-customer > a"
STATES = ".purchase-state .state"
DAY = timedelta(days=1)
TODAY = datetime.now(UTC)


def row(html: str) -> list[str]:
    return [text_of(cell) for cell in find_all(html, "tr.purchase > *")]


def chips(html: str) -> dict[str, str]:
    return dict(text.rsplit(" ", 1) for text in texts(html, "#parts a"))


def numbers(html: str) -> list[str]:
    return texts(html, ".purchase-when small")


def test_a_row_says_what_was_bought_and_what_became_of_it(
    signed_in: FlaskClient, session: Session
) -> None:
    buyer = add_buyer(session, "Ayşe Yıldırım")
    id = add_purchase(session, buyer, card_country="TR")
    page = signed_in.get(LIST)
    when, *cells = row(page.text)
    assert when.endswith(f"P-{id}")
    assert cells == [
        *("Paid", "Ayşe Yıldırım", "Startrelease 1", "100 credits", "€20.89", "DE, card TR"),
    ]
    assert values(page.text, ".purchase a", "href") == [f"/purchases/{id}", f"/customers/{buyer}"]
    assert texts(page.text, ".is-other") == ["card TR"]
    assert page.headers["Cache-Control"] == "no-store"
    assert texts(page.text, ".side nav [aria-current=page]")[:1] == ["Purchases"]


def test_each_state_has_a_label_and_a_reason(signed_in: FlaskClient, session: Session) -> None:
    buyer = add_buyer(session, "A")
    answer_by = datetime(TODAY.year, 12, 9, 12, tzinfo=UTC)
    add_purchase(session, buyer, "open")
    add_purchase(session, buyer, "expired")
    add_purchase(session, buyer, "expired", failure="no_funds")
    add_purchase(session, buyer, "failed", failure="bank_failed")
    add_purchase(session, buyer, "processing")
    add_purchase(session, buyer, hold="mismatch")
    add_refund(session, add_purchase(session, buyer, hold="refunded"))
    add_refund(session, add_purchase(session, buyer), 500)
    add_refund(session, add_purchase(session, buyer), 500, "pending")
    add_dispute(session, add_purchase(session, buyer, hold="disputed"), answer_by=answer_by)
    add_dispute(session, add_purchase(session, buyer), "lost")
    page = signed_in.get(LIST).text
    cells = zip(texts(page, "td.purchase-state"), texts(page, "td.purchase-customer"), strict=True)
    assert [*cells][::-1] == [
        ("Not paid yet", "A"),
        ("Expired", "ALeft the payment page"),
        ("Declined", "ANot enough money on the card"),
        ("Declined", "ABank payment did not arrive"),
        ("Confirming", "ABank confirms later"),
        ("Needs a person", "APaid is not what was asked"),
        ("RefundedNeeds a person", "AIn full"),
        ("Refunded", "A€5.00 of €20.89"),
        ("Refunded", "A€5.00 on its way"),
        ("DisputedNeeds a person", "AAnswer by 9 Dec"),
        ("Disputed", "ALost"),
    ]
    assert chips(page) == {
        **{"All": "11", "Paid": "0", "Confirming": "1", "Declined": "2", "Refunded": "3"},
        **{"Disputed": "2", "Expired": "1", "Not paid yet": "1", "Needs a person": "3"},
    }


def test_no_purchases_and_none_that_match(signed_in: FlaskClient, session: Session) -> None:
    page = signed_in.get(LIST).text
    assert texts(page, ".nothing h2") == ["No purchases yet"]
    assert signed_in.get(f"{LIST}purchases.csv").status_code == 200
    add_purchase(session, add_buyer(session))
    page = signed_in.get(f"{LIST}?q=<b>").text
    assert texts(page, ".nothing h2") == ["No purchase matches “<b>”"]
    assert values(page, ".search", "value") == ["<b>"]
    assert texts(signed_in.get(f"{LIST}?market=FR").text, ".nothing h2") == ["No purchase matches"]
    assert texts(signed_in.get(f"{LIST}?below=1").text, ".nothing h2") == ["No more purchases here"]


def test_the_search_knows_numbers_customers_and_receipts(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: a receipt of another year found; a word of the search left out."""
    ayse, james = add_buyer(session, "Ayşe Yıldırım"), add_buyer(session, "James Whitfield")
    add_purchase(session, ayse, id=20431)
    add_purchase(session, james, id=7)
    add_receipt(session, 7, 184)
    found = {
        **dict.fromkeys(("P-20431", "20431", "p-20431", "yil", "ayse yil"), "P-20431"),
        **dict.fromkeys(("TEST-2026-000184", "2026-184", "whit 7", "james"), "P-7"),
        **dict.fromkeys(("2025-000184", "2043", "ayse whit", "james 20431"), ""),
    }
    assert {text: numbers(signed_in.get(f"{LIST}?q={text}").text)[-1:] for text in found} == {
        text: [number] if number else [] for text, number in found.items()
    }


def test_filters_are_kept_by_each_other(signed_in: FlaskClient, session: Session) -> None:
    """Caught: states counted without the market and the days that the list behind them keeps."""
    ayse, james = add_buyer(session, "Ayşe"), add_buyer(session, "James")
    add_purchase(session, ayse, created_at=TODAY - 40 * DAY)
    add_purchase(session, ayse, "expired", created_at=TODAY - 29 * DAY)
    add_purchase(session, ayse, created_at=TODAY - DAY)
    add_purchase(session, james, country="US", currency="USD", name="Pro", package_id=99)
    assert numbers(signed_in.get(f"{LIST}?period=30").text) == ["P-4", "P-3", "P-2"]
    page = signed_in.get(f"{LIST}?market=DE&period=30&q=a").text
    assert numbers(page) == ["P-3", "P-2"]
    assert chips(page)["All"] == "2"
    assert chips(page)["Paid"] == "1"
    assert values(page, "#parts a", "href")[1] == f"{LIST}?q=a&show=paid&market=DE&period=30"
    assert values(page, "#export", "href") == [
        "/purchases/purchases.csv?q=a&market=DE&period=30",
    ]
    assert texts(page, "option[selected]") == ["Germany"]
    assert texts(page, "#period") == ["Last 30 days"]
    assert values(page, "optgroup", "label") == ["Germany", "United States"]
    page = signed_in.get(f"{LIST}?show=paid&package=99").text
    assert (numbers(page), texts(page, "#parts [aria-current]")) == (["P-4"], ["Paid 1"])
    page = signed_in.get(f"{LIST}?customer={james}").text
    assert numbers(page) == ["P-4"]
    assert texts(page, ".filter-line > .chip bdi") == ["James"]


def test_days_are_those_of_the_reader(signed_in: FlaskClient, session: Session) -> None:
    """Caught: the last day left out; days of UTC."""
    buyer = add_buyer(session)
    for hour in (20, 21, 22):
        add_purchase(session, buyer, created_at=datetime(2026, 11, 1, hour, 30, tzinfo=UTC))
    signed_in.set_cookie("zone", "Europe/Istanbul")  # where 21:00 is midnight
    days = {
        "since=2026-11-02": ["P-3", "P-2"],
        "since=2026-11-02&until=2026-11-02&period=30": ["P-3", "P-2"],
        "until=2026-11-01": ["P-1"],
        "since=2026-11-03": [],
        "since=2026-11-02&until=2026-11-01": [],
        "since=9999-12-31&until=0001-01-01": ["P-3", "P-2", "P-1"],
    }
    pages = {query: signed_in.get(f"{LIST}?{query}").text for query in days}
    assert {query: numbers(page) for query, page in pages.items()} == days
    assert [texts(pages[query], "#period") for query in days] == [
        *(["From 2 Nov 2026"], ["2 Nov 2026 – 2 Nov 2026"], ["Until 1 Nov 2026"]),
        *(["From 3 Nov 2026"], ["2 Nov 2026 – 1 Nov 2026"], ["Any time"]),
    ]


def test_the_pages_lead_to_each_other(signed_in: FlaskClient, session: Session) -> None:
    buyer = add_buyer(session)
    for _ in range(51):
        add_purchase(session, buyer)
    first = signed_in.get(f"{LIST}?show=paid").text
    assert texts(first, ".list-foot p") == ["50 of 51 purchases"]
    second = signed_in.get(find(first, "[rel=next]").attributes["href"] or "").text
    assert numbers(second) == ["P-1"]
    assert find_all(second, "[rel=next]") == []
    back = signed_in.get(find(second, "[rel=prev]").attributes["href"] or "").text
    assert numbers(back) == numbers(first)


JUNK = ("%00", "a%00b", "%ED%A0%80", "%ff", "%25_%5C", "x" * 3000, "9" * 40, "2026-" + "9" * 9)


@pytest.mark.on_both
def test_what_no_browser_sends_is_answered(signed_in: FlaskClient, session: Session) -> None:
    """Caught: NUL and half characters handed on to the database; days that no calendar has."""
    add_purchase(session, add_buyer(session))
    names = ("q", "show", "period", "since", "until", "market", "package", "customer", "below")
    for text in JUNK:
        query = "&".join(f"{name}={text}" for name in (*names, "above"))
        for path in (LIST, f"{LIST}purchases.csv"):
            assert signed_in.get(f"{path}?{query}").status_code == 200, text


@pytest.mark.parametrize("path", [LIST, f"{LIST}1", f"{LIST}purchases.csv"])
def test_only_admins_see_purchases(
    client: FlaskClient, app: Flask, session: Session, path: str
) -> None:
    """Caught: pages without the guard, open to a signed-in customer."""
    buyer = add_buyer(session)
    add_purchase(session, buyer)
    with writing(session):
        token = sessions.open_session(session, buyer)
    customer = app.test_client()
    customer.set_cookie("scrip-customer", token)
    for somebody in (client, customer):
        answer = somebody.get(path)
        assert answer.status_code == 302, path
        assert answer.location.startswith("/login?next=")
        assert somebody.get(path, headers=HTMX).status_code == 401


def test_the_list_asks_as_often_for_many_as_for_one(
    signed_in: FlaskClient, app: Flask, session: Session
) -> None:
    with app.app_context():
        engine = db.engine
    asked = []
    for number in (1, 20):
        for _ in range(number):
            add_refund(session, add_purchase(session, add_buyer(session)))
        signed_in.get(LIST)  # notes that somebody is there, once
        with watching(engine) as watched:
            signed_in.get(LIST)
        asked.append(len(watched.statements))
    assert asked[0] == asked[1] <= MOST_QUESTIONS, watched.statements
