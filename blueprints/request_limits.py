"""How much a request may bring, by route. deploy/nginx.conf lets through as much and no more."""

from typing import NamedTuple

from flask import Flask, abort, request


class Limit(NamedTuple):
    """How many bytes a body may have, and how many fields a form."""

    bytes: int
    fields: int


USUAL = Limit(64 * 1024, 100)
# A field for each ticked change and each warning agreed to, for ten thousand of both.
LONG = Limit(1024 * 1024, 20_100)
LIMITS = {
    "publishing.apply_review": LONG,
    "publishing.look_again": LONG,
    "publishing.discard_in_review": LONG,
}


def init_app(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = USUAL.bytes
    app.before_request(refuse_too_much)


def limit_of(endpoint: str | None) -> Limit:
    return LIMITS.get(endpoint or "", USUAL)


def refuse_too_much() -> None:
    """Werkzeug's own limit on fields covers multipart bodies only."""
    if request.routing_exception is not None:
        return
    limit = limit_of(request.endpoint)
    request.max_content_length = request.max_form_memory_size = limit.bytes
    if request.mimetype == "application/x-www-form-urlencoded":
        body = request.get_data(cache=True, parse_form_data=False)
        if body.count(b"&") >= limit.fields:
            abort(413)
