"""Settings, Payments: what is connected, whether events arrive, and the pause of buying."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from config import StripeKeys
from domain.database import read_clock, writing
from domain.purchases.lost_models import OriginalDatabase
from domain.purchases.models import PaymentEvent, Purchase
from domain.purchases.pause import is_paused
from domain.purchases.restoring import note_recovered, note_restored
from domain.purchases.unknown import close_unknown_payment, note_unheard_of
from tests.companies import save_company
from tests.conftest import config_for
from tests.html import find, text_of, texts
from tests.page_helpers import add, apply_all, edit_settings, post
from tests.purchase_rows import add_buyer, add_purchase

PAGE = "/settings/payments"
WARNINGS = "main .message.warn p"


def facts(page: str) -> dict[str, str]:
    return dict(zip(texts(page, ".page-facts dt"), texts(page, ".page-facts dd"), strict=True))


def test_the_page_says_what_is_connected_and_missing(
    signed_in: FlaskClient, session: Session
) -> None:
    assert texts(signed_in.get("/settings/").text, f"a.door[href='{PAGE}'] .door-title") == [
        "Payments"
    ]
    page = signed_in.get(PAGE).text
    assert facts(page) == {
        "Connected": "Payment simulator, no real money · http://127.0.0.1:8001",
        "Webhook address": "http://localhost/webhooks/stripe",
        "Last event": "None yet",
        "In sync": "Every purchase",
    }
    assert texts(page, WARNINGS) == [
        "Nobody can pay with real money before the company is filled in, with both links."
    ]
    save_company(session)
    edit_settings(session, buying="nowhere")
    add(session, "Pro")
    apply_all(session)
    assert texts(signed_in.get(PAGE).text, WARNINGS) == [
        "Packages have no button Buy: see How packages are bought."
    ]


def test_what_a_restored_backup_may_lack_is_said(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a restore after which nobody thinks of the payments."""
    save_company(session)
    assert texts(signed_in.get(PAGE).text, WARNINGS) == []
    with writing(session):
        session.execute(delete(OriginalDatabase))
        note_unheard_of(session, "stripe", "a" * 32, "pi_1")
    warnings = texts(signed_in.get(PAGE).text, WARNINGS)
    assert [text.partition(".")[0] for text in warnings] == [
        "This database was made from a backup",
        "Payments at the provider that belong to no purchase here: 1",
    ]
    with writing(session):
        assert note_restored(session)
        close_unknown_payment(session, 1, "ana@example.com", "Credits given by hand.")
    assert len(texts(signed_in.get(PAGE).text, WARNINGS)) == 1
    with writing(session):
        note_recovered(session)
    assert texts(signed_in.get(PAGE).text, WARNINGS) == []


def test_news_and_what_waits_are_shown(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a worker that has stopped, which nobody sees."""
    now = read_clock(session)
    purchase_id = add_purchase(session, add_buyer(session), "open", due_at=now + timedelta(1))
    event = {"provider": "stripe", "event_id": "evt_1", "ref": "pi_1", "happened_at": now}
    with writing(session):
        session.execute(insert(PaymentEvent).values(kind="refund.created", **event))
    shown = facts(signed_in.get(PAGE).text)
    assert shown["Last event"].startswith("refund.created, ")
    assert shown["In sync"] == "Every purchase"
    wait(session, purchase_id, timedelta(minutes=1))
    page = signed_in.get(PAGE).text
    assert facts(page)["In sync"].startswith("The oldest purchase waits since ")
    assert not any("Is the worker running" in text for text in texts(page, WARNINGS))
    wait(session, purchase_id, timedelta(minutes=11))
    assert any(
        "Is the worker running" in text for text in texts(signed_in.get(PAGE).text, WARNINGS)
    )


def wait(session: Session, purchase_id: int, since: timedelta) -> None:
    due = {"due_at": read_clock(session) - since}
    with writing(session):
        session.execute(update(Purchase).where(Purchase.id == purchase_id).values(due))


def test_buying_is_paused_and_resumed(signed_in: FlaskClient, session: Session) -> None:
    for _ in range(2):  # two admins, or twice by mistake
        answer = post(signed_in, f"{PAGE}/pause", {}, htmx=False)
        assert (answer.status_code, answer.location) == (303, PAGE)
    session.rollback()
    assert is_paused(session)
    page = signed_in.get(PAGE).text
    assert "Buying is paused." in texts(page, "#status p")
    assert texts(page, WARNINGS)[0] == "Buying is paused."
    assert text_of(find(page, "form.card")).startswith("Buying is paused Paused by Ana")
    for _ in range(2):
        assert post(signed_in, f"{PAGE}/resume", {}, htmx=False).status_code == 303
    session.rollback()
    assert not is_paused(session)
    assert "Pause buying" in texts(signed_in.get(PAGE).text, "form.card button")


@pytest.mark.own_app
@pytest.mark.parametrize(
    ("changes", "connected"),
    [
        ({"stripe": StripeKeys("sk_test_a", "whsec_a")}, "Stripe, test mode"),
        ({"stripe": StripeKeys("rk_live_a", "whsec_a"), "mode": "live"}, "Stripe, with real money"),
        ({"mode": "live"}, "Nothing"),
    ],
)
def test_the_provider_is_named(
    app: Flask, signed_in: FlaskClient, changes: dict[str, object], connected: str
) -> None:
    app.extensions["scrip"] = config_for("sqlite:///unused", **changes)
    page = signed_in.get(PAGE).text
    assert facts(page)["Connected"] == connected
    is_missing = any("No payment provider is connected" in text for text in texts(page, WARNINGS))
    assert is_missing is (connected == "Nothing")
    assert "whsec_a" not in page
