"""How much a request may bring: bodies by route, and headers.

deploy/nginx.conf lets bodies through as far, and no further.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask, abort, request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Limit(NamedTuple):
    """How many bytes a body may have, and how many fields a form."""

    bytes: int
    fields: int


USUAL = Limit(64 * 1024, 100)
# A field for each ticked change and each warning agreed to, for ten thousand of both.
LONG = Limit(1024 * 1024, 20_100)
# A file, and what else its form has.
A_FILE = Limit(6 * 1024 * 1024, 100)
LIMITS = {
    "imports.check": A_FILE,
    **dict.fromkeys(("imports.turn", "imports.read_again", "imports.save"), LONG),
    **dict.fromkeys(("packages.bulk", "packages.preview_bulk", "packages.save_bulk"), LONG),
    **dict.fromkeys(("packages.copy", "packages.preview_copy", "packages.save_copy"), LONG),
    **dict.fromkeys(
        ("packages.save_prices", "packages.echo_prices", "packages.total_prices"), LONG
    ),
    "publishing.apply_review": LONG,
    "publishing.look_again": LONG,
    "publishing.discard_in_review": LONG,
}
# How many characters of what is taken apart item by item, in time that grows with its length.
# Browsers send a tenth of it; nginx.conf lets 8 KB through, the server itself 400.
LONGEST_HEADERS = {
    "CONTENT_TYPE": 500,
    "HTTP_ACCEPT": 1000,
    "HTTP_ACCEPT_ENCODING": 500,
    "HTTP_ACCEPT_LANGUAGE": 500,
    "HTTP_IF_MATCH": 1000,
    "HTTP_IF_NONE_MATCH": 1000,
    "HTTP_RANGE": 500,
    "HTTP_HX_CURRENT_URL": 8 * 1024,
    "HTTP_COOKIE": 16 * 1024,
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


class HeaderLimits:
    """A header that is too long counts as not sent: the answer is what anybody gets."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        for name, most in LONGEST_HEADERS.items():
            if len(environ.get(name, "")) > most:
                del environ[name]
        return self._application(environ, start)


def limit_headers(app: Flask) -> None:
    """Of all that is in `app` until now."""
    app.wsgi_app = HeaderLimits(app.wsgi_app)  # type: ignore[assignment, method-assign]
