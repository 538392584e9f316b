"""Money that is given back here, against the payment simulator: foretold, asked for once, whatever
the provider does, and followed by its credits."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy.orm import Session

from domain.database import write, writing
from domain.ledger import acts
from domain.purchases.models import Purchase
from domain.purchases.money_back_models import PaymentRefund
from domain.purchases.offering import Offer
from domain.purchases.opening import open_checkout
from domain.purchases.orders import Started
from domain.purchases.payments.stripe import CallLimits, Stripe
from domain.purchases.provider import Unreachable
from domain.purchases.queries import list_refunds
from domain.purchases.refund_errors import (
    CreditsSpent,
    IsDisputed,
    NothingToRefund,
    PurchaseChanged,
    RefundRefused,
    RefundUnderway,
    UnfitAmount,
)
from domain.purchases.refunding import Forecast, ask_refund, forecast_refund, send_refund
from domain.purchases.syncing import sync
from tests.purchases import (
    balances,
    begin,
    new_buyer,
    package_on_sale,
    paid_purchase,
    purchase_of,
    steps,
    wallet_of,
    wish_for,
)
from tests.simulator import GOOD, REFUND_FAILS, REFUND_PENDS, Simulator
from tests.test_purchases_money_back import mails, notes, open_tasks
from tests.test_purchases_sync import BetweenTransactions, opened, ref_of

REFUNDS = {"path": "/v1/refunds", "method": "POST"}
BANK_SECONDS = 9


@pytest.fixture
def provider(simulator: Simulator, session: Session) -> Stripe:
    return BetweenTransactions(
        simulator.key, simulator.secret, simulator.url, CallLimits(5), session=session
    )


def bought(session: Session, simulator: Simulator, provider: Stripe, card: str = GOOD) -> Started:
    """100 credits for 19.99, at the provider too."""
    started = opened(session, provider)
    simulator.pay(ref_of(session, started), card)
    sync(session, provider, started.purchase_id)
    return started


def foretell(session: Session, amount_minor: int | None = None, purchase_id: int = 1) -> Forecast:
    session.rollback()
    return forecast_refund(session, purchase_id, amount_minor)


def asked(session: Session, amount_minor: int | None = None, *, may_owe: bool = False) -> int:
    forecast = foretell(session, amount_minor)
    return ask(session, forecast, may_owe=may_owe)


def ask(session: Session, forecast: Forecast, *, may_owe: bool) -> int:
    act = partial(ask_refund, purchase_id=1, forecast=forecast, may_owe=may_owe)
    return write(session, partial(act, author="admin:1", reason="Did not like it"))


def refunded(session: Session, provider: Stripe, *terms: Any, **more: Any) -> PaymentRefund:  # noqa: ANN401
    """Sent and synced, each twice, which is the same."""
    refund_id = asked(session, *terms, **more)
    for _time in range(2):
        send_refund(session, provider, refund_id)
        sync(session, provider, 1)
    session.rollback()
    return session.get_one(PaymentRefund, refund_id, populate_existing=True)


def refunds_there(simulator: Simulator) -> list[tuple[int, str]]:
    found = simulator.ask("/v1/refunds?limit=100")["data"]
    return [(one["amount"], one["status"]) for one in found][::-1]


def test_what_is_unspent_goes_back_with_its_money(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    bought(session, simulator, provider)
    wallet_of(session).spend(40)
    assert foretell(session).makes_debt
    forecast = foretell(session, 1199)
    assert forecast.most_minor == 1199
    assert (forecast.credits, forecast.free, forecast.owed) == (60, 60, 0)
    assert (forecast.free_after, forecast.owed_after, forecast.left_minor) == (0, 0, 1999)
    refund = refunded(session, provider, 1199)
    assert (refund.status, refund.author, refund.freeze_seq) == ("succeeded", "admin:1", None)
    assert refunds_there(simulator) == [(1199, "succeeded")]
    assert balances(session) == (0, 0, 0)
    assert purchase_of(session, 1).hold is None, "nobody has to look at what was done here"
    assert [amount for _name, amount, _reverses in notes(session)] == [1199]
    assert mails(session) == ["receipt", "refund"]
    assert steps(session, 1)[-2:] == ["refund_asked", "refund_seen"]


def test_parts_in_any_order_take_exactly_all(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    """Caught: share rounded per step."""
    bought(session, simulator, provider)
    for amount in (1, 998, 7, 993):
        refunded(session, provider, amount)
    assert (balances(session), purchase_of(session, 1).taken_credits) == ((0, 0, 0), 100)
    with pytest.raises(NothingToRefund):
        foretell(session)


def test_a_part_is_what_cards_can_carry(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    """Of dinars of Kuwait the last digit is 0. Caught: 2.571 foretold for four of seven credits,
    which the provider refuses."""
    package_id = package_on_sale(session, credits=7, price_minor=4500, currency="KWD")
    seen = Offer(4500, "KWD", 7)
    started = begin(session, wish_for(new_buyer(session), package_id, seen=seen))
    open_checkout(session, provider, started.checkout_id)
    simulator.pay(ref_of(session, started))
    sync(session, provider, started.purchase_id)
    wallet_of(session).spend(3)
    assert foretell(session).most_minor == 2570
    with pytest.raises(UnfitAmount, match="no such fractions"):
        foretell(session, 2571)
    assert refunded(session, provider, 2570).status == "succeeded"
    assert balances(session) == (0, 0, 0)


def test_spent_credits_are_refused_or_become_a_debt_by_a_second_choice(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    bought(session, simulator, provider)
    wallet_of(session).spend(40)
    wallet_of(session).gift(15)
    with pytest.raises(CreditsSpent):
        asked(session)
    assert (balances(session), list_refunds(session, 1)) == ((75, 0, 0), [])
    forecast = foretell(session)
    assert (forecast.free, forecast.held, forecast.owed) == (60, 0, 40)
    assert (forecast.free_after, forecast.owed_after) == (0, 25)
    refunded(session, provider, may_owe=True)
    assert balances(session) == (0, 0, 25)


def test_held_credits_are_named_and_taken_when_their_booking_ends(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    bought(session, simulator, provider)
    wallet = wallet_of(session)
    held = wallet.hold(30).hold
    forecast = foretell(session)
    assert (forecast.credits, forecast.free, forecast.held, forecast.owed) == (100, 70, 30, 0)
    refunded(session, provider, may_owe=True)
    assert balances(session) == (0, 0, 0)
    wallet.entry(acts.void, held, cause="customer", actor="customer:1")
    assert balances(session) == (30, 0, 0)
    sync(session, provider, 1)
    assert balances(session) == (0, 0, 0)


def test_an_answer_that_is_lost_refunds_once(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    """Its credits are set aside until it is known. Caught: another key for another try."""
    bought(session, simulator, provider)
    refund_id = asked(session, 500)
    simulator.faults(REFUNDS | {"kind": "lost", "calls": 1})
    with pytest.raises(Unreachable):
        send_refund(session, provider, refund_id)
    assert balances(session) == (74, 26, 0)
    with pytest.raises(RefundUnderway):
        foretell(session, 1)
    send_refund(session, provider, refund_id)
    sync(session, provider, 1)
    assert refunds_there(simulator) == [(500, "succeeded")]
    assert balances(session) == (74, 0, 0)


def test_a_refund_that_was_never_sent_is_sent_by_the_worker(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    """Not before the request that asked for it must be over. Caught: nobody comes back to it."""
    bought(session, simulator, provider)
    refund_id = asked(session, 500)
    sync(session, provider, 1)
    assert refunds_there(simulator) == []
    age(session, refund_id, timedelta(minutes=3))
    sync(session, provider, 1)
    assert refunds_there(simulator) == [(500, "succeeded")]
    assert balances(session) == (74, 0, 0)


def test_a_key_that_may_not_refund_keeps_nothing_else_from_its_sync(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    """Caught: a dispute that nobody hears of for a day."""
    started = bought(session, simulator, provider)
    age(session, asked(session, 500), timedelta(minutes=3))
    payment = simulator.ask(f"/v1/checkout/sessions/{ref_of(session, started)}")["payment_intent"]
    simulator.dispute(payment)
    simulator.faults(REFUNDS | {"kind": "500", "calls": 9})
    sync(session, provider, 1)
    assert (
        purchase_of(session, 1).hold,
        list_refunds(session, 1)[0].status,
    ) == ("disputed", "asked")


def test_a_refund_whose_answer_was_lost_is_known_by_its_key(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    """Also when the provider has forgotten the key. Caught: taken for one that others made; sent
    again a day later."""
    bought(session, simulator, provider)
    refund_id = asked(session, 500)
    simulator.faults(REFUNDS | {"kind": "lost", "calls": 1})
    with pytest.raises(Unreachable):
        send_refund(session, provider, refund_id)
    age(session, refund_id, timedelta(hours=25))
    sync(session, provider, 1)
    [row] = list_refunds(session, 1)
    assert (row.id, row.status, purchase_of(session, 1).hold) == (refund_id, "succeeded", None)
    assert refunds_there(simulator) == [(500, "succeeded")]


def test_a_refund_that_surely_never_arrived_gives_its_credits_back(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    """And a person has to look. Caught: frozen for good; sent under a key that is forgotten."""
    bought(session, simulator, provider)
    refund_id = asked(session, 500)
    age(session, refund_id, timedelta(hours=25))
    sync(session, provider, 1)
    assert (balances(session), refunds_there(simulator)) == ((100, 0, 0), [])
    [row] = list_refunds(session, 1)
    assert open_tasks(session) == [("refund_failed", row.key)]


def age(session: Session, refund_id: int, by: timedelta) -> None:
    with writing(session):
        session.get_one(PaymentRefund, refund_id).seen_at -= by


def test_what_the_provider_refuses_gives_its_credits_back(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    started = bought(session, simulator, provider)
    refund_id = asked(session)
    payment = simulator.ask(f"/v1/checkout/sessions/{ref_of(session, started)}")["payment_intent"]
    simulator.refund(payment, 1999)
    send_refund(session, provider, refund_id)
    sync(session, provider, 1)
    assert [one.status for one in list_refunds(session, 1)] == ["failed", "succeeded"]
    assert purchase_of(session, 1).taken_credits == 100
    assert {kind for kind, _subject in open_tasks(session)} == {"refund_failed", "refunded"}


def test_a_refund_on_its_way_may_arrive_or_fail(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    """Caught: pending taken for done."""
    bought(session, simulator, provider, REFUND_PENDS)
    assert refunded(session, provider).status == "pending"
    assert (balances(session), notes(session)) == ((0, 100, 0), [])
    simulator.forward(BANK_SECONDS)
    sync(session, provider, 1)
    assert (balances(session), len(notes(session))) == ((0, 0, 0), 1)


def test_a_refund_that_fails_days_later_gives_its_credits_back(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    bought(session, simulator, provider, REFUND_FAILS)
    assert refunded(session, provider).status == "succeeded"
    assert balances(session) == (0, 0, 0)
    simulator.forward(BANK_SECONDS)
    sync(session, provider, 1)
    assert balances(session) == (100, 0, 0)
    assert [kind for kind, _subject in open_tasks(session)] == ["refund_failed"]
    assert mails(session) == ["receipt", "refund", "refund_failed"]


def test_a_disputed_payment_is_not_refunded(
    session: Session, simulator: Simulator, provider: Stripe
) -> None:
    started = bought(session, simulator, provider)
    payment = simulator.ask(f"/v1/checkout/sessions/{ref_of(session, started)}")["payment_intent"]
    simulator.dispute(payment)
    sync(session, provider, 1)
    with pytest.raises(IsDisputed):
        foretell(session)


@pytest.mark.parametrize("amount", [0, -1, 2000, 2**63])
def test_an_amount_that_cannot_be_is_refused(
    session: Session, simulator: Simulator, provider: Stripe, amount: int
) -> None:
    bought(session, simulator, provider)
    with pytest.raises(UnfitAmount):
        foretell(session, amount)


def test_what_was_never_paid_at_a_provider_has_nothing_to_give_back(session: Session) -> None:
    paid_purchase(session)
    with writing(session):
        session.get_one(Purchase, 1).payment_ref = None
    with pytest.raises(NothingToRefund):
        foretell(session)


@pytest.mark.parametrize("change", ["spent", "refunded", "synced"])
def test_who_saw_another_forecast_is_asked_again(
    session: Session, simulator: Simulator, provider: Stripe, change: str
) -> None:
    """Caught: the amount alone compared."""
    bought(session, simulator, provider)
    forecast = foretell(session, 500)
    if change == "spent":
        wallet_of(session).spend(90)
    elif change == "refunded":
        refunded(session, provider, 100)
    else:
        sync(session, provider, 1)
    with pytest.raises(PurchaseChanged):
        ask(session, forecast, may_owe=True)


def test_every_refusal_says_what_to_do() -> None:
    for one in {*RefundRefused.__subclasses__()} - {UnfitAmount}:
        assert str(one()).endswith(".")
    assert str(UnfitAmount(1999, "USD")) == "Enter an amount up to 19.99 USD: that is left."
