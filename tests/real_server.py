"""Scrip as operators run it: `flask --app app serve`, its workers, and browsers that talk to it."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from typing import IO
from urllib.error import HTTPError
from urllib.parse import urlencode

from tests.processes import children_of

ROOT = Path(__file__).parent.parent
SERVE = (sys.executable, "-m", "flask", "--app", "app", "serve")
# What a request can end with when the server is killed meanwhile.
CUT_OFF = (OSError, HTTPException)
PATIENCE_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RealServer:
    """One server on one port: in a process group of its own, so that all of it can be killed."""

    def __init__(self, database_url: str, command: Sequence[str] = SERVE, **environ: str) -> None:
        self.command = command
        self.port = int(environ.get("PORT") or free_port())
        self.url = f"http://127.0.0.1:{self.port}"
        self.log: list[str] = []
        self._environ = {
            **os.environ,
            "DATABASE_URL": database_url,
            "SECRET_KEY": "k" * 40,
            "PORT": str(self.port),
            "SAMPLE_CATALOGUE": "0",
            **environ,
        }

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=self._environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, args=(self.process.stdout,))
        self._reader.start()

    def _read(self, output: IO[str]) -> None:
        self.log.extend(output)

    def wait(self) -> None:
        """Until it answers; started again when it gave up, as a supervisor does."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.answers():
            assert time.monotonic() < end, "".join(self.log[-20:])
            if self.process.poll() is not None:
                self.kill()
                self.start()
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except CUT_OFF:
            return False

    def workers(self) -> list[int]:
        """The processes that serve: the children of the one that was started."""
        return children_of(self.process.pid)

    def kill_workers(self, most: int | None = None) -> None:
        """kill -9 for its workers, or `most` of them."""
        for worker in self.workers()[:most]:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)

    def kill(self) -> None:
        """kill -9 for every process of it at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self._end()

    def stop(self) -> str:
        """As an operator does; all that it wrote since it began."""
        self.process.send_signal(signal.SIGTERM)
        self._end()
        return "".join(self.log)

    def _end(self) -> None:
        self.process.wait(PATIENCE_SECONDS)
        self._reader.join()
        assert self.process.stdout
        self.process.stdout.close()


@contextmanager
def running(
    database_url: str, command: Sequence[str] = SERVE, **environ: str
) -> Iterator[RealServer]:
    """A server that answers; nothing of it is left afterwards."""
    server = RealServer(database_url, command, **environ)
    server.start()
    try:
        server.wait()
        yield server
    finally:
        server.kill()


class Browser:
    """Cookies, forms, no scripts; does not follow redirects by itself."""

    def __init__(self, url: str) -> None:
        self.url = url
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(cookies, _NoRedirects())

    def get(self, path: str) -> tuple[int, str]:
        return self._send(path, None)

    def post(self, path: str, fields: Mapping[str, str | Sequence[str]]) -> tuple[int, str]:
        return self._send(path, urlencode(fields, doseq=True).encode())

    def _send(self, path: str, body: bytes | None) -> tuple[int, str]:
        try:
            with self._opener.open(f"{self.url}{path}", body, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None
