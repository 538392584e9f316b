"""What Stripe's objects say, in words of ours. Pure: they come as plain dictionaries."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from domain.purchases.payments.stripe_money import from_stripe
from domain.purchases.provider import (
    Card,
    Dispute,
    DisputeStatus,
    Event,
    ListedCheckout,
    Opened,
    PaymentStatus,
    Refund,
    RefundStatus,
    Snapshot,
)
from domain.purchases.rules import Failure

Object = Mapping[str, Any]

# The names of our keys among the metadata.
PURCHASE, REFUND = "scrip_purchase", "scrip_refund"
# Arabic is not among Stripe's languages: then the browser's decides.
LOCALES = {"en": "en", "tr": "tr", "de": "de"}
AUTO = "auto"
# What Stripe is asked to tell.
EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.payment_failed",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "radar.early_fraud_warning.created",
)
PAID = ("paid", "no_payment_required")
REFUNDS: Mapping[str, RefundStatus] = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "canceled",
}
DISPUTES: Mapping[str, DisputeStatus] = {
    **dict.fromkeys(("needs_response", "under_review"), "open"),
    **dict.fromkeys(("warning_needs_response", "warning_under_review"), "open"),
    **dict.fromkeys(("appeal_needs_response", "appeal_under_review"), "open"),
    **dict.fromkeys(("won", "warning_closed", "prevented"), "won"),
    "lost": "lost",
}
# Fraud, lost and stolen cards are among the rest, which is declined: buyers hear no more than that.
FAILURES = {
    "insufficient_funds": Failure.NO_FUNDS,
    "expired_card": Failure.CARD_EXPIRED,
    **dict.fromkeys(("incorrect_cvc", "invalid_cvc"), Failure.WRONG_CODE),
    **dict.fromkeys(
        ("authentication_required", "payment_intent_authentication_failure"), Failure.NOT_CONFIRMED
    ),
    **dict.fromkeys(("processing_error", "issuer_not_available"), Failure.TRY_LATER),
    **dict.fromkeys(("try_again_later", "reenter_transaction"), Failure.TRY_LATER),
}
FRAUD = frozenset(("fraudulent", "lost_card", "stolen_card", "pickup_card", "merchant_blacklist"))


def read_opened(session: Object) -> Opened:
    """Raises ValueError for one that nobody can pay at."""
    ref, url = session["id"], session["url"]
    if not ref or not url:
        raise ValueError("a session without a name or an address")
    return Opened(ref, url, _time(session["expires_at"]))


def read_listed(session: Object) -> ListedCheckout:
    """Of a session that is ours, and whose intent is only named."""
    currency = session["currency"].upper()
    metadata = dict(session["metadata"])
    return ListedCheckout(
        ref=session["id"],
        purchase_key=metadata.pop(PURCHASE),
        metadata=metadata,
        status=_status(session),
        amount_minor=from_stripe(session["amount_total"], currency),
        currency=currency,
        is_live=session["livemode"],
        created_at=_time(session["created"]),
        expires_at=_time(session["expires_at"]),
        email=_email(session),
        url=session["url"] or "",
        return_url=session["success_url"],
        cancel_url=session["cancel_url"] or "",
    )


def read_snapshot(
    session: Object, refunds: Iterable[Object] = (), disputes: Iterable[Object] = ()
) -> Snapshot:
    """Of a session whose intent and latest charge are expanded."""
    intent, status = intent_of(session), _status(session)
    charge, failed = charge_of(intent), intent.get("last_payment_error") or {}
    currency = session["currency"].upper()
    is_paid = status == "paid"
    amount = intent.get("amount_received") if is_paid else None
    return Snapshot(
        ref=session["id"],
        status=status,
        amount_minor=from_stripe(session["amount_total"] if amount is None else amount, currency),
        currency=(intent.get("currency") or currency).upper(),
        purchase_key=purchase_key(session) or "",
        is_live=session["livemode"],
        payment_ref=payment_ref(session),
        failure=None if is_paid else _failure(failed, status),
        is_fraud=not is_paid and _is_fraud(failed, charge),
        failed_at=_time(charge["created"]) if failed and charge and not is_paid else None,
        card=_card(charge.get("payment_method_details")) or _card(failed.get("payment_method")),
        paid_at=_time(charge["created"]) if is_paid and charge else None,
        refunds=tuple(map(read_refund, refunds)),
        disputes=tuple(map(_dispute, disputes)),
        email=_email(session),
    )


def read_refund(refund: Object) -> Refund:
    currency = refund["currency"].upper()
    status = REFUNDS.get(refund.get("status") or "", "unknown")
    key = (refund.get("metadata") or {}).get(REFUND) or None
    return Refund(refund["id"], from_stripe(refund["amount"], currency), currency, status, key)


def read_event(event: Object) -> Event:
    """Of a session, an intent, or of something that names its intent. All else is found nowhere
    here, and comes with its own name."""
    thing = event["data"]["object"]
    if thing.get("object") in ("checkout.session", "payment_intent"):
        ref = thing["id"]
    else:
        ref = payment_ref(thing) or thing.get("id") or ""
    happened_at = _time(event["created"])
    return Event(event["id"], event["type"], ref, purchase_key(thing), happened_at)


def intent_of(session: Object) -> Object:
    intent = session.get("payment_intent")
    return intent if isinstance(intent, Mapping) else {}


def charge_of(intent: Object) -> Object:
    charge = intent.get("latest_charge")
    return charge if isinstance(charge, Mapping) else {}


def payment_ref(thing: Object) -> str | None:
    intent = thing.get("payment_intent")
    return intent["id"] if isinstance(intent, Mapping) else intent


def purchase_key(thing: Object) -> str | None:
    return (thing.get("metadata") or {}).get(PURCHASE) or None


def _email(session: Object) -> str | None:
    """What the buyer typed at the provider's page, else what they came with."""
    typed = (session.get("customer_details") or {}).get("email")
    return typed or session.get("customer_email") or None


