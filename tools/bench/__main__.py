"""Measures on both databases, prints a table for each and writes them to docs/."""

import os
import platform
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.postgres import running_server
from tools.bench import activity, busy, customers, ledger, purchases, storefront
from tools.bench.admin import JOBS
from tools.bench.bulk import measure_bulk
from tools.bench.catalogues import opened
from tools.bench.figures import Figure, Table
from tools.bench.jobs import measure
from tools.bench.publishing import measure_history, measure_publishing
from tools.bench.starting import start

SIZES = (100, 1_000, 10_000)
ROUNDS = 20
DOCS = Path(__file__).parent.parent.parent / "docs"
PREFACE = """# What Scrip costs

`make bench` wrote this. A figure is the median of many repetitions. Beside it stands its floor, the
least that the same work could cost, measured in turn with it: read a figure against its floor and
its neighbours, not against another machine or another day. CPU is that of Scrip's own process. Each
catalogue has forty countries; SQL counts statements, rows those written, KB the answer after gzip.
A second table is what platforms without releases write: changed rows, compared and not kept.
"""


def main() -> None:
    ledger.measure_on_disk()
    tables = []
    buyers = (storefront.on_sqlite, storefront.on_postgresql, busy.beside_writers, start)
    of_customers = (customers.on_sqlite, customers.on_postgresql)
    of_purchases = (purchases.on_sqlite, purchases.on_postgresql)
    of_activity = (activity.on_sqlite, activity.on_postgresql)
    for make in (on_sqlite, on_postgresql, *buyers, *of_customers, *of_purchases, *of_activity):
        tables.append(make())
        print(f"{tables[-1].as_text()}\n", flush=True)
    for make_all in (ledger.on_sqlite, ledger.on_postgresql):
        for table in make_all():
            tables.append(table)
            print(f"{table.as_text()}\n", flush=True)
    markdown = "\n\n".join([PREFACE.rstrip(), *(table.as_markdown() for table in tables)])
    (DOCS / "bench.md").write_text(f"{markdown}\n")
    print("Written to docs/bench.md")


def on_sqlite() -> Table:
    with TemporaryDirectory() as folder:
        figures = measure_all(lambda size: f"sqlite:///{folder}/{size}.db")
    notes = f"SQLite {sqlite3.sqlite_version} as Scrip sets it up, every commit on the disk."
    return Table("SQLite", f"{notes} {machine()}", figures)


def on_postgresql() -> Table:
    with running_server(options=()) as server:

        def make(size: int) -> str:
            server.execute(f"CREATE DATABASE scrip{size}")
            return server.url(f"scrip{size}")

        figures = measure_all(make)
        version = server.version()
    notes = f"PostgreSQL {version} with its defaults, every commit on the disk."
    return Table("PostgreSQL", f"{notes} {machine()}", figures)


def measure_all(url: Callable[[int], str]) -> list[Figure]:
    with ExitStack() as stack:
        catalogues = [stack.enter_context(opened(url(size), size)) for size in SIZES]
        for catalogue in catalogues:
            catalogue.change(10)
        figures = measure(JOBS, catalogues, ROUNDS)
        figures += measure_publishing(catalogues[0], catalogues[-1])
        figures += measure_bulk(catalogues[-1], rounds=3)
    with opened(url(SIZES[-1] + 1), SIZES[-1]) as catalogue:
        return figures + measure_history(catalogue)


def machine() -> str:
    python, load = platform.python_version(), os.getloadavg()[1]
    return f"Python {python}, {os.cpu_count()} processors, load {load:.1f}."


if __name__ == "__main__":
    main()
