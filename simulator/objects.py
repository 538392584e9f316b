"""Payments and charges with the fields that Stripe sends."""

from simulator.cards import Decline
from simulator.store import Json, Transaction, new_id


def new_intent(kept: Transaction, session: Json, order: Json) -> Json:
    intent_id = new_id("pi")
    return {
        "id": intent_id,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_received": 0,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_secret_simulator",
        "confirmation_method": "automatic",
        "created": kept.now(),
        "currency": session["currency"],
        "customer": None,
        "description": order["intent"].get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": order["intent"].get("metadata", {}),
        "next_action": None,
        "payment_method": None,
        "payment_method_types": session["payment_method_types"],
        "processing": None,
        "receipt_email": None,
        "status": "requires_payment_method",
    }


def new_charge(kept: Transaction, intent: Json, means: Json, *, status: str) -> Json:
    return {
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None},
        "captured": False,
        "created": kept.now(),
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": intent["metadata"],
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": new_id("pm"),
        "payment_method_details": means,
        "receipt_url": None,
        "refunded": False,
        "status": status,
    }


def declined(decline: Decline) -> Json:
    """What is said of a charge that failed."""
    return {
        "status": "failed",
        "failure_code": decline.code,
        "failure_message": decline.message,
        "outcome": {
            "network_status": "declined_by_network",
            "reason": decline.decline_code or decline.code,
            "type": "issuer_declined",
        },
    }


def payment_error(decline: Decline, means: Json, charge: Json | None) -> Json:
    """The same as the last error of a payment; without a charge where the bank was never asked."""
    error = {
        "type": "card_error" if means["type"] == "card" else "invalid_request_error",
        "code": decline.code,
        "decline_code": decline.decline_code,
        "message": decline.message,
        "charge": charge["id"] if charge else None,
        "payment_method": {"object": "payment_method", **means},
    }
    return {name: value for name, value in error.items() if value}
