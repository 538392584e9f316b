"""Puts the parts together."""

from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request

from simulator.api import answer_error, api
from simulator.board import board
from simulator.control import control
from simulator.endpoints import add_own_endpoint
from simulator.errors import ApiError
from simulator.faults import Faults
from simulator.pages import origin, pages
from simulator.sender import Sender
from simulator.settings import Settings
from simulator.store import Store

HERE = frozenset({"127.0.0.1", "localhost", "::1"})


def create_app(settings: Settings) -> Flask:
    app = Flask(__name__)
    store = Store(settings.file)
    parts = {"store": store, "settings": settings, "faults": Faults(), "sender": Sender(store)}
    app.extensions |= parts
    if settings.webhook_url:
        with store.writing() as kept:
            add_own_endpoint(kept, settings.webhook_url, settings.secret)
    for part in (api, control, pages, board):
        app.register_blueprint(part)
    app.register_error_handler(ApiError, answer_error)
    app.add_url_rule("/favicon.ico", view_func=no_icon)
    app.before_request(refuse_strangers)
    app.after_request(add_headers)
    return app


def no_icon() -> Response:
    return Response(status=204)


def refuse_strangers() -> None:
    """Other sites' pages, which could press buttons here with a browser of this machine."""
    sent_from = request.headers.get("Origin")
    is_strange = sent_from is not None and urlsplit(sent_from).netloc != request.host
    if urlsplit(f"//{request.host}").hostname not in HERE or is_strange:
        abort(403)


def add_headers(response: Response) -> Response:
    """A form's answer may lead back to the seller, which `form-action` has to name."""
    goals = " ".join({"'self'", *map(origin, g.get("may_go_to", []))})
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; img-src 'self'; form-action {goals}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response
