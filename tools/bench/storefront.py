"""The buyers' page and its JSON, as visitors get them from the server that operators run.

The floor is a bare Flask route of the same server that has the same bytes in a variable.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

from tests.postgres import running_server
from tests.real_server import RealServer
from tools.bench.catalogues import COUNTRIES, opened
from tools.bench.figures import Goal, Table, short
from tools.bench.serving import Load, Question, ask_all, serving

SIZES = (100, 10_000)
ROUNDS, REQUESTS = 7, 2_000
QUERY = f"country={COUNTRIES[0]}&lang=en"
PAGE, DATA = f"/packages?{QUERY}", f"/api/v1/packages?{QUERY}"
HEADINGS = (
    *("", "packages", "a second", "p50 ms", "p99 ms"),
    *("CPU ms", "floor CPU ms", "× floor", "KB", "goal"),
)


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


JOBS = (
    ("Buyers' page", PAGE, False),
    ("Buyers' page, from a newsletter's link", f"{PAGE}&utm_source=news", False),
    ("Buyers' page, unchanged (304)", PAGE, True),
    ("Buyers' page, JSON", DATA, False),
)


def measure_sizes(
    url: Callable[[int], str],
    sizes: Sequence[int] = SIZES,
    rounds: int = ROUNDS,
    requests: int = REQUESTS,
) -> list[Served]:
    """Every answer in turn with its floor, in every round; the sizes in turn too."""
    with ExitStack() as stack:
        asked = [pair for size in sizes for pair in _open(stack, url(size), size)]
        _ask([replace(pair, served=_unmeasured(pair.served)) for pair in asked], requests)
        for _ in range(rounds):
            _ask(asked, requests)
    served = [pair.served for pair in asked]
    small = {one.what: one for one in served if one.packages == sizes[0]}
    return [replace(one, goals=tuple(_goals(one, small[one.what]))) for one in served]


@dataclass(frozen=True)
class Pair:
    """Scrip and its floor, and what each is asked."""

    ours: RealServer
    question: Question
    bare: RealServer
    bare_question: Question
    served: Served


def _ask(pairs: Sequence[Pair], requests: int) -> None:
    for pair in pairs:
        ask_all(pair.ours, pair.question, requests, pair.served.load)
        ask_all(pair.bare, pair.bare_question, requests, pair.served.floor)


def _unmeasured(served: Served) -> Served:
    return replace(served, load=Load(), floor=Load())


def _goals(served: Served, small: Served) -> Iterable[Goal]:
    yield Goal("≤ {} × floor", served.times_floor, 1)
    if served is not small:
        yield Goal("≤ {} × at 100", served.load.cpu_over(small.load), 1.2)


def _open(stack: ExitStack, url: str, size: int) -> Iterator[Pair]:
    """A catalogue of that size, served, and beside it a floor for each answer."""
    stack.enter_context(opened(url, size))
    folder = Path(stack.enter_context(TemporaryDirectory()))
    ours = stack.enter_context(serving(url))
    for what, path, is_known in JOBS:
        tag, content = _fetch(ours, path)
        file = folder / what
        file.write_bytes(content)
        bare = stack.enter_context(serving(url, file))
        question = _known(path, tag) if is_known else Question(path)
        bare_question = Question("/unchanged", 304) if is_known else Question("/")
        served = Served(what, size, Load(), Load(), len(content) / 1024)
        yield Pair(ours, question, bare, bare_question, served)


def _known(path: str, tag: str) -> Question:
    return Question(path, 304, (("Accept-Encoding", "gzip"), ("If-None-Match", tag)))


def _fetch(server: RealServer, path: str) -> tuple[str, bytes]:
    """Its tag and its bytes, compressed."""
    request = Request(f"{server.url}{path}", headers={"Accept-Encoding": "gzip"})  # noqa: S310
    with urlopen(request) as answer:  # noqa: S310 - our own server
        return answer.headers["ETag"], answer.read()
