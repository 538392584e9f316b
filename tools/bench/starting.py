"""What it takes to be there: time, processor and memory until the first page is answered."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from tests.real_server import RealServer
from tools.bench.catalogues import opened
from tools.bench.figures import Goal, Table, short
from tools.bench.serving import cpu_seconds, make_server, memory_mb
from tools.bench.storefront import PAGE

STARTS = 7
PACKAGES = 100
HEADINGS = ("", "Scrip", "empty Flask", "×", "goal")
STARTED = (
    ("Seconds until the first answer", None),
    ("CPU seconds of the worker's start", 1.15),
    ("Memory of the worker, MB", 1.15),
)


@dataclass(frozen=True)
class Start:
    """What Scrip takes to be there, beside an empty Flask application."""

    what: str
    ours: Sequence[float]
    bare: Sequence[float]
    limit: float | None = None

    @property
    def times_bare(self) -> float:
        return median(mine / its for mine, its in zip(self.ours, self.bare, strict=True))

    @property
    def goals(self) -> list[Goal]:
        return [Goal("≤ {} × empty", self.times_bare, self.limit)] if self.limit else []

    def cells(self) -> list[str]:
        numbers = (median(self.ours), median(self.bare), self.times_bare)
        return [self.what, *map(short, numbers), "; ".join(map(str, self.goals))]


def start(starts: int = STARTS) -> Table:
    """On SQLite; both are asked for one page before they are looked at."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/scrip.db"
        empty = Path(folder, "empty")
        empty.write_bytes(b"ok")
        with opened(url, PACKAGES):
            started = [(_start(url, None, PAGE), _start(url, empty, "/")) for _ in range(starts)]
    figures = [
        Start(what, [ours[i] for ours, _ in started], [bare[i] for _, bare in started], limit)
        for i, (what, limit) in enumerate(STARTED)
    ]
    notes = (
        "One worker, as `serve` starts it, beside an empty application of the same server that "
        "loads every library of requirements.txt."
    )
    return Table("Start and memory", notes, figures, HEADINGS)


def _start(url: str, bare_content: Path | None, path: str) -> tuple[float, float, float]:
    with _timed(make_server(url, bare_content)) as (server, seconds):
        cpu = cpu_seconds(server)
        with urlopen(f"{server.url}{path}"):  # noqa: S310 - our own server
            return seconds, cpu, memory_mb(server)


@contextmanager
def _timed(server: RealServer) -> Iterator[tuple[RealServer, float]]:
    """The server and how long it took to answer."""
    start = time.perf_counter()
    server.start()
    try:
        server.wait()
        yield server, time.perf_counter() - start
    finally:
        server.kill()