def _status(session: Object) -> PaymentStatus:
    """`complete` says that the buyer has done their part, not that anything was paid."""
    if session["payment_status"] in PAID:
        return "paid"
    if session["status"] != "complete":
        return "expired" if session["status"] == "expired" else "open"
    has_failed = intent_of(session).get("status") in ("requires_payment_method", "canceled")
    return "failed" if has_failed else "processing"


def _failure(error: Object, status: PaymentStatus) -> Failure | None:
    if status == "failed":
        return Failure.BANK_FAILED
    if not error:
        return None
    for code in (error.get("decline_code"), error.get("code")):
        if code in FAILURES:
            return FAILURES[code]
    return Failure.TRY_LATER if error.get("type") == "api_error" else Failure.DECLINED


def _is_fraud(error: Object, charge: Object) -> bool:
    """What the bank takes for one, or the provider's own guard has blocked."""
    is_blocked = (charge.get("outcome") or {}).get("type") == "blocked"
    return bool(error) and (is_blocked or error.get("decline_code") in FRAUD)


def _card(method: Object | None) -> Card | None:
    """Of what was paid with; None for what is no card."""
    card = (method or {}).get("card")
    if not card:
        return None
    secure = card.get("three_d_secure") or {}
    return Card(
        card.get("brand") or "",
        card.get("last4") or "",
        card.get("country"),
        secure.get("result") == "authenticated",
    )


def _dispute(dispute: Object) -> Dispute:
    currency = dispute["currency"].upper()
    answer_by = (dispute.get("evidence_details") or {}).get("due_by")
    return Dispute(
        dispute["id"],
        from_stripe(dispute["amount"], currency),
        currency,
        DISPUTES.get(dispute["status"], "unknown"),
        dispute.get("reason") or "",
        _time(answer_by) if answer_by else None,
    )


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
