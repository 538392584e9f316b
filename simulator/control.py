"""`/simulator/…`: what tests ask for. JSON, with the same key as the API."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from simulator import bank, disputes, due, endpoints, refunds, sessions
from simulator.api import check_key, the_faults, the_settings, the_store
from simulator.cards import find_card
from simulator.errors import ApiError
from simulator.events import change_sending, send_again
from simulator.faults import Fault
from simulator.sender import Sender
from simulator.store import Json, Transaction

control = Blueprint("control", __name__, url_prefix="/simulator")
control.before_request(check_key)


def asked() -> Json:
    body: Json = request.get_json(silent=True) or {}
    return body


@control.post("/reset")
def reset() -> Response:
    """As if just started, with webhooks as asked for."""
    store, settings = the_store(), the_settings()
    the_faults().set([])
    store.empty()
    sender: Sender = current_app.extensions["sender"]
    sender.wait_for_those_under_way()
    change_sending(asked())
    if settings.webhook_url:
        with store.writing() as kept:
            endpoints.add_own_endpoint(kept, settings.webhook_url, settings.secret)
    return jsonify({})


@control.post("/faults")
def faults() -> Response:
    the_faults().set([Fault(**one) for one in asked()["faults"]])
    return jsonify({})


@control.post("/webhooks")
def webhooks() -> Response:
    """With `url`, they go there from now on."""
    changes = asked()
    url = changes.pop("url", None)
    if url:
        with the_store().writing() as kept:
            kept.connection.execute("DELETE FROM thing WHERE object = 'webhook_endpoint'")
            endpoints.add_own_endpoint(kept, url, the_settings().secret)
    change_sending(changes)
    return jsonify({})


@control.post("/clock")
def clock() -> Response:
    """Forward by so many seconds; what is due by then has happened when this answers."""
    with the_store().writing() as kept:
        kept.connection.execute("INSERT INTO clock VALUES (?)", (asked()["seconds"],))
        due.do_due_now(kept)
        return jsonify({"now": kept.now()})


@control.post("/pay")
def pay() -> Response:
    """As the page does: with `card`, and `confirms` for a bank that asks; or with what another bank
    says after `seconds`: "succeeds" or "fails". `late` is for a session that has expired."""
    wanted = asked()
    with the_store().writing() as kept:
        return jsonify(_pay(kept, wanted.pop("session"), **wanted))


def _pay(
    kept: Transaction,
    session: str,
    *,
    card: str = "",
    confirms: bool = True,
    bank_says: str | None = None,
    seconds: float = bank.LATER_SECONDS,
    late: bool = False,
) -> Json:
    try:
        if late:
            return bank.pay_late(kept, session, find_card(card))
        if bank_says:
            succeeds = bank_says == "succeeds"
            return bank.pay_by_bank(kept, session, succeeds=succeeds, seconds=seconds)
        intent = bank.pay_by_card(kept, session, find_card(card))
        if intent["status"] == "requires_action":
            intent = bank.answer_bank(kept, session, confirms=confirms)
        return intent
    except bank.SessionOver as problem:
        raise ApiError(410, f"The session is {problem}.") from problem


@control.post("/dispute")
def dispute() -> Response:
    """Opens one about `payment_intent`, or gives `dispute` another `status`."""
    wanted = asked()
    with the_store().writing() as kept:
        if "dispute" in wanted:
            return jsonify(disputes.change_dispute(kept, wanted["dispute"], wanted["status"]))
        intent = kept.the(wanted.pop("payment_intent"))
        charge = kept.the(intent["latest_charge"])
        return jsonify(disputes.open_dispute(kept, charge, **wanted))


@control.post("/refund")
def refund() -> Response:
    """Makes one of `payment_intent`, or gives `refund` another `status`."""
    wanted = asked()
    with the_store().writing() as kept:
        if "refund" in wanted:
            return jsonify(refunds.end_refund(kept, wanted["refund"], wanted["status"]))
        return jsonify(refunds.create_refund(kept, wanted))


@control.post("/expire")
def expire() -> Response:
    with the_store().writing() as kept:
        return jsonify(sessions.expire_session(kept, asked()["session"]))


@control.post("/resend")
def resend() -> Response:
    with the_store().writing() as kept:
        send_again(kept, asked()["event"])
    return jsonify({})


@control.get("/deliveries")
def deliveries() -> Response:
    with the_store().reading() as kept:
        rows = kept.connection.execute(
            "SELECT event, state, tries, answer, due FROM delivery ORDER BY id"
        ).fetchall()
    names = ("event", "state", "tries", "answer", "due")
    listed: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in rows]
    return jsonify(listed)


@control.get("/sessions")
def count_sessions() -> Response:
    with the_store().reading() as kept:
        return jsonify(kept.count("checkout.session"))
