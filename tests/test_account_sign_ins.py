"""Sign-ins: the browsers in which a customer is signed in, and how they end."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.customers.models import CustomerSession
from domain.customers.sessions import open_session
from domain.database import writing
from tests.account_pages import customer_client
from tests.customers import add_customer
from tests.html import texts
from tests.page_helpers import post

SIGN_INS = "/account/sign-ins"


@pytest.fixture
def ayse(session: Session) -> int:
    return add_customer(session, language="en")


@pytest.fixture
def client(app: Flask, engine: Engine, session: Session, ayse: int) -> FlaskClient:
    """Her browser is the second that she signed in with; a third one has no name."""
    with writing(session):
        open_session(session, ayse, "Firefox, <Windows>")
    client = customer_client(app, engine, ayse)
    with writing(session):
        open_session(session, ayse)
    return client


def ids(session: Session, customer_id: int) -> list[int]:
    session.rollback()
    rows = select(CustomerSession.id).where(CustomerSession.customer_id == customer_id)
    return list(session.scalars(rows.order_by(CustomerSession.id)))


def test_each_is_listed_and_this_one_is_named(client: FlaskClient) -> None:
    html = client.get(SIGN_INS).text
    assert sorted(texts(html, ".row strong")) == sorted(
        ["Unknown device", "Unknown device", "Firefox, <Windows>"]
    )
    assert texts(html, ".row .state") == ["This one"]


def test_one_is_signed_out(client: FlaskClient, session: Session, ayse: int) -> None:
    first, mine, last = ids(session, ayse)
    answer = post(client, f"{SIGN_INS}/{first}/end")
    assert (answer.status_code, answer.location) == (303, SIGN_INS)
    assert ids(session, ayse) == [mine, last]
    again = post(client, f"{SIGN_INS}/{first}/end")
    assert again.status_code == 404
    assert "ended already" in again.text


def test_signing_out_here_leads_to_the_door(
    client: FlaskClient, session: Session, ayse: int
) -> None:
    first, mine, last = ids(session, ayse)
    answer = post(client, f"{SIGN_INS}/{mine}/end")
    assert (answer.status_code, answer.location) == (303, "/account/sign-in")
    assert client.get_cookie("scrip-customer") is None
    assert ids(session, ayse) == [first, last]


def test_all_are_signed_out_at_once_and_no_one_elses(
    app: Flask, engine: Engine, client: FlaskClient, session: Session, ayse: int
) -> None:
    """Caught: the sessions of all customers deleted."""
    bob = add_customer(session, name="Bob", email="bob@posta.example")
    other = customer_client(app, engine, bob)
    elsewhere = customer_client(app, engine, ayse)
    answer = post(client, f"{SIGN_INS}/end")
    assert (answer.status_code, answer.location) == (303, "/account/sign-in")
    assert ids(session, ayse) == []
    assert len(ids(session, bob)) == 1
    assert elsewhere.get("/account").status_code == 303
    assert other.get("/account").status_code == 200


def test_a_customer_cannot_end_the_sign_in_of_another(
    app: Flask, engine: Engine, client: FlaskClient, session: Session, ayse: int
) -> None:
    """Caught: `customer_id` left out of end_session."""
    bob = customer_client(app, engine, add_customer(session, email="bob@posta.example"))
    before = ids(session, ayse)
    for session_id in before:
        assert post(bob, f"{SIGN_INS}/{session_id}/end").status_code == 404
    assert ids(session, ayse) == before
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize("session_id", ["0", "x", str(2**63), "-1"])
def test_what_is_no_sign_in_is_not_found(client: FlaskClient, session_id: str) -> None:
    assert post(client, f"{SIGN_INS}/{session_id}/end").status_code == 404
