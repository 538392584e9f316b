"""Money that goes back at once when a buyer who is signed in withdraws, against the payment
simulator; and when it does not."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import create_app
from domain.database import writing
from domain.ledger import acts
from domain.ledger.rules import Purpose
from domain.purchases.models import Purchase
from domain.purchases.payments.stripe import CallLimits, Stripe
from domain.purchases.refunding import send_refund
from domain.purchases.syncing import sync
from domain.purchases.withdrawals import look_ahead, withdraw_own
from tests.account_pages import customer_client, send_form
from tests.clock import NOON
from tests.conftest import config_for
from tests.html import find, text_of
from tests.meeting import Meeting
from tests.purchases import (
    balances,
    dispute,
    open_checkout,
    paid_purchase,
    purchase_of,
    settled,
    snapshot,
    wallet_of,
)
from tests.simulator import GOOD, REFUND_FAILS, Simulator
from tests.test_purchases_money_back import mails, open_tasks
from tests.test_purchases_refunding import bought, refunds_there
from tests.test_purchases_sync import BetweenTransactions
from tests.withdrawals import (
    WORDS,
    acknowledgements,
    buyer_of,
    refunds,
    withdraw_as,
    withdrawals,
)

PAGE = "/withdraw?lang=en"
TYPED = {"name": "Ayşe Yıldırım", "number": "P-1", "email": "ayse@posta.example"}


@pytest.fixture
def provider(simulator: Simulator, session: Session) -> Stripe:
    return BetweenTransactions(
        simulator.key, simulator.secret, simulator.url, CallLimits(5), session=session
    )


def send(session: Session, provider: Stripe, refund_id: int | None) -> None:
    assert refund_id
    for _time in range(2):
        send_refund(session, provider, refund_id)
        sync(session, provider, 1)


@pytest.mark.on_both
def test_the_unspent_credits_money_goes_back_and_their_credits_go(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    """Caught: `left_minor` for `most_minor`, with which nothing went back, and with `may_owe` all
    of the price; a `_record` that gives what is there already, so that a second press failed."""
    bought(session, simulator, provider)
    wallet_of(session).spend(30)
    done = withdraw_as(session, buyer_of(session, 1), 1)
    assert balances(session) == (0, 70, 0)
    send(session, provider, done.refund_id)
    assert refunds_there(simulator) == [(1399, "succeeded")]
    assert (balances(session), purchase_of(session, 1).hold) == ((0, 0, 0), None)
    [one] = withdrawals(session)
    assert (one.state, one.handled_by) == ("refunded", f"customer:{buyer_of(session, 1)}")
    assert mails(session) == ["receipt", "withdrawal", "refund"]
    assert acknowledgements(session)[0].data["state"] == "refunding"


@pytest.mark.on_both
def test_money_that_does_not_arrive_waits_for_a_person(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    """Caught: a withdrawal that says refunded for ever."""
    bought(session, simulator, provider, REFUND_FAILS)
    done = withdraw_as(session, buyer_of(session, 1), 1)
    send(session, provider, done.refund_id)
    assert [one.state for one in withdrawals(session)] == ["refunded"]
    simulator.forward(9)
    sync(session, provider, 1)
    [one] = withdrawals(session)
    assert (one.state, one.handled_at, one.handled_by) == ("queued", None, None)
    assert (balances(session), [kind for kind, _ in open_tasks(session)]) == (
        (100, 0, 0),
        ["refund_failed"],
    )


@pytest.mark.on_both
def test_after_14_days_no_money_goes_back_at_once(session: Session) -> None:
    """Caught: `is_in_time` left out of what is automatic."""
    paid = paid_purchase(session).purchase_id
    with writing(session):
        session.get_one(Purchase, paid).paid_at = datetime.now(UTC) - timedelta(days=16)
    assert withdraw_as(session, buyer_of(session, paid), paid).refund_id is None
    assert (refunds(session), open_tasks(session)) == ([], [("withdrawal", "")])


@pytest.mark.on_both
def test_the_bank_decides_about_what_is_disputed(session: Session) -> None:
    """Caught: a refund besides a dispute, which gives the money back twice."""
    started = open_checkout(session)
    settled(session, snapshot(session, started))
    settled(session, snapshot(session, started, disputes=(dispute(amount_minor=1000),)))
    ahead = look_ahead(session, purchase_of(session, 1), NOON)
    assert (ahead.share.amount_minor, ahead.is_automatic) == (0, False)
    assert withdraw_as(session, buyer_of(session, 1), 1).refund_id is None
    assert refunds(session) == []
    assert ("withdrawal", "") in open_tasks(session)


@pytest.mark.on_both
def test_credits_that_are_spent_at_the_same_moment_make_no_debt(
    engine: Engine, session: Session
) -> None:
    """Caught: the wallet not locked before it is looked at."""
    paid_purchase(session)
    customer_id, wallet_id = buyer_of(session, 1), wallet_of(session).id
    session.rollback()
    spend = partial(
        acts.spend, wallet_id=wallet_id, credits=100, purpose=Purpose("call", "1"), actor="x:1"
    )
    own = partial(withdraw_own, purchase_id=1, customer_id=customer_id, words=WORDS)
    _spent, withdrawn = Meeting(engine).of(spend, own)
    assert withdrawn.refund_id is None
    assert [(one.kept, one.amount_minor) for one in withdrawals(session)] == [(100, 0)]
    assert (balances(session), refunds(session)) == ((0, 0, 0), [])


# The page.


@pytest.fixture
def app(database: str, simulator: Simulator) -> Flask:
    return create_app(config_for(database, simulator_port=simulator.port))


@pytest.fixture
def owner(
    app: Flask, engine: Engine, session: Session, simulator: Simulator, provider: Stripe
) -> FlaskClient:
    bought(session, simulator, provider, GOOD)
    return customer_client(app, engine, buyer_of(session, 1))


def confirm(owner: FlaskClient) -> str:
    answer = send_form(owner, PAGE, **TYPED | {"act": "confirm"})
    assert answer.status_code == 303
    return text_of(find(owner.get(answer.location).text, "main"))


@pytest.mark.own_app
def test_confirmed_it_goes_back_in_the_same_request(
    owner: FlaskClient, session: Session, simulator: Simulator
) -> None:
    """Caught: the refund asked for, and left to the worker; a `_record` that gives what is there
    already, so that a second press was answered with 500."""
    wallet_of(session).spend(30)
    review = send_form(owner, PAGE, **TYPED).text
    assert "Money back US$13.99" in text_of(find(review, ".amounts"))
    for _time in range(2):
        assert "The money went back the way you paid." in confirm(owner)
    assert refunds_there(simulator) == [(1399, "succeeded")]


@pytest.mark.own_app
def test_a_provider_who_is_away_is_asked_later(
    owner: FlaskClient, session: Session, simulator: Simulator, provider: Stripe
) -> None:
    """Caught: an error in place of the acknowledgement."""
    simulator.faults({"kind": "500", "calls": 100})
    assert "US$19.99 goes back the way you paid." in confirm(owner)
    simulator.faults()
    [one] = withdrawals(session)
    send(session, provider, one.refund_id)
    assert [one.state for one in withdrawals(session)] == ["refunded"]
