"""What happens to a payment: by a card, by a card whose bank asks, by a bank that confirms later.

All act on a checkout session that is open, and raise `SessionOver` otherwise.
"""

from simulator import disputes
from simulator.cards import (
    BANK_SAID_NO,
    NOT_CONFIRMED,
    Card,
    Decline,
    bank_details,
    details,
    kept_card,
)
from simulator.events import emit
from simulator.objects import declined, new_charge, new_intent, payment_error
from simulator.sessions import expire_when_over
from simulator.store import Json, Transaction

LATER_SECONDS = 8


class SessionOver(Exception):
    """It was paid, or expired."""


def refuse_over(kept: Transaction, session_id: str) -> Json:
    session = expire_when_over(kept, kept.the(session_id))
    if session["status"] != "open":
        raise SessionOver(session["status"])
    return session


def pay_by_card(kept: Transaction, session_id: str, card: Card) -> Json:
    """The payment afterwards; `requires_action` when the bank asks the buyer first."""
    session = refuse_over(kept, session_id)
    intent = _intent_of(kept, session)
    if not card.asks_bank:
        return _charge(kept, session, intent, card, confirmed=False)
    intent |= {
        "status": "requires_action",
        "next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": {}},
        "last_payment_error": None,
    }
    kept.hide(intent["id"], card=card.last4)
    return _tell(kept, "payment_intent.requires_action", intent)


def answer_bank(kept: Transaction, session_id: str, *, confirms: bool) -> Json:
    """What the buyer told the bank that asked."""
    session = refuse_over(kept, session_id)
    intent = _intent_of(kept, session)
    if intent["status"] != "requires_action":
        return intent
    card = kept_card(kept.hidden(intent["id"])["card"])
    if confirms:
        return _charge(kept, session, intent, card, confirmed=True)
    return _fail(kept, intent, NOT_CONFIRMED, details(card, confirmed=False), None)


def pay_late(kept: Transaction, session_id: str, card: Card) -> Json:
    """What has expired is paid all the same: its buyer pressed in the last second."""
    session = kept.the(session_id)
    if session["status"] != "expired":
        raise SessionOver(session["status"])
    return _charge(kept, session, _intent_of(kept, session), card, confirmed=False)


def pay_by_bank(
    kept: Transaction, session_id: str, *, succeeds: bool, seconds: float = LATER_SECONDS
) -> Json:
    """The buyer has done their part; the bank answers after so many seconds."""
    session = refuse_over(kept, session_id)
    intent = _intent_of(kept, session)
    charge = kept.add(new_charge(kept, intent, bank_details(), status="pending"))
    intent |= {
        "status": "processing",
        "latest_charge": charge["id"],
        "next_action": None,
        "last_payment_error": None,
    }
    emit(kept, "charge.pending", charge)
    _tell(kept, "payment_intent.processing", intent)
    _complete(kept, session, "unpaid")
    kept.do_later(seconds, "bank succeeds" if succeeds else "bank fails", intent["id"])
    return intent


def end_bank_payment(kept: Transaction, intent_id: str, *, succeeds: bool) -> Json:
    """The bank's answer, after a while."""
    intent = kept.the(intent_id)
    if intent["status"] != "processing":
        return intent
    charge = kept.the(intent["latest_charge"])
    session = kept.the(kept.hidden(intent_id)["session"])
    if succeeds:
        _succeed(kept, intent, charge)
        session["payment_status"] = "paid"
        _tell(kept, "checkout.session.async_payment_succeeded", session)
        return intent
    _fail(kept, intent, BANK_SAID_NO, charge["payment_method_details"], charge)
    _tell(kept, "checkout.session.async_payment_failed", session)
    return intent


def _intent_of(kept: Transaction, session: Json) -> Json:
    """As at Stripe, it is made when the buyer first tries to pay."""
    if session["payment_intent"]:
        return kept.the(session["payment_intent"])
    intent = kept.add(new_intent(kept, session, kept.hidden(session["id"])), session=session["id"])
    session["payment_intent"] = intent["id"]
    kept.save(session)
    emit(kept, "payment_intent.created", intent)
    return intent


def _charge(kept: Transaction, session: Json, intent: Json, card: Card, *, confirmed: bool) -> Json:
    means = details(card, confirmed=confirmed)
    charge = kept.add(new_charge(kept, intent, means, status="pending"), card=card.last4)
    intent |= {"latest_charge": charge["id"], "next_action": None, "last_payment_error": None}
    if card.decline:
        return _fail(kept, intent, card.decline, means, charge)
    _succeed(kept, intent, charge)
    _complete(kept, session, "paid")
    if card.disputed:
        disputes.open_dispute(kept, charge)
    return intent


def _succeed(kept: Transaction, intent: Json, charge: Json) -> None:
    charge |= {"status": "succeeded", "paid": True, "captured": True}
    charge["amount_captured"] = charge["amount"]
    charge["outcome"] = {"network_status": "approved_by_network", "type": "authorized"}
    intent |= {"status": "succeeded", "amount_received": intent["amount"]}
    _tell(kept, "charge.succeeded", charge)
    _tell(kept, "payment_intent.succeeded", intent)


def _fail(
    kept: Transaction, intent: Json, decline: Decline, means: Json, charge: Json | None
) -> Json:
    """The buyer may try again, with this card or another."""
    intent |= {
        "status": "requires_payment_method",
        "next_action": None,
        "last_payment_error": payment_error(decline, means, charge),
    }
    if charge:
        _tell(kept, "charge.failed", charge | declined(decline))
    return _tell(kept, "payment_intent.payment_failed", intent)


def _complete(kept: Transaction, session: Json, payment_status: str) -> None:
    session |= {"status": "complete", "payment_status": payment_status, "url": None}
    details = {"email": session["customer_email"], "name": None, "phone": None, "tax_ids": []}
    session["customer_details"] = {**details, "address": None, "tax_exempt": "none"}
    _tell(kept, "checkout.session.completed", session)


def _tell(kept: Transaction, type: str, thing: Json) -> Json:
    """Keeps what has changed, and says so."""
    kept.save(thing)
    emit(kept, type, thing)
    return thing
