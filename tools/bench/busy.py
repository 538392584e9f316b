"""The buyers' page while the worker runs and credits are spent without a pause."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median
from tempfile import TemporaryDirectory

from tests.postgres import running_server
from tools.bench.catalogues import opened
from tools.bench.clients import start_spending
from tools.bench.figures import Goal, Table, short
from tools.bench.serving import Load, Question, ask_all, serving
from tools.bench.storefront import PAGE
from tools.bench.wallets import fill

PACKAGES = 100
ROUNDS, REQUESTS = 5, 2_000
# Longer than the measuring takes; then they are stopped.
SECONDS = 600
WORKER = (sys.executable, "-m", "flask", "--app", "app", "work")
HEADINGS = (
    *("", "a second", "p50 ms", "p99 ms", "CPU ms"),
    *("p50 alone", "CPU alone", "× CPU alone", "goal"),
)


@dataclass(frozen=True)
class Beside:
    """What the page cost beside others who write, and alone."""

    what: str
    load: Load = field(default_factory=Load)
    alone: Load = field(default_factory=Load)

    @property
    def goals(self) -> list[Goal]:
        times = self.load.p50_ms / self.alone.p50_ms
        return [
            Goal("≤ {} × its CPU alone", self.load.cpu_over(self.alone), 1.2),
            Goal("≤ {} × its p50 alone", times, 1.5),
        ]

    def cells(self) -> list[str]:
        load, alone = self.load, self.alone
        here = (load.rate, load.p50_ms, load.p99_ms, median(load.cpu_ms))
        beside = (alone.p50_ms, median(alone.cpu_ms), load.cpu_over(alone))
        return [self.what, *map(short, (*here, *beside)), "; ".join(map(str, self.goals))]


def beside_writers() -> Table:
    with TemporaryDirectory() as folder:
        rows = [measure("Buyers' page, SQLite", f"sqlite:///{folder}/scrip.db")]
    with running_server(options=()) as server:
        server.execute("CREATE DATABASE scrip")
        rows.append(measure("Buyers' page, PostgreSQL", server.url("scrip")))
    notes = (
        f"With {PACKAGES} packages, one worker process and four visitors who never wait; beside "
        "them `work` and one client that spends without a pause, and in turn without those two. "
        "All share the processors of one machine."
    )
    return Table("The buyers' page while others write", notes, rows, HEADINGS)


def measure(what: str, url: str, rounds: int = ROUNDS, requests: int = REQUESTS) -> Beside:
    row, question = Beside(what), Question(PAGE)
    with ExitStack() as stack:
        catalogue = stack.enter_context(opened(url, PACKAGES))
        fill(catalogue.engine, 1, 1, 1)
        server = stack.enter_context(serving(url))
        pause, go_on = stack.enter_context(writing(url))
        ask_all(server, question, requests, Load())
        for _ in range(rounds):
            pause()
            ask_all(server, question, requests, row.alone)
            go_on()
            ask_all(server, question, requests, row.load)
    return row


@contextmanager
def writing(url: str) -> Iterator[tuple[Callable[[], None], Callable[[], None]]]:
    """The worker and a client that spends; stopped and set going by what is given."""
    spending = start_spending(url, "scrip", 1, 1, SECONDS)
    assert spending.stdin
    spending.stdin.write("\n")
    spending.stdin.flush()
    environ = {**os.environ, "DATABASE_URL": url, "SECRET_KEY": "k" * 40}
    worker = subprocess.Popen(  # noqa: S603
        WORKER, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    both: Sequence[subprocess.Popen[str] | subprocess.Popen[bytes]] = (spending, worker)

    def send(what: signal.Signals) -> Callable[[], None]:
        def run() -> None:
            for process in both:
                process.send_signal(what)

        return run

    try:
        yield send(signal.SIGSTOP), send(signal.SIGCONT)
        assert all(process.poll() is None for process in both), "one of them gave up"
    finally:
        for process in both:
            process.kill()
            process.communicate()
