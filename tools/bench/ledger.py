"""What the ledger costs: spends beside bare commits, reads, many clients at once, verifying.

`python -m tools.bench.ledger` measures it alone and writes nothing. With BENCH_POSTINGS in the
environment it also verifies so many.
"""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from domain.database import AnySession
from domain.ledger.queries import balance, statement
from tests.counting import watching
from tests.postgres import running_server
from tools.bench.clients import measure_clients
from tools.bench.figures import Goal, Table, short
from tools.bench.spending import BareSpender, Spender, make_bare_tables
from tools.bench.timing import Cost, Task, time_all
from tools.bench.verifying import verify
from tools.bench.wallets import fill, filled

ON_DISK = "/var/tmp"  # noqa: S108 - folders of our own in it
FEW, MANY = 100, 100_000
SHORT, LONG = 100, 10_000
ROUNDS = 100
POSTINGS = int(os.environ.get("BENCH_POSTINGS", "0"))
HEADINGS = (
    *("", "entries", "wallets", "ms", "CPU ms", "floor ms"),
    *("× floor", "× floor CPU", "SQL", "goal"),
)


@dataclass(frozen=True)
class Book:
    """A wallet with so many entries, among so many wallets."""

    engine: Engine
    wallet_id: int
    entries: int
    wallets: int


@dataclass(frozen=True)
class Job:
    what: str
    task: Callable[[Book], Callable[[], None]]
    floor: Callable[[BareSpender], Callable[[], None]]


@dataclass(frozen=True)
class Measured:
    """The cost of `what` in a book, beside its floor of the same run."""

    what: str
    book: Book
    cost: Cost
    floor: Cost
    statements: int
    goals: Sequence[Goal] = ()

    def cells(self) -> list[str]:
        cost, floor = self.cost, self.floor
        numbers = (cost.ms, cost.cpu_ms, floor.ms, cost.over(floor), cost.cpu_over(floor))
        sizes = (f"{self.book.entries:,}", f"{self.book.wallets:,}")
        shown = map(short, (*numbers, self.statements))
        return [self.what, *sizes, *shown, "; ".join(map(str, self.goals))]


def spender(book: Book) -> Spender:
    return Spender(book.engine, book.wallet_id)


def by_request(bare: BareSpender) -> Callable[[], None]:
    return bare.spend_by_request


def reading(read: Callable[[AnySession, int], object]) -> Callable[[Book], Callable[[], None]]:
    def task(book: Book) -> Callable[[], None]:
        def run() -> None:
            with Session(book.engine) as session:
                read(session, book.wallet_id)

        return run

    return task


def spend_after_reading(book: Book) -> Callable[[], None]:
    """As most requests do, which look first who asks."""
    spend = spender(book).spend_by_request

    def run() -> None:
        with Session(book.engine) as session:
            balance(session, book.wallet_id)
        spend()

    return run


SPENDS = (
    Job("Spend", lambda book: spender(book).spend, lambda bare: bare.spend),
    Job("Spend with a key", lambda book: spender(book).spend_by_request, by_request),
)
AFTER_READING = (Job("Read, then spend with a key", spend_after_reading, by_request),)
READS = (
    Job("Balance", reading(balance), lambda bare: bare.read_balance),
    Job("Statement of 50 lines", reading(statement), lambda bare: bare.read_statement),
)


def measure_all(books: Sequence[Book], rounds: int = ROUNDS) -> list[Measured]:
    """Reads apart from spends: SQLite compiles its statements anew when they take turns."""
    bare = [_bare(book) for book in books]
    parts = (SPENDS, AFTER_READING, READS)
    return [one for jobs in parts for one in measure(jobs, books, bare, rounds)]


def measure(
    jobs: Sequence[Job], books: Sequence[Book], bare: Sequence[BareSpender], rounds: int
) -> list[Measured]:
    """Every job in every book, and its floor, in turn."""
    pairs = [(job, book, its) for job in jobs for book, its in zip(books, bare, strict=True)]
    runs = [run for job, book, its in pairs for run in (job.task(book), job.floor(its))]
    costs = time_all([_task(run) for run in runs], rounds)
    measured = [
        Measured(job.what, book, cost, floor, _count(book.engine, run))
        for (job, book, _), run, cost, floor in zip(
            pairs, runs[::2], costs[::2], costs[1::2], strict=True
        )
    ]
    first = {one.what: one for one in reversed(measured)}
    is_spend = jobs == SPENDS
    return [
        replace(one, goals=tuple(_goals(one, first[one.what], is_spend=is_spend)))
        for one in measured
    ]


