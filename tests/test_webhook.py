"""The webhook: what it takes, what it refuses, and what an answer of it costs."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from domain.database import read_clock
from domain.purchases.models import PaymentEvent, Purchase
from extensions import db
from tests.conftest import config_for
from tests.counting import watching
from tests.purchase_rows import add_buyer, add_purchase
from tests.webhooks import ADDRESS, event, send

pytestmark = pytest.mark.on_both


def kept(session: Session) -> list[tuple[str, str, int | None, int]]:
    session.rollback()
    rows = session.scalars(select(PaymentEvent).order_by(PaymentEvent.id))
    return [(row.event_id, row.provider, row.purchase_id, row.times) for row in rows]


def test_an_event_makes_a_purchase_due(app: Flask, client: FlaskClient, session: Session) -> None:
    """Caught: a call of the provider while it waits; none answers here. Eight statements at most,
    the three around each transaction apart."""
    purchase_id = add_purchase(session, add_buyer(session), "open")
    purchase = session.get_one(Purchase, purchase_id)
    body, version = event(purchase.key), purchase.version
    with app.app_context():
        engine = db.engine
    with watching(engine) as asked:
        answer = send(client, body)
    assert (answer.status_code, answer.text) == (200, "")
    assert "Set-Cookie" not in answer.headers
    sent = [line for line in asked.statements if not line.startswith(("BEGIN", "PRAGMA"))]
    assert len(sent) <= 8, "\n".join(sent)
    assert send(client, body).status_code == 200
    assert kept(session) == [("evt_1", "simulator", purchase_id, 2)]
    session.refresh(purchase)
    assert purchase.due_at
    assert purchase.due_at <= read_clock(session)
    assert purchase.version == version + 2
    assert send(client, event(id="evt_2")).status_code == 200  # of a shop beside us
    assert kept(session)[1] == ("evt_2", "simulator", None, 1)


def test_what_others_send_changes_nothing(client: FlaskClient, session: Session) -> None:
    """Caught: a look at the signature that says no, and goes on."""
    for answer in (
        client.post(ADDRESS, data=event()),
        send(client, event(), "whsec_of_others"),
        send(client, event(livemode=True)),
        send(client, b"\xff"),
    ):
        assert answer.status_code == 400
        assert answer.text == "Refused: not signed by the provider, or of the other mode.\n"
    assert send(client, event(data=" " * 64 * 1024)).status_code == 413
    assert client.get(ADDRESS).status_code == 405
    assert kept(session) == []


def test_an_error_of_ours_is_one(client: FlaskClient, session: Session) -> None:
    """Caught: 200 on an error, after which the provider sends it no more."""
    assert send(client, event(data={})).status_code == 500
    assert kept(session) == []
    assert send(client, event()).status_code == 200


@pytest.mark.long
def test_without_a_provider_there_is_no_webhook(database: str) -> None:
    """Caught: production that takes the events of a simulator."""
    app = create_app(config_for(database, production=True, mode="live"))
    assert send(app.test_client(), event()).status_code == 404
