"""Proxies in front of Scrip: PROXIES says how many are believed about where a request comes from.

A number that does not fit is said once in the log of each process, and in Settings to an admin
whose own request shows it: nobody outside can fill the log, or leave a warning in Settings.
"""

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wsgi import get_path_info

from config import Config
from domain.messages import Message, message

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("scrip.proxies")
FORWARDED_FOR = "HTTP_X_FORWARDED_FOR"
# What proxies add of themselves; the second is that of RFC 7239.
OF_PROXIES = (FORWARDED_FOR, "HTTP_FORWARDED", "HTTP_X_REAL_IP")
# Asked past the proxy, on the machine itself.
UNWATCHED = ("/healthz", "/readyz")
UNCOUNTED = message(
    "This request came through a proxy, but PROXIES is 0: to Scrip all visitors have one address, "
    "and share the limits of sign-in. Set PROXIES to the number of proxies in front of Scrip, and "
    "start it again."
)


def init_app(app: Flask) -> None:
    config: Config = app.extensions["scrip"]
    n = config.proxies
    if n:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    app.wsgi_app = ProxyWatch(app.wsgi_app, n)  # type: ignore[method-assign]


class ProxyWatch:
    """WSGI middleware that looks until it has said once that PROXIES does not fit."""

    def __init__(self, app: "WSGIApplication", proxies: int) -> None:
        self.app = app
        self.proxies = proxies
        self.has_told = False

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        if not self.has_told and get_path_info(environ) not in UNWATCHED:
            problem = find_misfit(environ, self.proxies)
            if problem:
                self.has_told = True
                log.warning("%s", problem)
        return self.app(environ, start_response)


def find_misfit(environ: Mapping[str, Any], proxies: int) -> Message | None:
    """What to tell the operator of a request that came through more proxies or fewer."""
    if not proxies:
        return UNCOUNTED if any(name in environ for name in OF_PROXIES) else None
    named = environ.get(FORWARDED_FOR, "")
    count = len(named.split(",")) if named else 0
    return missing(proxies) if count < proxies else None


def missing(proxies: int) -> Message:
    return message(
        "PROXIES is %(proxies)s, but this request came through fewer: past the proxies, visitors "
        "can claim any address. Set PROXIES to the number of proxies in front of Scrip, and let "
        "nobody else reach its port.",
        proxies=proxies,
    )
