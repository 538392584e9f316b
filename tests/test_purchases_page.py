"""A purchase's page: its life, what the provider said, what was bought, and its credits."""

from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from domain.database import writing
from domain.ledger import corrections
from domain.outbox.acts import put
from domain.purchases.mails import failed_key, receipt_key, withdrawal_key
from domain.purchases.rules import Hold
from extensions import db
from tests.counting import watching
from tests.customer_wallets import add_wallet
from tests.html import find, find_all, text_of, texts, values
from tests.purchase_rows import (
    add_buyer,
    add_checkout,
    add_dispute,
    add_event,
    add_purchase,
    add_receipt,
    add_refund,
    add_step,
)
from tests.wallets import TestWallet

MOST_STATEMENTS = 20
VISA = {"card_brand": "visa", "card_last4": "4242", "card_country": "TR"}


def happened(html: str) -> list[str]:
    return texts(html, ".timeline p")


def add_bought(session: Session) -> tuple[int, TestWallet]:
    """After a decline, with its credits, its receipt on the way, and what the provider said."""
    buyer = add_buyer(session, "Ayşe Yıldırım")
    id = add_purchase(session, buyer, **VISA, card_was_confirmed=True, synced_at=datetime.now(UTC))
    add_step(session, id, "opened")
    add_step(session, id, "sent")
    add_step(session, id, "declined", failure="no_funds")
    for kind in ("opened", "sent", "returned", "paid"):
        add_step(session, id, kind)
    wallet = add_wallet(session, buyer)
    wallet.gift(50)
    wallet.bought(100, id)
    add_receipt(session, id, 184)
    mail = {"topic": "test", "recipient": "ayse@posta.example", "data": {}}
    with writing(session):
        put(session, "mail", receipt_key(id), **mail)  # type: ignore[arg-type]
    add_event(session, id, "charge.failed")
    add_event(session, id, "payment_intent.succeeded", times=3)
    return id, wallet


def test_the_whole_life_the_newest_first(signed_in: FlaskClient, session: Session) -> None:
    id, wallet = add_bought(session)
    page = signed_in.get(f"/purchases/{id}").text
    assert happened(page) == [
        "Receipt TEST-2026-000184 is on its way to \u2068ayse@posta.example\u2069",
        f"100 credits added Lot \u2068Start\u2069, {day()}. Free after: 150.",
        "Paid \u2068€20.89\u2069 Visa ending 4242. Card from Türkiye. "
        "The bank asked for a confirmation.",
        "Back from the payment page",
        "Sent to the payment page Attempt 2 of 2.",
        "Tried again",
        "Declined Not enough money on the card. Nothing was charged.",
        "Sent to the payment page Attempt 1 of 2.",
        "Checkout opened Package \u2068Start\u2069 as of release 1, \u2068€20.89\u2069. "
        "Asked for credits at once: yes.",
    ]
    assert text_of(find(page, "h1")) == "€20.89"
    assert text_of(find(page, ".purchase-title .muted")) == (
        f"\u2068Start\u2069 for \u2068Ayşe Yıldırım\u2069 · P-{id}"
    )
    assert [text_of(one) for one in find_all(page, ".provider-rows th, .provider-rows .muted")] == [
        *("payment_intent.succeeded", "received 3 times", "charge.failed", "received once"),
    ]
    assert texts(page, ".panel-title > .muted")[0].startswith("In sync since")
    assert texts(page, ".buckets div") == ["Free100", "Held0", "Used0", "Refunded0"]
    wallet.spend(60)
    wallet.do(corrections.revoke, 20, purchase_id=id, may_owe=True, actor="scrip")
    page = signed_in.get(f"/purchases/{id}").text
    assert happened(page)[0] == "20 credits taken back Free after: 70."
    assert texts(page, ".buckets div") == ["Free70", "Held0", "Used10", "Refunded20"]


def day() -> str:
    return f"{datetime.now(UTC):%-d %b}"


def test_what_was_bought(signed_in: FlaskClient, session: Session) -> None:
    company = {"buyer_company": "Yıldırım A.Ş.", "buyer_tax_number": "1234567890"}
    buyer = add_buyer(session, "<b>Ayşe</b>")
    id = add_purchase(session, buyer, **VISA, **company)
    page = signed_in.get(f"/purchases/{id}").text
    facts = dict(zip(texts(page, ".facts dt"), texts(page, ".facts dd"), strict=True))
    assert facts.pop("Begun").startswith("today")
    assert facts == {
        **{"Customer": "<b>Ayşe</b>", "Package": "Start, release 1", "Credits": "100"},
        **{"Net": "€17.55", "VAT 19%": "€3.34", "Total": "€20.89", "Market": "Germany"},
        **{"Card from": "Türkiye Differs", "Language": "Türkçe"},
        **{"Company": "Yıldırım A.Ş.", "Tax number": "1234567890"},
    }
    assert values(page, ".facts a", "href") == [
        f"/customers/{buyer}",
        "/settings/credit-packages/history/1",
    ]
    later = add_purchase(session, buyer, tax="when_used", tax_basis_points=0, tax_minor=0)
    page = signed_in.get(f"/purchases/{later}").text
    assert "Due when the credits are used" in page
    assert "Net" not in texts(page, ".facts dt")
    assert "Nothing happened yet." in page
    assert "None were added." in page


