"""`/v1/…`: the part of Stripe's API that selling once needs."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import wraps
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from simulator import endpoints, refunds, sessions
from simulator.errors import ApiError, missing
from simulator.faults import Faults, hang_up
from simulator.forms import numbered, read_form
from simulator.lists import expand, list_things
from simulator.settings import Settings
from simulator.store import Json, Store, Transaction, new_id

Act = Callable[..., Json]
View = Callable[..., Response]

api = Blueprint("api", __name__, url_prefix="/v1")
LISTED = {
    "checkout/sessions": ("checkout.session", ("payment_intent", "status")),
    "payment_intents": ("payment_intent", ()),
    "charges": ("charge", ("payment_intent",)),
    "refunds": ("refund", ("payment_intent", "charge")),
    "disputes": ("dispute", ("payment_intent", "charge")),
    "events": ("event", ("type", "types")),
    "webhook_endpoints": ("webhook_endpoint", ()),
}
_running: set[str] = set()
_running_lock = threading.Lock()


def the_store() -> Store:
    store: Store = current_app.extensions["store"]
    return store


def the_settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def the_faults() -> Faults:
    faults: Faults = current_app.extensions["faults"]
    return faults


@api.before_request
def check_key() -> None:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), the_settings().key.encode()):
        raise ApiError(401, f"Invalid API Key provided: {given[:8]}****")


@api.after_request
def name_request(response: Response) -> Response:
    response.headers["Request-Id"] = new_id("req", 14)
    return response


def reads(rule: str) -> Callable[[Act], View]:
    """A view of what an act answers, which gets a transaction and the request's form."""

    def decorate(act: Act) -> View:
        @wraps(act)
        def view(**arguments: str) -> Response:
            fault = the_faults().meet()
            form = read_form(request.args.items(multi=True))
            with the_store().reading() as kept:
                body = _expanded(kept, form, act(kept, form, **arguments))
            if fault and fault.kind == "lost":
                hang_up()
            return jsonify(body)

        api.get(rule)(view)
        return view

    return decorate


def writes(rule: str, method: str = "POST") -> Callable[[Act], View]:
    """The same for what changes something; with an Idempotency-Key it does so once."""

    def decorate(act: Act) -> View:
        @wraps(act)
        def view(**arguments: str) -> Response:
            key = request.headers.get("Idempotency-Key")
            form = read_form(request.form.items(multi=True))
            with _alone(key) if key else nullcontext():
                fault = the_faults().meet()
                with the_store().writing() as kept:
                    response = _answer_once(
                        kept, key, lambda: _expanded(kept, form, act(kept, form, **arguments))
                    )
            if fault and fault.kind == "lost":
                hang_up()
            return response

        api.route(rule, methods=[method])(view)
        return view

    return decorate


def _expanded(kept: Transaction, form: Json, body: Json) -> Json:
    return expand(kept, body, numbered(form.get("expand")))


@contextmanager
def _alone(key: str) -> Iterator[None]:
    """Raises ApiError while another request with this key is at work."""
    with _running_lock:
        if key in _running:
            raise ApiError(
                409,
                "There is currently another in-progress request using this Idempotency Key.",
                type="idempotency_error",
                code="idempotency_key_in_use",
            )
        _running.add(key)
    try:
        yield
    finally:
        _running.discard(key)


def _answer_once(kept: Transaction, key: str | None, work: Callable[[], Json]) -> Response:
    """What this key was answered with before, or what the work answers. A refusal is not kept."""
    if key is None:
        return jsonify(work())
    sent = json.dumps(sorted(request.form.items(multi=True)))
    asked = f"{request.path} {hashlib.sha256(sent.encode()).hexdigest()}"
    row = kept.connection.execute(
        "SELECT request, body FROM answer WHERE key = ?", (key,)
    ).fetchone()
    if row and row[0] != asked:
        raise ApiError(
            400,
            "Keys for idempotent requests can only be used with the same parameters they were first"
            f" used with. Try using a key other than '{key}' if you meant to execute a different"
            " request.",
            type="idempotency_error",
        )
    if row:
        response = jsonify(json.loads(row[1]))
        response.headers["Idempotent-Replayed"] = "true"
        return response
    answer = work()
    kept.connection.execute(
        "INSERT INTO answer (key, request, body) VALUES (?, ?, ?)", (key, asked, json.dumps(answer))
    )
    return jsonify(answer)


@writes("/checkout/sessions")
def create_session(kept: Transaction, form: Json) -> Json:
    return sessions.create_session(kept, form, the_settings().url)


@reads("/checkout/sessions/<id>")
def get_session(kept: Transaction, _form: Json, id: str) -> Json:
    return sessions.find_session(kept, id)


@writes("/checkout/sessions/<id>/expire")
def expire_session(kept: Transaction, _form: Json, id: str) -> Json:
    return sessions.expire_session(kept, id)


@reads("/payment_intents/<id>")
def get_payment_intent(kept: Transaction, _form: Json, id: str) -> Json:
    return _find(kept, "payment_intent", id)


@reads("/charges/<id>")
def get_charge(kept: Transaction, _form: Json, id: str) -> Json:
    return _find(kept, "charge", id)


@writes("/refunds")
def create_refund(kept: Transaction, form: Json) -> Json:
    return refunds.create_refund(kept, form)


@reads("/refunds/<id>")
def get_refund(kept: Transaction, _form: Json, id: str) -> Json:
    return _find(kept, "refund", id)


@reads("/disputes/<id>")
def get_dispute(kept: Transaction, _form: Json, id: str) -> Json:
    return _find(kept, "dispute", id)


@reads("/events/<id>")
def get_event(kept: Transaction, _form: Json, id: str) -> Json:
    return _find(kept, "event", id)


@writes("/webhook_endpoints")
def create_webhook_endpoint(kept: Transaction, form: Json) -> Json:
    return endpoints.create_endpoint(kept, form)


@reads("/webhook_endpoints/<id>")
def get_webhook_endpoint(kept: Transaction, _form: Json, id: str) -> Json:
    return _find(kept, "webhook_endpoint", id)


@writes("/webhook_endpoints/<id>", "DELETE")
def delete_webhook_endpoint(kept: Transaction, _form: Json, id: str) -> Json:
    _find(kept, "webhook_endpoint", id)
    return endpoints.delete_endpoint(kept, id)


@reads("/<path:name>")
def list_all(kept: Transaction, form: Json, name: str) -> Json:
    if name not in LISTED:
        raise ApiError(404, f"Unrecognized request URL (GET: {request.path}).")
    object, filters = LISTED[name]
    return list_things(kept, object, form, request.path, filters)


def _find(kept: Transaction, object: str, id: str) -> Json:
    body = kept.get(id)
    if not body or body["object"] != object:
        raise missing(object, id)
    return body


def answer_error(problem: ApiError) -> tuple[Any, int]:
    return jsonify(problem.body), problem.status
