"""Load shedding: while all hashing slots of strangers are taken, sign-ins are refused before Flask
is asked, at a tenth of the cost.

Without it only time would be lost: `prove_password` refuses the same ones. The page is the same
for all in one language, and holds nothing of their requests.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Flask, Response, make_response, render_template
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header, parse_cookie

from blueprints import security_headers
from blueprints.devices import ADMINS
from blueprints.locale import use_language
from domain.accounts import hashing
from domain.accounts.errors import TooBusy
from domain.languages import ADMINS_LANGUAGES, SOURCE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/login"


class LoadShedding:
    """WSGI middleware."""

    def __init__(self, app: Flask) -> None:
        self._application: WSGIApplication = app.wsgi_app
        self._known = f"{app.config['SESSION_COOKIE_NAME']}-{ADMINS}="
        self._page = lru_cache(lambda language: render(app, language))

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        if not self._is_too_many(environ):
            return self._application(environ, start)
        page = self._page(find_language(environ))
        start(page.status, [*page.headers, ("Retry-After", str(TooBusy().wait_seconds))])
        return [page.data]

    def _is_too_many(self, environ: "WSGIEnvironment") -> bool:
        """A known browser's cookie is looked at by Flask, where a false one helps nobody."""
        return (
            (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("POST", PATH)
            and hashing.STRANGERS_SLOTS.are_full
            and self._known not in environ.get("HTTP_COOKIE", "")
        )


def find_language(environ: "WSGIEnvironment") -> str:
    chosen = parse_cookie(environ).get("lang")
    if chosen in ADMINS_LANGUAGES:
        return chosen
    return first_spoken(environ.get("HTTP_ACCEPT_LANGUAGE", ""))


@lru_cache
def first_spoken(languages: str) -> str:
    return parse_accept_header(languages, LanguageAccept).best_match(ADMINS_LANGUAGES, SOURCE)


def render(app: Flask, language: str) -> Response:
    hosts = app.config["TRUSTED_HOSTS"] or ["localhost"]
    with app.test_request_context(PATH, base_url=f"http://{hosts[0].lstrip('.')}", method="POST"):
        use_language(language)
        page = make_response(render_template("auth/too_busy.html"), 429)
        return security_headers.add_headers(page)
