"""What programs are told when something goes wrong: problem details as RFC 9457 has them."""

import json
from urllib.parse import quote

from flask import Response, request

MESSAGES = {
    400: ("Bad request", "Mend the request as /api/v1/ describes it, then send it again."),
    404: ("Not found", "There is nothing at this address. /api/v1/ lists the addresses there are."),
    405: ("Method not allowed", "Everything here can only be read: send GET or HEAD."),
    413: ("Too large", "Send the request without a body."),
    500: ("Something broke on our side", "Send it again later; we have noted the error."),
    503: ("Not available right now", "Send it again in a few seconds."),
}
ANCHORS = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    500: "broken",
    503: "unavailable",
}


def is_api() -> bool:
    """Whether a program asks, whatever it may have got wrong."""
    return f"{request.path}/".startswith("/api/")


def answer(status: int, title: str, detail: str) -> Response:
    """`type` leads to the part of the API's page that says more."""
    anchor = ANCHORS.get(status)
    body = {
        "type": f"/api/v1/#{anchor}" if anchor else "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": quote(request.path),
    }
    return Response(json.dumps(body) + "\n", status, mimetype="application/problem+json")