def _bare(book: Book) -> BareSpender:
    """Its rows are those of a spend, so there is to be one."""
    Spender(book.engine, book.wallet_id).spend_by_request()
    return BareSpender(book.engine, book.wallet_id)


def _task(run: Callable[[], None]) -> Task:
    return lambda: run


def _count(engine: Engine, run: Callable[[], None]) -> int:
    with watching(engine) as asked:
        run()
    return len(asked.statements)


def _goals(one: Measured, first: Measured, *, is_spend: bool) -> Iterable[Goal]:
    """A spend is to be at least 0.3 as fast as its floor."""
    if is_spend:
        yield Goal("≤ {} × floor", one.cost.over(one.floor), 3.3)
        yield Goal("≤ {} × its CPU", one.cost.cpu_over(one.floor), 8)
    if one is not first:
        yield Goal("≤ {} × at the first", one.cost.cpu_over(first.cost), 1.2)


def on_sqlite() -> list[Table]:
    with TemporaryDirectory() as folder:
        return _tables("SQLite", lambda name: f"sqlite:///{folder}/{name}.db")


def on_postgresql() -> list[Table]:
    with running_server(options=()) as server:

        def make(name: str) -> str:
            server.execute(f"CREATE DATABASE {name}")
            return server.url(name)

        return _tables("PostgreSQL", make)


def _tables(database: str, make: Callable[[str], str]) -> list[Table]:
    few, many = make("few"), make("many")
    with filled(few, FEW, SHORT) as small, filled(many, MANY, SHORT) as large:
        fill(small, FEW + 2, 1, LONG)
        for engine in (small, large):
            finish(engine)
        books = [
            Book(small, FEW + 1, SHORT, FEW),
            Book(small, FEW + 2, LONG, FEW),
            Book(large, MANY + 1, SHORT, MANY),
        ]
        notes = (
            "A spend of one credit as the domain does it, beside the durable commit of the same "
            "rows by the bare driver, without checks. The books of 10,000 entries have 2,500 lots "
            "and holds."
        )
        tables = [Table(f"The ledger on {database}", notes, measure_all(books), HEADINGS)]
    return [*tables, *_more_tables(database, make, few, many)]


def _more_tables(database: str, make: Callable[[str], str], few: str, many: str) -> Iterator[Table]:
    if database == "PostgreSQL":
        notes = (
            f"Clients that never wait, on different wallets: {os.cpu_count()} processes with "
            "threads, on the machine of the database."
        )
        headings = ("", "clients", "a second", "× one", "bare a second", "bare × one", "goal")
        yield Table("Many clients on PostgreSQL", notes, measure_clients(few, 1), headings)
    first = verify(few)
    verified = [first, verify(many, first)]
    if POSTINGS:
        most = make("most")
        with filled(most, 0, POSTINGS % SHORT + SHORT) as engine:
            fill(engine, 2, POSTINGS // SHORT, SHORT)
            verified.append(verify(most, first))
    columns = ("", "postings", "seconds", "a second", "MB", "goal")
    notes = "In a process of its own; the memory is the most that it had, libraries included."
    yield Table(f"Verifying on {database}", notes, verified, columns)


def finish(engine: Engine) -> None:
    make_bare_tables(engine)
    if engine.dialect.name == "postgresql":  # as its autovacuum does after a while
        with engine.connect().execution_options(writing=True) as connection:
            connection.execute(text("ANALYZE"))
            connection.commit()


def measure_on_disk() -> None:
    """Not in memory, where tests keep their databases: there a commit waits for nothing."""
    tempfile.tempdir = ON_DISK


def main() -> None:
    measure_on_disk()
    for make in (on_sqlite, on_postgresql):
        for table in make():
            print(f"{table.as_text()}\n", flush=True)


if __name__ == "__main__":
    main()
