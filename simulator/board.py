"""`/`: what was paid and what was sent, with buttons for what else may happen to a payment."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from simulator import bank, disputes, events, refunds, sessions
from simulator.api import the_store
from simulator.errors import ApiError
from simulator.money import write
from simulator.store import Json, Transaction

board = Blueprint("board", __name__)
SHOWN = 30


@board.get("/")
def home(problem: str = "", status: int = 200) -> ResponseReturnValue:
    with the_store().reading() as kept:
        rows = [_session_row(kept, one) for one in kept.newest("checkout.session", SHOWN)]
        sent = kept.newest("event", SHOWN)
        deliveries = _deliveries(kept, sent)
    shown = {"rows": rows, "sent": sent, "deliveries": deliveries, "problem": problem}
    return render_template("board.html", **shown, write=write, moment=write_moment), status


def write_moment(seconds: int) -> str:
    """ "29 Nov 23:35:14 UTC"."""
    return f"{datetime.fromtimestamp(seconds, UTC):%-d %b %H:%M:%S} UTC"


def _session_row(kept: Transaction, session: Json) -> dict[str, Any]:
    intent_id = session["payment_intent"] or ""
    charge = kept.get((kept.get(intent_id) or {}).get("latest_charge") or "")
    return {
        "session": session,
        "name": kept.hidden(session["id"])["name"],
        "intent": kept.get(intent_id),
        "left": charge["amount"] - charge["amount_refunded"] if charge else 0,
        "refunds": kept.of_intent("refund", intent_id),
        "disputes": kept.of_intent("dispute", intent_id),
    }


def _deliveries(kept: Transaction, sent: list[Json]) -> dict[str, list[tuple[str, str]]]:
    """State and answer of each copy, by the event's id."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    marks = ", ".join("?" for _ in sent)
    for event, *rest in kept.connection.execute(
        f"SELECT event, state, answer FROM delivery WHERE event IN ({marks}) ORDER BY id",  # noqa: S608
        [one["id"] for one in sent],
    ):
        found[event].append((rest[0], rest[1]))
    return found


@board.post("/act")
def act() -> ResponseReturnValue:
    """One of the buttons was pressed."""
    try:
        with the_store().writing() as kept:
            _act(kept, request.form["what"], request.form["id"])
    except ApiError as problem:
        return home(str(problem), problem.status)
    return redirect("/", 303)


def _act(kept: Transaction, what: str, id: str) -> None:
    if what == "resend":
        events.send_again(kept, id)
    elif what in ("refund", "refund half"):
        _refund(kept, id, half=what == "refund half")
    elif what == "dispute":
        disputes.open_dispute(kept, kept.the(kept.the(id)["latest_charge"]))
    elif what in ("won", "lost"):
        disputes.change_dispute(kept, id, what)
    elif what == "refund fails":
        refunds.end_refund(kept, id, "failed")
    elif what == "expire":
        sessions.expire_session(kept, id)
    elif what in ("bank says yes", "bank says no"):
        bank.end_bank_payment(kept, id, succeeds=what == "bank says yes")


def _refund(kept: Transaction, intent_id: str, *, half: bool) -> None:
    form: Json = {"payment_intent": intent_id}
    if half:
        form["amount"] = max(kept.the(intent_id)["amount"] // 2, 1)
    refunds.create_refund(kept, form)
