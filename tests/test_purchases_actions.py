"""What an admin does with a purchase: asking the provider at once, sending the receipt again."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from blueprints.payment_provider import room_for_a_sync
from domain.customers.models import CustomerContact
from domain.database import writing
from domain.outbox.models import OutboxMessage
from domain.purchases.mails import MOST_COPIES
from tests.html import find, text_of, texts
from tests.page_helpers import post
from tests.purchase_rows import PAID_AT, add_buyer, add_purchase, add_receipt
from tests.shops import begin
from tests.simulator import NO_FUNDS, Simulator

pytestmark = pytest.mark.on_both


def do(client: FlaskClient, path: str) -> str:
    """The page to which the action leads."""
    answer = post(client, path)
    assert answer.status_code == 303, answer.text
    return client.get(answer.location).text


def refused(client: FlaskClient, path: str, status: int) -> str:
    """What the page says instead."""
    answer = post(client, path)
    assert answer.status_code == status
    return text_of(find(answer.text, "[role=alert] .message"))


def test_sync_now_asks_the_provider_and_says_what_changed(
    shop: Flask, ana: FlaskClient, session: Session, simulator: Simulator
) -> None:
    page, ref = begin(shop, session)
    assert "Sync now" in ana.get(page).text
    assert "Its state is the same." in do(ana, f"{page}/sync")
    simulator.pay(ref, NO_FUNDS)
    assert "Now: Declined." in do(ana, f"{page}/sync")
    simulator.pay(ref)
    paid = do(ana, f"{page}/sync")
    assert "Now: Paid." in paid
    assert texts(paid, ".buckets div")[0] == "Free100"
    assert "Its state is the same." in do(ana, f"{page}/sync")
    assert texts(ana.get("/purchases/").text, "td.purchase-state") == ["Paid"]


def test_a_provider_that_does_not_answer_is_said(
    shop: Flask, ana: FlaskClient, session: Session, simulator: Simulator
) -> None:
    """Caught: a third call while two are under way, which takes all of the server's threads."""
    page, _ref = begin(shop, session)
    with room_for_a_sync(), room_for_a_sync():
        assert "being asked about others" in refused(ana, f"{page}/sync", 503)
    simulator.faults({"kind": "500", "calls": 9})
    assert "does not answer" in refused(ana, f"{page}/sync", 503)


def test_what_another_provider_has_is_not_asked_for(ana: FlaskClient, session: Session) -> None:
    id = add_purchase(session, add_buyer(session), provider="sample")
    assert "Sync now" not in ana.get(f"/purchases/{id}").text
    assert "not connected" in refused(ana, f"/purchases/{id}/sync", 409)
    for action in ("sync", "receipt/send"):
        assert post(ana, f"/purchases/7{id}/{action}").status_code == 404


def test_a_receipt_is_sent_again_to_the_address_of_today(
    signed_in: FlaskClient, session: Session
) -> None:
    """Caught: two mails for a button that was pressed twice; a mail to who erased their email."""
    buyer = add_buyer(session, email="old@posta.example")
    id = add_purchase(session, buyer)
    path = f"/purchases/{id}/receipt/send"
    assert "has no receipt" in refused(signed_in, path, 409)
    add_receipt(session, id, 184)
    with writing(session):
        session.execute(update(CustomerContact).values(email="new@posta.example"))
    page = do(signed_in, path)
    assert "The receipt is on its way." in page
    assert texts(page, ".timeline strong") == ["Receipt TEST-2026-000184 is on its way"]
    assert "a moment ago" in refused(signed_in, path, 409)
    with writing(session):
        sent = session.scalars(select(OutboxMessage)).one()
        assert (sent.recipient, sent.topic) == ("new@posta.example", "receipt")
        assert sent.key == f"purchase:{id}:receipt:again:1"
        session.execute(update(CustomerContact).values(email=None, email_key=None))
    assert "no email that is known to be theirs" in refused(signed_in, path, 409)


def test_a_receipt_is_sent_so_often_and_no_more(signed_in: FlaskClient, session: Session) -> None:
    id = add_purchase(session, add_buyer(session))
    add_receipt(session, id, 184)
    for _ in range(MOST_COPIES):
        do(signed_in, f"/purchases/{id}/receipt/send")
        with writing(session):
            session.execute(update(OutboxMessage).values(created_at=PAID_AT))
    assert "as often as it can be" in refused(signed_in, f"/purchases/{id}/receipt/send", 409)
