"""What pages about customers cost where there are many: for admins, and for customers themselves.

`python -m tools.bench.customers` measures them alone and writes nothing. A further page is a line
in PAGES: one browser is signed in as an admin and as the customer with the most entries.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from tempfile import TemporaryDirectory

from domain.customers.sessions import open_session
from tests.postgres import running_server
from tools.bench import floors
from tools.bench.catalogues import Catalogue, opened
from tools.bench.figures import HEADINGS, Figure, Goal, Table
from tools.bench.jobs import Job, Measured, measure
from tools.bench.many_customers import add_many
from tools.bench.timing import Task

CUSTOMERS, ENTRIES, MOST_ENTRIES = 100_000, 10, 1_000
PACKAGES = 100
ROUNDS = 20
# What is opened, where ({most} is the customer with the most entries), and the most milliseconds
# of CPU that it may take.
PAGES = (
    ("List of customers", "/customers/", 50),
    ("List, far from its start", "/customers/?below=5000", 50),
    ("List by country", "/customers/?country=TR", 50),
    ("List by tag", "/customers/?tag=VIP", 50),
    ("List of gifts ending soon", "/customers/?show=ending-gifts", 50),
    ("List of who owes credits", "/customers/?show=owes", 50),
    ("Search by a letter", "/customers/?q=a", 50),
    ("Search by two words", "/customers/?q=ayşe+ka", 50),
    ("Search by number", "/customers/?q=4711", 50),
    ("Search for nobody", "/customers/?q=nobody", 50),
    ("A customer's page", "/customers/{most}", 50),
    ("The customer's own page", "/account", 15),
    ("The checkout page", "/checkout/1?release=1&lang=en", 15),
)


def measure_pages(
    url: str,
    customers: int = CUSTOMERS,
    entries: int = ENTRIES,
    most: int = MOST_ENTRIES,
    rounds: int = ROUNDS,
) -> list[Figure]:
    """Every page in turn with its floor, the bare answer of as many bytes."""
    with opened(url, PACKAGES) as catalogue:
        add_many(catalogue.engine, customers, entries, most)
        sign_in_customer(catalogue, customers)
        pages = [(what, path.format(most=customers), limit) for what, path, limit in PAGES]
        jobs = [
            Job(what, open_page(path), floors.answer_page(path), at_most(limit))
            for what, path, limit in pages
        ]
        return measure(jobs, [replace(catalogue, size=customers)], rounds)


def sign_in_customer(catalogue: Catalogue, customer_id: int) -> None:
    with catalogue.writing() as session:
        token = open_session(session, customer_id)
    name = catalogue.client.application.config["SESSION_COOKIE_NAME"]
    catalogue.client.set_cookie(f"{name}-customer", token)


def open_page(path: str) -> Callable[[Catalogue], Task]:
    return lambda catalogue: lambda: lambda: catalogue.get(path)


def at_most(limit: int) -> Callable[[Figure, Measured], Iterable[Goal]]:
    return lambda figure, _others: [Goal("≤ {} ms of CPU", figure.cost.cpu_ms, limit)]


def on_sqlite() -> Table:
    with TemporaryDirectory() as folder:
        return _table("SQLite", measure_pages(f"sqlite:///{folder}/customers.db"))


def on_postgresql() -> Table:
    with running_server(options=()) as server:
        server.execute("CREATE DATABASE scrip")
        return _table("PostgreSQL", measure_pages(server.url("scrip")))


def _table(database: str, figures: Sequence[Figure]) -> Table:
    headings = ["customers" if heading == "packages" else heading for heading in HEADINGS]
    notes = (
        f"{CUSTOMERS:,} customers with {ENTRIES} entries each, the one whose pages are opened with "
        f"{MOST_ENTRIES:,}. The floor is a bare Flask route with the same bytes at hand."
    )
    return Table(f"Customers on {database}", notes, figures, headings)


def main() -> None:
    for make in (on_sqlite, on_postgresql):
        print(f"{make().as_text()}\n", flush=True)


if __name__ == "__main__":
    main()
