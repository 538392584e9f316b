"""Stands in front of Flask and refuses the sign-ins of a crowd at a tenth of the cost.

All of it could be taken away, and only time would be lost: `prove_password` refuses the same ones,
with the same page. Whatever is in doubt is left to Flask.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs

from flask import Flask, make_response, render_template, request
from markupsafe import escape
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.wsgi import get_content_length

from blueprints import security_headers
from blueprints.auth.forms import SignInForm
from blueprints.devices import ADMINS
from blueprints.i18n import translated
from domain.accounts import hashing
from domain.accounts.errors import TooBusy

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH, FORM = "/login", "application/x-www-form-urlencoded"
LANGUAGE = re.compile(r"(?:^|; )(lang=[a-z]{2})(?=;|$)")
# No form of ours is longer.
MOST_BYTES, MOST_FIELDS = 8 * 1024, 10
MOST_PAGES, LONGEST_KEY = 64, 500
# They stand in a kept page for what was typed.
EMAIL, TOKEN = "the-typed-email", "the-typed-token"


class Reader(NamedTuple):
    """All that the page depends on but what was typed."""

    root: str
    query: str
    languages: str
    cookie: str


class Page(NamedTuple):
    """The page for all of such readers, with `EMAIL` and `TOKEN` in it."""

    headers: tuple[tuple[str, str], ...]
    html: str


class CrowdMiddleware:
    def __init__(self, app: Flask) -> None:
        self._flask = app
        self._application: WSGIApplication = app.wsgi_app
        self._known = f"{app.config['SESSION_COOKIE_NAME']}-{ADMINS}="
        self._find_page = lru_cache(MOST_PAGES)(self._make_page)

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        page = self._page_for(environ) if self._is_too_many(environ) else None
        if page is None:
            return self._application(environ, start)
        return refuse(page, read_form(environ), start)

    def _is_too_many(self, environ: "WSGIEnvironment") -> bool:
        """A known browser's cookie is looked at by Flask, where a false one helps nobody."""
        return (
            (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("POST", PATH)
            and hashing.STRANGERS_SLOTS.are_full
            and self._known not in environ.get("HTTP_COOKIE", "")
            and environ.get("CONTENT_TYPE") == FORM
            and 0 < (get_content_length(environ) or 0) <= MOST_BYTES
        )

    def _page_for(self, environ: "WSGIEnvironment") -> Page | None:
        chosen = LANGUAGE.search(environ.get("HTTP_COOKIE", ""))
        reader = Reader(
            f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}",
            environ.get("QUERY_STRING", ""),
            environ.get("HTTP_ACCEPT_LANGUAGE", ""),
            chosen[1] if chosen else "",
        )
        try:
            return self._find_page(reader) if sum(map(len, reader)) <= LONGEST_KEY else None
        except (HTTPException, ValueError):  # another host than ours, or none
            return None

    def _make_page(self, reader: Reader) -> Page:
        headers = {"Accept-Language": reader.languages, "Cookie": reader.cookie}
        with self._flask.test_request_context(
            PATH, method="POST", base_url=reader.root, query_string=reader.query, headers=headers
        ):
            if request.routing_exception:
                raise request.routing_exception
            form = SignInForm(formdata=MultiDict({"email": EMAIL}))
            refused = translated(TooBusy())
            html = render_template("auth/login.html", form=form, refused=refused)
            answer = security_headers.add_headers(make_response("", 429))
            token = form.csrf_token.current_token
        del answer.headers["Content-Length"]
        return Page(tuple(answer.headers), html.replace(token, TOKEN))


def read_form(environ: "WSGIEnvironment") -> dict[str, list[str]]:
    """What was typed; nothing of what is no form of ours."""
    body: bytes = environ["wsgi.input"].read(get_content_length(environ) or 0)
    try:
        return parse_qs(body.decode("latin-1"), max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}


def refuse(page: Page, typed: dict[str, list[str]], start: "StartResponse") -> Iterable[bytes]:
    """Its form brings back the email, and the token that it came with; Flask checks that later."""
    email, token = (escape(typed.get(name, [""])[0]) for name in ("email", "csrf_token"))
    html = page.html.replace(TOKEN, token).replace(EMAIL, email)
    content = html.encode()
    wait = str(TooBusy().wait_seconds)
    headers = [("Retry-After", wait), ("Content-Length", str(len(content)))]
    start("429 TOO MANY REQUESTS", [*page.headers, *headers])
    return [content]
