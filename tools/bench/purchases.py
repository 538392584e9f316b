"""What purchases cost where there are many: their pages, and what hears of them.

`python -m tools.bench.purchases` measures them alone and writes nothing. A further page is a line
in PAGES.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, insert, select

from domain.catalogue.packages.models import ReleasedPackage
from domain.database import Base
from domain.purchases.models import Purchase, Receipt
from domain.purchases.money_back_models import PaymentDispute, PaymentRefund
from domain.purchases.syncing import has_due
from tests.postgres import running_server
from tests.webhooks import event, send
from tools.bench import floors
from tools.bench.catalogues import Catalogue, opened
from tools.bench.customers import at_most, open_page
from tools.bench.figures import HEADINGS, Figure, Goal, Table
from tools.bench.jobs import Job, Measured, measure
from tools.bench.many_customers import add_people
from tools.bench.timing import Task

PURCHASES, PACKAGES = 100_000, 100
ROUNDS = 20
# What is opened, where ({last} is the newest purchase), and the most milliseconds of CPU that it
# may take.
PAGES = (
    ("List of purchases", "/purchases/", 50),
    ("List, far from its start", "/purchases/?below=5000", 50),
    ("List of those that are paid", "/purchases/?show=paid", 50),
    ("List of declined ones", "/purchases/?show=declined", 50),
    ("List of refunded ones", "/purchases/?show=refunded", 50),
    ("List of who waits for a person", "/purchases/?show=held", 50),
    ("List of the last 30 days", "/purchases/?period=30", 50),
    ("List of some days of last year", "/purchases/?since=2025-03-01&until=2025-03-31", 50),
    ("List by market", "/purchases/?market=AT", 50),
    ("List by package", "/purchases/?package=7", 50),
    ("Search by a letter", "/purchases/?q=a", 50),
    ("Search by two words", "/purchases/?q=ayşe+ka", 50),
    ("Search by number", "/purchases/?q=P-4711", 50),
    ("Search by receipt", "/purchases/?q=TEST-2026-000184", 50),
    ("Search for nobody", "/purchases/?q=nobody", 50),
    ("Failed payments", "/purchases/failed", 100),
    ("Failed payments of one group", "/purchases/failed?who=buyer", 100),
    ("A purchase's page", "/purchases/{last}", 50),
)
# How many of a hundred are in each state, and why.
OF_A_HUNDRED = (
    *[("paid", None)] * 90,
    *[("expired", "no_funds")] * 3,
    *[("expired", "declined")] * 2,
    *[("expired", None)] * 3,
    *(("failed", "bank_failed"), ("processing", None)),
)
# Of so many purchases one is refunded; of as many others one is disputed.
ONE_IN = 50
ROWS_AT_ONCE = 10_000
FIRST = datetime.now(UTC) - timedelta(days=730)
LAST = datetime.now(UTC)
PACKAGE = select(
    *(ReleasedPackage.id.label("released_id"), ReleasedPackage.item_id.label("package_id")),
    *(ReleasedPackage.release_number, ReleasedPackage.name, ReleasedPackage.credits),
    *(ReleasedPackage.price_minor, ReleasedPackage.currency, ReleasedPackage.country),
)

Row = dict[str, Any]


def measure_pages(url: str, purchases: int = PURCHASES, rounds: int = ROUNDS) -> list[Figure]:
    """Every page in turn with its floor, the bare answer of as many bytes."""
    with opened(url, PACKAGES) as catalogue:
        add_many(catalogue.engine, purchases)
        pages = [(what, path.format(last=purchases), limit) for what, path, limit in PAGES]
        jobs = [
            Job(what, open_page(path), floors.answer_page(path), at_most(limit))
            for what, path, limit in pages
        ]
        jobs += [
            Job("A webhook", hear, floors.answer_after_write, few_statements),
            Job("A worker that finds nothing due", look, floors.answer_nothing, at_most(5)),
        ]
        return measure(jobs, [replace(catalogue, size=purchases)], rounds)


def hear(catalogue: Catalogue) -> Task:
    """Something new about a purchase."""

    def prepare() -> Callable[[], object]:
        number = next(catalogue.numbers)
        body = event(f"{number % catalogue.size + 1:032}", id=f"evt_{number}")
        return lambda: send(catalogue.client, body)

    return prepare


def look(catalogue: Catalogue) -> Task:
    """As the worker does each second."""

    def run() -> None:
        with catalogue.reading() as session:
            assert not has_due(session, "simulator")

    return lambda: run


def few_statements(figure: Figure, _others: Measured) -> Iterable[Goal]:
    """With what begins and ends a transaction."""
    yield Goal("≤ {} statements", figure.statements or 0, 8)


def add_many(engine: Engine, purchases: int) -> None:
    """So many purchases of two years, of a fifth as many customers."""
    customers = max(1, purchases // 5)
    with engine.connect().execution_options(writing=True) as connection:
        for first in range(1, customers + 1, ROWS_AT_ONCE):
            add_people(connection, range(first, min(first + ROWS_AT_ONCE, customers + 1)))
        packages = [dict(row) for row in connection.execute(PACKAGE).mappings()]
        for first in range(1, purchases + 1, ROWS_AT_ONCE):
            ids = range(first, min(first + ROWS_AT_ONCE, purchases + 1))
            rows = [_purchase(id, id / purchases, customers, packages) for id in ids]
            connection.execute(insert(Purchase), rows)
            for table, more in _beside(rows).items():
                connection.execute(insert(table), more)
        connection.commit()
    if engine.dialect.name == "postgresql":
        vacuum(engine)


def vacuum(engine: Engine) -> None:
    """As PostgreSQL does by itself after a while."""
    own = engine.raw_connection()
    connection: Any = own.driver_connection
    connection.autocommit = True
    connection.execute("VACUUM (ANALYZE)")
    own.invalidate()


def _purchase(id: int, part: float, customers: int, packages: Sequence[Row]) -> Row:
    """`part` of the two years are over."""
    dice = random.Random(id)  # noqa: S311 - no secret
    state, failure = dice.choice(OF_A_HUNDRED)
    package = dice.choice(packages)
    at = FIRST + (LAST - FIRST) * part
    return {
        **package,
        **{"id": id, "key": f"{id:032}", "customer_id": dice.randrange(customers) + 1},
        **{"language": "en", "tax": "nothing", "tax_basis_points": 0, "tax_minor": 0},
        **{"consent": "1", "mode": "test", "provider": "sample", "created_at": at},
        **{"state": state, "failure": failure, "paid_at": at if state == "paid" else None},
        "card_country": dice.choice((package["country"], "TR")),
        "hold": "disputed" if id % ONE_IN == 1 and id % 3 == 0 else None,
    }


def _beside(rows: Sequence[Row]) -> dict[type[Base], list[Row]]:
    """Refunds and disputes of some, receipts of those that are paid."""
    back = [
        {"purchase_id": row["id"], "ref": f"r{row['id']}", "amount_minor": row["price_minor"]}
        | {"currency": row["currency"]}
        for row in rows
    ]
    paid = [row["id"] for row in rows if row["state"] == "paid"]
    receipt = {"series": "TEST", "year": 2026, "issued_at": LAST, "content": {}}
    return {
        PaymentRefund: [one | {"status": "succeeded"} for one in back[::ONE_IN]],
        PaymentDispute: [one | {"status": "won"} for one in back[1::ONE_IN]],
        Receipt: [receipt | {"purchase_id": id, "number": id} for id in paid],
    }


def on_sqlite() -> Table:
    with TemporaryDirectory() as folder:
        return _table("SQLite", measure_pages(f"sqlite:///{folder}/purchases.db"))


def on_postgresql() -> Table:
    with running_server(options=()) as server:
        server.execute("CREATE DATABASE scrip")
        return _table("PostgreSQL", measure_pages(server.url("scrip")))


def _table(database: str, figures: Sequence[Figure]) -> Table:
    headings = ["purchases" if heading == "packages" else heading for heading in HEADINGS]
    notes = (
        f"{PURCHASES:,} purchases of {PURCHASES // 5:,} customers. The floor is a bare Flask route "
        "with the same bytes at hand."
    )
    return Table(f"Purchases on {database}", notes, figures, headings)


def main() -> None:
    for make in (on_sqlite, on_postgresql):
        print(f"{make().as_text()}\n", flush=True)


if __name__ == "__main__":
    main()
