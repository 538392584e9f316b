"""A buyer's bank that asks for the money back."""

from simulator.errors import missing
from simulator.events import emit
from simulator.store import Json, Transaction, new_id

ANSWER_SECONDS = 7 * 24 * 60 * 60
# These end it; the money stays gone only of a lost one.
ENDS = ("won", "lost", "warning_closed", "prevented")


def open_dispute(
    kept: Transaction,
    charge: Json,
    *,
    amount: int | None = None,
    reason: str = "fraudulent",
    status: str = "needs_response",
) -> Json:
    dispute = kept.add(_new_dispute(kept, charge, amount or charge["amount"], reason, status))
    charge["disputed"] = True
    kept.save(charge)
    emit(kept, "charge.dispute.created", dispute)
    if not status.startswith("warning"):
        emit(kept, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def change_dispute(kept: Transaction, dispute_id: str, status: str) -> Json:
    dispute = find_dispute(kept, dispute_id)
    if dispute["status"] in ENDS:
        return dispute
    dispute["status"] = status
    kept.save(dispute)
    emit(kept, "charge.dispute.updated", dispute)
    if status == "won":
        emit(kept, "charge.dispute.funds_reinstated", dispute)
    if status in ENDS:
        emit(kept, "charge.dispute.closed", dispute)
    return dispute


def find_dispute(kept: Transaction, dispute_id: str) -> Json:
    dispute = kept.get(dispute_id)
    if not dispute or dispute["object"] != "dispute":
        raise missing("dispute", dispute_id)
    return dispute


def _new_dispute(kept: Transaction, charge: Json, amount: int, reason: str, status: str) -> Json:
    now = kept.now()
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "evidence": {},
        "evidence_details": {
            "due_by": now + ANSWER_SECONDS,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": status.startswith("warning"),
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"type": "card", "card": {"brand": "visa"}},
        "reason": reason,
        "status": status,
    }
