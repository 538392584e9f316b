"""Stands in front of Flask and answers what is ready."""

import io
from collections.abc import Iterable
from threading import Lock
from typing import TYPE_CHECKING

from werkzeug.datastructures import Headers

from blueprints import caching
from page_cache.addresses import Address, Addresses, Environ
from page_cache.lru_cache import LruCache
from page_cache.responses import CachedResponse, is_known, prepare
from page_cache.versions import Version, Versions

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

# What the application learns about the server; all else in a request is its visitor's.
OF_THE_SERVER = (
    *("SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "wsgi.version", "wsgi.errors"),
    *("wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once"),
)
# What shows that an answer is for its visitor alone.
PERSONAL = ("Set-Cookie", "Vary")
# Makers of different answers that share a lock only wait a little for nothing.
LOCKS = 32
PATIENCE_SECONDS = 1


class CacheMiddleware:
    def __init__(
        self, application: "WSGIApplication", addresses: Addresses, versions: Versions
    ) -> None:
        self._application = application
        self._addresses = addresses
        self._versions = versions
        self._cache = LruCache()
        self._making = [Lock() for _ in range(LOCKS)]

    def __call__(self, environ: Environ, start: "StartResponse") -> Iterable[bytes]:
        address = self._addresses.find(environ)
        answer = self._find(address, environ) if address else None
        return send(answer, environ, start) if answer else self._application(environ, start)

    def _find(self, address: Address, environ: Environ) -> CachedResponse | None:
        """The answer of what is live now; None when Flask has to give it."""
        version = self._versions.ask(address.path)
        if version is None:
            return None
        return self._keeping(address, version) or self._make(address, version, environ)

    def _keeping(self, address: Address, version: Version) -> CachedResponse | None:
        answer = self._cache.get(address)
        return answer if answer and answer.version == version else None

    def _make(self, address: Address, version: Version, environ: Environ) -> CachedResponse | None:
        """Only one of those who miss it makes it. Whoever would wait for long asks Flask."""
        lock = self._making[hash(address) % LOCKS]
        if not lock.acquire(timeout=PATIENCE_SECONDS):
            return None
        try:
            return self._keeping(address, version) or self._make_now(address, version, environ)
        finally:
            lock.release()

    def _make_now(
        self, address: Address, version: Version, environ: Environ
    ) -> CachedResponse | None:
        """None when it is not for everybody, or something else has become live meanwhile."""
        status, headers, content = render_for_everybody(self._application, address, environ)
        if status != 200 or not is_for_everybody(headers):
            return None
        if self._versions.ask(address.path) != version:
            return None
        answer = prepare(version, headers, content)
        self._cache.put(address, answer)
        return answer


def render_for_everybody(
    application: "WSGIApplication", address: Address, environ: Environ
) -> tuple[int, Headers, bytes]:
    """What Flask answers to somebody of whom nothing is known."""
    plain: Environ = {
        **{name: environ[name] for name in OF_THE_SERVER if name in environ},
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": address.path,
        "QUERY_STRING": address.query,
        "HTTP_HOST": address.host,
        "wsgi.url_scheme": address.scheme,
        "wsgi.input": io.BytesIO(),
    }
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        started.append((status, headers))

    parts = application(plain, start)  # type: ignore[arg-type]
    try:
        content = b"".join(parts)
    finally:
        getattr(parts, "close", lambda: None)()
    status, headers = started[-1]
    return int(status[:3]), Headers(headers), content


def is_for_everybody(headers: Headers) -> bool:
    policy = headers.get("Cache-Control", "")
    is_public = policy.startswith(caching.REVALIDATE)
    return is_public and not any(name in headers for name in PERSONAL)


def send(answer: CachedResponse, environ: Environ, start: "StartResponse") -> Iterable[bytes]:
    encoding = answer.encoding_for(environ.get("HTTP_ACCEPT_ENCODING", ""))
    if is_known(environ.get("HTTP_IF_NONE_MATCH", ""), encoding):
        start("304 NOT MODIFIED", [*encoding.headers_unchanged])
        return []
    start("200 OK", [*encoding.headers])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [encoding.content]
