"""Load shedding: while all hashing slots of strangers are taken, sign-ins are refused before Flask
is asked, at a tenth of the cost.

Without it only time would be lost: `prove_password` refuses the same ones. The page is the same
for all in one language, and holds nothing of their requests.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Flask, Response, make_response, render_template
from werkzeug import Request

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
        self._known = f"{app.config['SESSION_COOKIE_NAME']}-{ADMINS}"
        self._page = lru_cache(lambda language: render(app, language))

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        is_sign_in = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] == PATH
        if not is_sign_in or not hashing.STRANGERS_SLOTS.are_full:
            return self._application(environ, start)
        request = Request(environ)
        if self._known in request.cookies:  # a false one is found out by Flask, and helps nobody
            return self._application(environ, start)
        page = self._page(find_language(request))
        wait = str(TooBusy().wait_seconds)
        headers = [*page.headers, ("Retry-After", wait)]
        return Response(page.data, page.status, headers)(environ, start)


def find_language(request: Request) -> str:
    chosen = request.cookies.get("lang")
    if chosen in ADMINS_LANGUAGES:
        return chosen
    return request.accept_languages.best_match(ADMINS_LANGUAGES, SOURCE)


def render(app: Flask, language: str) -> Response:
    hosts = app.config["TRUSTED_HOSTS"] or ["localhost"]
    with app.test_request_context(PATH, base_url=f"http://{hosts[0].lstrip('.')}", method="POST"):
        use_language(language)
        page = make_response(render_template("auth/too_busy.html"), 429)
        return security_headers.add_headers(page)
