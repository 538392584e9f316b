"""People who ask a real server for pages all the time, and note how soon and what it answers."""

import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from typing import NamedTuple
from urllib.error import HTTPError

PAUSE_SECONDS = 0.2


class Seen(NamedTuple):
    path: str
    began: float
    seconds: float
    status: int
    retry_after: str | None


class Visitors:
    def __init__(self, url: str) -> None:
        self.seen: list[Seen] = []
        self._url = url
        self._is_over = threading.Event()

    def visit(self, *paths: str) -> None:
        for path in cycle(paths):
            if self._is_over.wait(PAUSE_SECONDS):
                return
            self.seen.append(self._ask(path))

    def _ask(self, path: str) -> Seen:
        began = time.monotonic()
        try:
            with urllib.request.urlopen(self._url + path, timeout=60) as answer:  # noqa: S310
                answer.read()
                status, retry_after = answer.status, None
        except HTTPError as error:
            with error:
                status, retry_after = error.code, error.headers["Retry-After"]
        return Seen(path, began, time.monotonic() - began, status, retry_after)

    def leave(self) -> None:
        self._is_over.set()


@contextmanager
def visited(url: str, walks: Sequence[Sequence[str]]) -> Iterator[Visitors]:
    """One visitor for each walk through some pages, round and round."""
    visitors = Visitors(url)
    with ThreadPoolExecutor(len(walks)) as pool:
        jobs = [pool.submit(visitors.visit, *walk) for walk in walks]
        try:
            yield visitors
        finally:
            visitors.leave()
    for job in jobs:
        job.result()
