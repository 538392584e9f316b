"""Customers: the list, its search and filters, its pages."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.customers import sessions
from domain.customers.customers import add_by_hand
from domain.customers.models import CustomerTag
from domain.database import writing
from domain.ledger import acts
from domain.ledger.wallets import open_wallet
from extensions import db
from tests.counting import MOST_QUESTIONS, watching
from tests.customers import LIST, add_customer
from tests.html import find, find_all, text_of, texts, values
from tests.page_helpers import HTMX

NAMES = ".customer-name > a"
AFTER_NEW_YEAR = datetime(2031, 1, 1, tzinfo=UTC)


@pytest.fixture
def ayse(session: Session) -> int:
    return add_customer(session, "ayse@posta.example", "Ayşe Yıldırım", country="TR")


def row(html: str) -> list[str]:
    return [text_of(cell) for cell in find_all(html, "tr.customer > *")]


def test_a_row_says_who_they_are_and_what_they_have(
    signed_in: FlaskClient, session: Session, ayse: int
) -> None:
    """Caught: a gift "until 1 Jan", which ends with the last moment of the day before."""
    with writing(session):
        sessions.open_session(session, ayse)
        session.add(CustomerTag(customer_id=ayse, tag="VIP"))
        wallet = open_wallet(session, ayse, mode="test")
        terms = {"kind": "gift", "source": "a", "actor": "x", "expires_at": AFTER_NEW_YEAR}
        acts.grant(session, wallet, 1250, **terms)  # type: ignore[arg-type]
    page = signed_in.get(LIST)
    number, name, country, tags, free, held, gift, joined = row(page.text)
    assert (number, country, tags, free, held) == (str(ayse), "Türkiye", "VIP", "1,250", "")
    assert name == "Ayşe Yıldırımayse@posta.example"
    assert gift == "1,250 until 31 Dec 2030"
    assert joined.endswith(str(datetime.now(UTC).year))
    assert values(page.text, NAMES, "href") == [f"/customers/{ayse}"]
    assert page.headers["Cache-Control"] == "no-store"


def test_who_never_signed_in_is_invited_and_has_no_credits(
    signed_in: FlaskClient, session: Session
) -> None:
    add_customer(session, "a@posta.example", "", country=None)
    page = signed_in.get(LIST).text
    assert row(page)[1:5] == ["a@posta.example", "", "Invited", "0"]
    assert texts(page, ".list-foot p") == ["1 of 1 customer"]


def test_no_customers_yet(signed_in: FlaskClient) -> None:
    page = signed_in.get(LIST).text
    assert texts(page, ".nothing h2") == ["No customers yet"]
    assert values(page, "main a", "href") == ["/customers/add"]


@pytest.mark.usefixtures("ayse")
def test_nobody_matches(signed_in: FlaskClient) -> None:
    page = signed_in.get(f"{LIST}?q=<b>").text
    assert texts(page, ".nothing h2") == ["No customer matches “<b>”"]
    assert values(page, ".search", "value") == ["<b>"]
    assert texts(signed_in.get(f"{LIST}?country=FR").text, ".nothing h2") == ["No customer matches"]
    assert texts(signed_in.get(f"{LIST}?below=1").text, ".nothing h2") == ["No more customers here"]


@pytest.mark.usefixtures("ayse")
def test_filters_are_kept_by_each_other_and_counted_alone(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: counts of all beside a search, which the list behind them does not keep."""
    add_customer(session, "b@posta.example", "", country="DE")
    page = signed_in.get(LIST).text
    assert texts(page, "#parts a") == ["Gifts ending soon 0", "Owes credits 0", "Invited 2"]
    assert texts(page, "select[name=country] option") == ["Any country", "Germany", "Türkiye"]
    page = signed_in.get(f"{LIST}?q=a&country=TR&show=invited").text
    assert texts(page, NAMES) == ["Ayşe Yıldırım"]
    assert texts(page, "#parts a") == ["Gifts ending soon", "Owes credits", "Invited"]
    assert values(page, "#parts a", "href") == [
        f"{LIST}?q=a&country=TR&show={part}" for part in ("ending-gifts", "owes")
    ] + [f"{LIST}?q=a&country=TR"]
    assert texts(page, "#parts [aria-current]") == ["Invited"]
    assert values(page, "#export", "href") == [
        "/customers/customers.csv?q=a&country=TR&show=invited"
    ]
    assert texts(page, "option[selected]") == ["Türkiye"]


def test_the_pages_lead_to_each_other(signed_in: FlaskClient, session: Session) -> None:
    with writing(session):
        for n in range(51):
            add_by_hand(session, email=f"{n}@posta.example", name="", language="en")
    first = signed_in.get(f"{LIST}?show=invited").text
    assert texts(first, ".list-foot p") == ["50 of 51 customers"]
    second = signed_in.get(find(first, "[rel=next]").attributes["href"] or "").text
    assert texts(second, NAMES) == ["0@posta.example"]
    assert find_all(second, "[rel=next]") == []
    back = signed_in.get(find(second, "[rel=prev]").attributes["href"] or "").text
    assert texts(back, NAMES) == texts(first, NAMES)


@pytest.mark.on_both
@pytest.mark.usefixtures("ayse")
@pytest.mark.parametrize(
    "text", ["%00", "a%00b", "%ED%A0%80", "%ff", "%25_%5C", "x" * 3000, "1" * 40]
)
def test_what_no_browser_sends_finds_nobody(signed_in: FlaskClient, text: str) -> None:
    """Caught: NUL and half characters handed on to the database."""
    for name in ("q", "country", "tag", "show", "below", "above"):
        answer = signed_in.get(f"{LIST}?{name}={text}")
        assert answer.status_code == 200
        assert signed_in.get(f"{LIST}customers.csv?{name}={text}").status_code == 200


@pytest.mark.parametrize("path", [LIST, f"{LIST}add", f"{LIST}customers.csv"])
def test_only_admins_see_customers(
    client: FlaskClient, app: Flask, session: Session, ayse: int, path: str
) -> None:
    """Caught: pages without the guard, open to a signed-in customer."""
    with writing(session):
        token = sessions.open_session(session, ayse)
    customer = app.test_client()
    customer.set_cookie("scrip-customer", token)
    for somebody in (client, customer):
        answer = somebody.get(path)
        assert answer.status_code == 302
        assert answer.location.startswith("/login?next=")
        assert somebody.get(path, headers=HTMX).status_code == 401


def test_the_list_asks_as_often_for_many_as_for_one(
    signed_in: FlaskClient, app: Flask, session: Session
) -> None:
    with app.app_context():
        engine = db.engine
    asked = []
    for number in (1, 20):
        for n in range(number):
            id = add_customer(session, f"{number}.{n}@posta.example", "")
            with writing(session):
                open_wallet(session, id, mode="test")
        signed_in.get(LIST)  # notes that somebody is there, once
        with watching(engine) as watched:
            signed_in.get(LIST)
        asked.append(len(watched.statements))
    assert asked[0] == asked[1] <= MOST_QUESTIONS, watched.statements