MEANINGS = {
    "mismatch": "No credits were added for it. Compare both",
    "paid_twice": "Credits were added once.",
    "refunded": "The share of the credits that goes with it was taken.",
    "refund_failed": "so their credits are back",
    "disputed": "Answer at the provider in time.",
    "dispute_lost": "spent ones are owed",
    "unknown_state": "Look at it there.",
    "ledger_refused": "The customer's wallet is closed",
    "withdrawal": "Give back what is unspent",
}


def test_why_a_person_is_needed(signed_in: FlaskClient, session: Session) -> None:
    assert MEANINGS.keys() == {*Hold}
    for hold, says in MEANINGS.items():
        id = add_purchase(session, add_buyer(session), hold=hold)
        add_step(session, id, "held", hold=hold)
        page = signed_in.get(f"/purchases/{id}").text
        assert says in text_of(find(page, ".message.warn"))
        assert any(line.startswith("Waits for a person") for line in happened(page))


def test_refunds_and_disputes_are_listed(signed_in: FlaskClient, session: Session) -> None:
    id = add_purchase(session, add_buyer(session))
    add_refund(session, id, 500, "failed")
    add_dispute(session, id, "won", reason="fraudulent")
    add_step(session, id, "refund_seen", amount_minor=500, currency="EUR", status="pending")
    add_step(session, id, "dispute_seen", amount_minor=2089, currency="EUR", status="open")
    page = signed_in.get(f"/purchases/{id}").text
    cells = texts(page, "[aria-labelledby=money-back-title] td:not(.end)")
    assert cells == ["€5.00", "Failed", "€20.89", "Won"]
    assert happened(page) == [
        "Dispute seen at the provider €20.89. Open.",
        "Refund seen at the provider €5.00. On its way.",
    ]
    assert texts(page, ".page-head .state") == ["Paid"]


def test_every_kind_of_step_has_words(signed_in: FlaskClient, session: Session) -> None:
    """Caught: a step without the data that its words are made of; a card told of no decline."""
    id = add_purchase(session, add_buyer(session), "failed", failure="bank_failed", **VISA)
    for kind in ("declined", "processing", "failed", "expired", "declined", "held", "credited"):
        add_step(session, id, kind)
    mail = {"topic": "test", "recipient": "a@posta.example", "data": {}}
    with writing(session):
        checkout = add_checkout(session, id)
        put(session, "mail", failed_key(id, checkout), **mail)  # type: ignore[arg-type]
    page = signed_in.get(f"/purchases/{id}").text
    assert [line.partition(" \u2068")[0] for line in happened(page)] == [
        "Mail about the failed payment is on its way to",
        "Waits for a person Provider says something unknown.",
        "Declined Visa ending 4242. Bank payment did not arrive. Nothing was charged.",
        "Payment page ended Nothing was charged.",
        "Payment failed Bank payment did not arrive. Nothing was charged.",
        "Bank confirms later No credits until then.",
        "Declined Bank payment did not arrive. Nothing was charged.",
    ]


def test_the_mail_about_a_withdrawal_is_called_so(signed_in: FlaskClient, session: Session) -> None:
    """Caught: it was called the mail about the failed payment."""
    id = add_purchase(session, add_buyer(session))
    with writing(session):
        mail = {"topic": "withdrawal", "recipient": "a@posta.example", "data": {}}
        put(session, "mail", withdrawal_key(id), **mail)  # type: ignore[arg-type]
    (line,) = happened(signed_in.get(f"/purchases/{id}").text)
    assert line.startswith("Mail about the withdrawal is on its way to")


def test_credits_that_come_back_are_called_so(signed_in: FlaskClient, session: Session) -> None:
    """Of a refund that did not arrive. Caught: they were called added, as with the payment."""
    id, wallet = add_bought(session)
    wallet.bought(60, id, source=f"purchase:{id}:9:back:1")
    said = happened(signed_in.get(f"/purchases/{id}").text)
    assert said[0] == "60 credits given back Free after: 210."
    assert any(line.startswith("100 credits added") for line in said)


def test_what_is_not_there_is_not_found(signed_in: FlaskClient) -> None:
    for id in ("7", "0", "9223372036854775808", "x"):
        assert signed_in.get(f"/purchases/{id}").status_code == 404


def test_more_to_show_takes_no_more_statements(
    app: Flask, signed_in: FlaskClient, session: Session
) -> None:
    id, wallet = add_bought(session)
    with app.app_context():
        engine = db.engine
    counts = []
    for _ in range(2):
        signed_in.get(f"/purchases/{id}")
        with watching(engine) as asked:
            assert signed_in.get(f"/purchases/{id}").status_code == 200
        counts.append(len(asked.statements))
        for _n in range(9):
            add_step(session, id, "declined")
            add_event(session, id, "charge.failed")
            add_refund(session, id, 1)
            wallet.spend(1)
    assert counts[0] == counts[1] <= MOST_STATEMENTS, "\n".join(asked.statements)
