"""The buyers' page and its JSON, as visitors get them from the server that operators run.

The floor is a bare Flask route of the same server that has the same bytes in a variable.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

from bench.catalogues import COUNTRIES, opened
from bench.figures import Goal, Table, short
from bench.serving import Load, Question, ask_all, cpu_seconds, make_server, memory_mb, serving
from tests.postgres import running_server
from tests.real_server import RealServer

SIZES = (100, 10_000)
ROUNDS, REQUESTS = 7, 2_000
STARTS = 7
QUERY = f"country={COUNTRIES[0]}&lang=en"
PAGE, DATA = f"/packages?{QUERY}", f"/api/v1/packages?{QUERY}"
HEADINGS = (
    *("", "packages", "a second", "p50 ms", "p99 ms"),
    *("CPU ms", "floor CPU ms", "× floor", "KB", "goal"),
)
START_HEADINGS = ("", "Scrip", "empty Flask", "×", "goal")


@dataclass(frozen=True)
class Served:
    """What an answer cost under load, beside its floor."""

    what: str
    packages: int
    load: Load
    floor: Load
    kilobytes: float
    goals: tuple[Goal, ...] = ()

    @property
    def times_floor(self) -> float:
        return self.load.cpu_over(self.floor)

    def cells(self) -> list[str]:
        load = self.load
        numbers = (load.rate, load.p50_ms, load.p99_ms, median(load.cpu_ms))
        beside = (median(self.floor.cpu_ms), self.times_floor, self.kilobytes)
        shown = map(short, (*numbers, *beside))
        return [self.what, f"{self.packages:,}", *shown, "; ".join(map(str, self.goals))]

    def as_json(self) -> dict[str, object]:
        return {
            "what": self.what,
            "packages": self.packages,
            "per_second": round(self.load.rate),
            "p50_ms": round(self.load.p50_ms, 3),
            "p99_ms": round(self.load.p99_ms, 3),
            "cpu_ms": round(median(self.load.cpu_ms), 4),
            "floor_cpu_ms": round(median(self.floor.cpu_ms), 4),
            "floor_per_second": round(self.floor.rate),
            "times_floor": round(self.times_floor, 3),
            "repetitions": len(self.load.seconds),
            "kilobytes": round(self.kilobytes, 1),
            "goals": [goal.as_json() for goal in self.goals],
        }


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

    def as_json(self) -> dict[str, object]:
        return {
            "what": self.what,
            "scrip": round(median(self.ours), 3),
            "empty": round(median(self.bare), 3),
            "times_empty": round(self.times_bare, 3),
            "repetitions": len(self.ours),
            "goals": [goal.as_json() for goal in self.goals],
        }


def on_sqlite() -> Table:
    with TemporaryDirectory() as folder:
        served = measure_sizes(lambda size: f"sqlite:///{folder}/{size}.db")
    return _table("SQLite", served)


def on_postgresql() -> Table:
    with running_server(options=()) as server:

        def make(size: int) -> str:
            server.execute(f"CREATE DATABASE scrip{size}")
            return server.url(f"scrip{size}")

        return _table("PostgreSQL", measure_sizes(make))


def _table(database: str, served: Sequence[Served]) -> Table:
    notes = (
        "One worker, four visitors who never wait, on the same machine. CPU is that of the worker "
        "for an answer. The floor is a bare Flask route with the same bytes at hand."
    )
    return Table(f"The buyers' page on {database}", notes, served, HEADINGS)


def measure_sizes(
    url: Callable[[int], str],
    sizes: Sequence[int] = SIZES,
    rounds: int = ROUNDS,
    requests: int = REQUESTS,
) -> list[Served]:
    served: list[Served] = []
    for size in sizes:
        served += measure(url(size), size, rounds, requests)
    small = {one.what: one for one in served if one.packages == sizes[0]}
    return [replace(one, goals=tuple(_goals(one, small[one.what]))) for one in served]


def _goals(served: Served, small: Served) -> Iterable[Goal]:
    yield Goal("≤ {} × floor", served.times_floor, 1)
    if served is not small:
        cost, before = median(served.load.cpu_ms), median(small.load.cpu_ms)
        yield Goal("≤ {} × at 100", cost / before, 1.2)


def measure(url: str, size: int, rounds: int, requests: int) -> list[Served]:
    """Every answer in turn with its floor, in every round."""
    with opened(url, size), TemporaryDirectory() as folder, ExitStack() as stack:
        ours = stack.enter_context(serving(url))
        served: list[Served] = []
        turns: list[tuple[RealServer, Question, Load]] = []
        for what, path, is_known in JOBS:
            tag, content = _fetch(ours, path)
            file = Path(folder, str(len(served)))
            file.write_bytes(content)
            bare = stack.enter_context(serving(url, file))
            one = Served(what, size, Load(), Load(), len(content) / 1024)
            served.append(one)
            turns += [
                (ours, _known(path, tag) if is_known else Question(path), one.load),
                (bare, Question("/unchanged", 304) if is_known else Question("/"), one.floor),
            ]
        for server, question, _ in turns:
            ask_all(server, question, requests, Load())
        for _ in range(rounds):
            for server, question, load in turns:
                ask_all(server, question, requests, load)
    return served


JOBS = (
    ("The page", PAGE, False),
    ("The page, unchanged (304)", PAGE, True),
    ("The same as JSON", DATA, False),
)


def _known(path: str, tag: str) -> Question:
    return Question(path, 304, (("Accept-Encoding", "gzip"), ("If-None-Match", tag)))


def _fetch(server: RealServer, path: str) -> tuple[str, bytes]:
    """Its tag and its bytes, compressed."""
    request = Request(f"{server.url}{path}", headers={"Accept-Encoding": "gzip"})  # noqa: S310
    with urlopen(request) as answer:  # noqa: S310 - our own server
        return answer.headers["ETag"], answer.read()


STARTED = (
    ("Seconds until the first answer", None),
    ("CPU seconds until then, of the worker", 1.15),
    ("Memory of the worker, MB", 1.15),
)


def starting(starts: int = STARTS) -> Table:
    """On SQLite; both are asked for one page before they are looked at."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/scrip.db"
        empty = Path(folder, "empty")
        empty.write_bytes(b"ok")
        with opened(url, SIZES[0]):
            started = [(_start(url, None, PAGE), _start(url, empty, "/")) for _ in range(starts)]
    figures = [
        Start(what, [ours[i] for ours, _ in started], [bare[i] for _, bare in started], limit)
        for i, (what, limit) in enumerate(STARTED)
    ]
    notes = "One worker, as `serve` starts it, beside an empty application with the same libraries."
    return Table("Start and memory", notes, figures, START_HEADINGS)


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


TABLES = (on_sqlite, on_postgresql, starting)


def main() -> None:
    """These tables alone."""
    for make in TABLES:
        table = make()
        print(f"{table.as_text()}\n", flush=True)
        print(json.dumps(table.as_json()["figures"]), flush=True)


if __name__ == "__main__":
    main()
