"""Money that goes back."""

from simulator.cards import kept_card
from simulator.errors import ApiError, missing
from simulator.events import emit
from simulator.forms import metadata, refuse_unknown, whole
from simulator.money import refuse_parts, write
from simulator.store import Json, Transaction, new_id

LATER_SECONDS = 8
KNOWN = ("payment_intent", "charge", "amount", "reason", "metadata")
# These give the money back to the charge.
UNDONE = ("failed", "canceled")


def create_refund(kept: Transaction, form: Json) -> Json:
    """What becomes of it, the card says: see `cards.py`."""
    refuse_unknown(form, KNOWN)
    charge = _find_charge(kept, form)
    left = charge["amount"] - charge["amount_refunded"]
    _refuse(charge, left)
    amount = whole(form.get("amount", left), "amount")
    if amount < 1:
        raise ApiError(400, "Invalid positive integer", code="parameter_invalid_integer")
    refuse_parts(amount, charge["currency"])
    if amount > left:
        asked, there = write(amount, charge["currency"]), write(left, charge["currency"])
        raise ApiError(
            400,
            f"Refund amount ({asked}) is greater than unrefunded amount on charge ({there})",
            param="amount",
        )
    fate = kept_card(kept.hidden(charge["id"]).get("card", "")).refund
    refund = kept.add(_new_refund(kept, charge, amount, form, is_pending=fate == "pending"))
    _count(kept, charge, amount)
    emit(kept, "refund.created", refund)
    emit(kept, "charge.refunded", charge)
    if fate != "succeeds":
        kept.do_later(LATER_SECONDS, f"refund {fate}", refund["id"])
    return refund


def end_refund(kept: Transaction, refund_id: str, status: str) -> Json:
    """Pending comes to an end; a bank may also send back what had succeeded."""
    refund = find_refund(kept, refund_id)
    if refund["status"] == status or refund["status"] in UNDONE:
        return refund
    refund["status"] = status
    if status in UNDONE:
        refund["failure_reason"] = "unknown" if status == "failed" else None
        _count(kept, kept.the(refund["charge"]), -refund["amount"])
    kept.save(refund)
    emit(kept, "refund.updated", refund)
    if status == "failed":
        emit(kept, "refund.failed", refund)
    emit(kept, "charge.refund.updated", refund)
    return refund


def find_refund(kept: Transaction, refund_id: str) -> Json:
    refund = kept.get(refund_id)
    if not refund or refund["object"] != "refund":
        raise missing("refund", refund_id)
    return refund


def _find_charge(kept: Transaction, form: Json) -> Json:
    charge_id = form.get("charge")
    if intent_id := form.get("payment_intent"):
        intent = kept.get(intent_id)
        if not intent or intent["object"] != "payment_intent":
            raise missing("payment_intent", intent_id)
        charge_id = intent["latest_charge"]
    charge = kept.get(charge_id) if charge_id else None
    if not charge or charge["status"] != "succeeded":
        raise ApiError(
            400, "This PaymentIntent does not have a successful charge to refund.", param="charge"
        )
    return charge


def _refuse(charge: Json, left: int) -> None:
    if charge["disputed"]:
        raise ApiError(
            400,
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    if not left:
        raise ApiError(
            400,
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
        )


def _new_refund(
    kept: Transaction, charge: Json, amount: int, form: Json, *, is_pending: bool
) -> Json:
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": kept.now(),
        "currency": charge["currency"],
        "destination_details": None,
        "failure_reason": None,
        "metadata": metadata(form),
        "payment_intent": charge["payment_intent"],
        "pending_reason": "processing" if is_pending else None,
        "reason": form.get("reason"),
        "receipt_number": None,
        "status": "pending" if is_pending else "succeeded",
    }


def _count(kept: Transaction, charge: Json, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    kept.save(charge)
