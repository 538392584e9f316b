"""What operators read: a line of JSON for each request and each error, tied by the request's id.

Only paths are noted, without what follows a question mark, and never what people typed.
"""

import logging
import logging.config
import re
import secrets
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, request
from werkzeug.wsgi import get_path_info

from config import Config
from domain.request_context import request_address, request_id

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ID_HEADER = "X-Request-Id"
# What a proxy gave the request, so that its log and ours can be read together.
GIVEN_ID = re.compile(r"[\w.-]{8,64}", re.ASCII)
# The address of a shared preview, a payment link, an invitation or a link to a new password is its
# key, also where it was typed with a mistake.
SHARED_PATH = re.compile(r"(?is)(?<!/credit-packages)(/(?:preview|pay|invitation|password)/).+")
SHARED_PATH_IN_TEXT = re.compile(
    r"(?i)(?<!/credit-packages)(/(?:preview|pay|invitation|password)/)\s*\S+"
)
# Asked for every few seconds by whoever watches the server.
UNNOTED = frozenset({("/healthz", 200), ("/readyz", 200)})

Headers = list[tuple[str, str]]

requests = logging.getLogger("scrip.requests")


def init_app(app: Flask) -> None:
    config: Config = app.extensions["scrip"]
    app.logger.addFilter(hide_secrets)
    app.before_request(note_address)
    app.teardown_request(forget_address)
    app.wsgi_app = RequestLog(app.wsgi_app, is_proxied=config.proxies > 0)  # type: ignore[method-assign]


def note_address() -> None:
    """As the proxies say: they are asked after the request got its id."""
    request_address.set(request.remote_addr or "")


def forget_address(_error: BaseException | None) -> None:
    """What this thread writes next is of another request, or of none."""
    request_address.set("")


def set_up(config: Config) -> None:
    """For a process that serves. In development only warnings are shown, as plain text."""
    if config.production:
        logging.config.dictConfig(LINES)


LINES: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "fmt": ["levelname", "message", "request"],
            "rename_fields": {"levelname": "level", "exc_info": "traceback"},
            "timestamp": "time",
        }
    },
    "filters": {"request": {"()": "blueprints.logs.NameRequest"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request"]}
    },
    # It tells forty lines of each font that a PDF gets a part of.
    "loggers": {"fontTools": {"level": "WARNING"}},
    "root": {"level": "INFO", "handlers": ["stderr"]},
}


class NameRequest(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request = request_id.get() or None
        return True


def hide_secrets(record: logging.LogRecord) -> bool:
    """A filter that takes out what the path of a failing request could give away."""
    record.msg, record.args = SHARED_PATH_IN_TEXT.sub(r"\1…", record.getMessage()), ()
    return True


class RequestLog:
    """WSGI middleware, outermost: gives each request its id and notes how it was answered."""

    def __init__(self, app: "WSGIApplication", *, is_proxied: bool) -> None:
        self.app = app
        self.is_proxied = is_proxied

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        began = time.perf_counter()
        id = self.id_for(environ)
        request_id.set(id)
        status = 0

        def start(line: str, headers: Headers, *error: Any) -> Any:  # noqa: ANN401
            nonlocal status
            status = int(line[:3])
            return start_response(line, [*headers, (ID_HEADER, id)], *error)

        answer = self.app(environ, start)
        path = get_path_info(environ)
        if (path, status) not in UNNOTED:
            requests.info("request", extra=facts(environ, path, status, began))
        return answer

    def id_for(self, environ: "WSGIEnvironment") -> str:
        given = environ.get("HTTP_X_REQUEST_ID", "") if self.is_proxied else ""
        return given if GIVEN_ID.fullmatch(given) else secrets.token_hex(8)


def facts(environ: "WSGIEnvironment", path: str, status: int, began: float) -> dict[str, Any]:
    return {
        "method": environ["REQUEST_METHOD"],
        "path": SHARED_PATH.sub(r"\1…", path),
        "status": status,
        "milliseconds": round((time.perf_counter() - began) * 1000, 1),
        "address": environ.get("REMOTE_ADDR"),
    }
