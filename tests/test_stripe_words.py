"""What Stripe's objects mean: only what is read of them is here."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.purchases.payments.stripe_words import read_event, read_snapshot
from domain.purchases.provider import Card
from domain.purchases.rules import Failure

AT = 1_800_000_000
OURS = {"scrip_purchase": "k1"}
REFUNDS = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "canceled",
    "of_tomorrow": "unknown",
}
DISPUTES = {
    **dict.fromkeys(("needs_response", "under_review", "warning_needs_response"), "open"),
    **dict.fromkeys(("warning_under_review", "appeal_needs_response"), "open"),
    **{"appeal_under_review": "open", "warning_closed": "won", "prevented": "won"},
    **{"won": "won", "lost": "lost", "of_tomorrow": "unknown"},
}


def session(
    state: str = "open", payment_status: str = "unpaid", /, **intent: object
) -> dict[str, Any]:
    """As Stripe sends one; with anything of an intent, that is expanded."""
    of_charge = {"id": "ch_1", "created": AT, "payment_method_details": None}
    expanded = {"id": "pi_1", "currency": "eur", "latest_charge": of_charge} | intent
    return {
        "id": "cs_1",
        "object": "checkout.session",
        "status": state,
        "payment_status": payment_status,
        "amount_total": 1999,
        "currency": "eur",
        "livemode": False,
        "metadata": OURS,
        "payment_intent": expanded if intent else None,
    }


@pytest.mark.parametrize(
    ("sent", "status", "failure"),
    [
        (session(), "open", None),
        (session("expired"), "expired", None),
        (session("complete", "paid", status="succeeded"), "paid", None),
        (session("complete", "no_payment_required"), "paid", None),
        (session("complete", status="processing"), "processing", None),
        (session("complete", status="succeeded"), "processing", None),
        (
            session("complete", status="requires_payment_method", last_payment_error={}),
            "failed",
            Failure.BANK_FAILED,
        ),
    ],
)
def test_what_is_complete_may_be_unpaid(
    sent: dict[str, Any], status: str, failure: Failure | None
) -> None:
    """Caught: `complete` taken for paid, by which a bank that confirms later gives credits."""
    seen = read_snapshot(sent)
    assert (seen.status, seen.failure, seen.purchase_key) == (status, failure, "k1")
    assert (seen.amount_minor, seen.currency, seen.is_live) == (1999, "EUR", False)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        ({"code": "card_declined", "decline_code": "insufficient_funds"}, Failure.NO_FUNDS),
        ({"code": "card_declined", "decline_code": "stolen_card"}, Failure.DECLINED),
        ({"code": "card_declined", "decline_code": "fraudulent"}, Failure.DECLINED),
        ({"code": "card_declined", "decline_code": "of_tomorrow"}, Failure.DECLINED),
        ({"code": "expired_card", "decline_code": "expired_card"}, Failure.CARD_EXPIRED),
        ({"code": "incorrect_cvc"}, Failure.WRONG_CODE),
        ({"code": "payment_intent_authentication_failure"}, Failure.NOT_CONFIRMED),
        ({"code": "card_declined", "decline_code": "try_again_later"}, Failure.TRY_LATER),
        ({"type": "api_error"}, Failure.TRY_LATER),
    ],
)
def test_failures_are_words_of_ours(error: dict[str, str], failure: Failure) -> None:
    of_try = {"card": {"brand": "visa", "last4": "0002", "country": "TR"}}
    sent = session(last_payment_error=error | {"payment_method": of_try})
    seen = read_snapshot(sent)
    assert (seen.status, seen.failure) == ("open", failure)
    assert seen.card == Card("visa", "0002", "TR")
    assert seen.failed_at == datetime.fromtimestamp(AT, UTC)


@pytest.mark.parametrize(
    ("error", "outcome", "is_fraud"),
    [
        ({"decline_code": "fraudulent"}, "issuer_declined", True),
        ({"decline_code": "stolen_card"}, "issuer_declined", True),
        ({"decline_code": "generic_decline"}, "blocked", True),
        ({"decline_code": "generic_decline"}, "issuer_declined", False),
        ({"decline_code": "insufficient_funds"}, "issuer_declined", False),
    ],
)
def test_a_fraud_is_a_decline_that_admins_know_more_of(
    error: dict[str, str], outcome: str, is_fraud: bool
) -> None:
    """Caught: what the provider's own guard blocks, taken for any decline."""
    charge = {"created": AT, "outcome": {"type": outcome}}
    sent = session(last_payment_error={"code": "card_declined", **error}, latest_charge=charge)
    assert read_snapshot(sent).is_fraud == is_fraud


def test_what_was_received_counts_and_what_went_back_is_listed() -> None:
    """Caught: an unknown status that passes for a refund that failed, or a dispute that is won."""
    details = {"brand": "visa", "last4": "3184", "country": "DE"}
    secure = {"card": details | {"three_d_secure": {"result": "authenticated"}}}
    charge = {"id": "ch_1", "created": AT, "payment_method_details": secure}
    sent = session("complete", "paid", amount_received=1500, latest_charge=charge)
    back = {"currency": "eur", "amount": 500}
    refunds = [back | {"id": f"re_{status}", "status": status} for status in REFUNDS]
    disputes = [back | {"id": f"dp_{status}", "status": status} for status in DISPUTES]
    seen = read_snapshot(sent, refunds, disputes)
    assert (seen.amount_minor, seen.paid_at) == (1500, datetime.fromtimestamp(AT, UTC))
    assert seen.card == Card("visa", "3184", "DE", was_confirmed=True)
    assert [refund.status for refund in seen.refunds] == list(REFUNDS.values())
    assert [dispute.status for dispute in seen.disputes] == list(DISPUTES.values())


@pytest.mark.parametrize(
    ("thing", "ref", "key"),
    [
        (session(), "cs_1", "k1"),
        ({"object": "payment_intent", "id": "pi_1", "metadata": OURS}, "pi_1", "k1"),
        ({"object": "refund", "id": "re_1", "payment_intent": "pi_1"}, "pi_1", None),
        ({"object": "dispute", "id": "dp_1", "payment_intent": {"id": "pi_1"}}, "pi_1", None),
        ({"object": "charge", "id": "ch_1", "payment_intent": None, "metadata": {}}, "ch_1", None),
    ],
)
def test_news_say_where_to_look(thing: dict[str, Any], ref: str, key: str | None) -> None:
    sent = {"id": "evt_1", "type": "refund.created", "created": AT, "data": {"object": thing}}
    news = read_event(sent)
    assert (news.id, news.kind, news.ref, news.purchase_key) == (
        "evt_1",
        "refund.created",
        ref,
        key,
    )
    assert news.happened_at == datetime.fromtimestamp(AT, UTC)
