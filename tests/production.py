"""Scrip as docs/production.md sets it up: a server behind the proxy, and who comes through that."""

import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPResponse, HTTPSConnection
from http.cookies import SimpleCookie
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlencode

from tests.conftest import ADMIN, FIT_SECRET_KEY, PASSWORD
from tests.nginx import proxy
from tests.page_helpers import field
from tests.real_server import PATIENCE_SECONDS, ROOT, RealServer

SITE = "credits.example.com"
ENVIRON = {
    "PRODUCTION": "1",
    "HOSTS": SITE,
    "PROXIES": "1",
    "WORKERS": "1",
    "SECRET_KEY": FIT_SECRET_KEY,
    "ADMIN_EMAIL": ADMIN,
    "ADMIN_PASSWORD": PASSWORD,
}

Fields = Mapping[str, str | Sequence[str]]


class Visitor:
    """A browser that comes through the proxy; it may not vouch for itself, so it tries to."""

    def __init__(self, port: int, log: Sequence[str]) -> None:
        self.port, self.log = port, log  # of Scrip, as it grows
        self.cookies: SimpleCookie = SimpleCookie()

    def ask(self, path: str, fields: Fields | None = None) -> tuple[HTTPResponse, str]:
        cookie = "; ".join(f"{name}={kept.value}" for name, kept in self.cookies.items())
        headers = {"Host": SITE, "X-Forwarded-Host": "evil.example", "Cookie": cookie}
        if fields:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Referer"] = f"https://{SITE}{path}"
        trusting = ssl._create_unverified_context()  # noqa: S323 - the certificate is nobody's
        connection = HTTPSConnection("127.0.0.1", self.port, timeout=30, context=trusting)
        method = "POST" if fields else "GET"
        connection.request(method, path, urlencode(fields or {}, doseq=True), headers)
        answer = connection.getresponse()
        page = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or ():
            self.cookies.load(line)
        connection.close()
        return answer, page

    def sign_in(self) -> HTTPResponse:
        token = field(self.ask("/login")[1], "csrf_token")
        typed = {"csrf_token": token, "email": ADMIN, "password": PASSWORD}
        return self.ask("/login", typed)[0]


@contextmanager
def behind_the_proxy(
    database_url: str, folder: Path, limits: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Visitor]:
    """A visitor of a server that is well, through nginx."""
    server = RealServer(database_url, **ENVIRON)
    server.start()
    try:
        end = time.monotonic() + PATIENCE_SECONDS
        while (checked := is_healthy(server.port)).returncode:
            assert server.process.poll() is None, server.log
            assert time.monotonic() < end, checked.stderr
            time.sleep(0.2)  # to ask takes a process
        with proxy(folder, SITE, server.port, limits) as port:
            yield Visitor(port, server.log)
    finally:
        server.kill()


def is_healthy(port: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.scripts.is_healthy"]
    environ = ENVIRON | {"PORT": str(port)}
    return subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
