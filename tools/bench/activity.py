"""What the list of the activity costs where much was done.

`python -m tools.bench.activity` measures it alone and writes nothing. A further part of it is a
line in PAGES.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, func, insert, select

from domain.accounts.models import Admin, FailedSignInHour
from domain.accounts.roles import Role
from domain.activity.kinds import KINDS
from domain.activity.models import Activity
from domain.catalogue.models import DraftBatch, DraftRevision, Release
from domain.database import Base
from domain.request_addresses import RequestAddress
from tests.postgres import running_server
from tools.bench import floors
from tools.bench.catalogues import opened
from tools.bench.customers import at_most, open_page
from tools.bench.figures import HEADINGS, Figure, Table
from tools.bench.jobs import Job, measure
from tools.bench.purchases import vacuum

ROWS, PACKAGES, RELEASES = 1_000_000, 100, 2_000
ROUNDS = 20
# Who does nearly all, who did something long ago, and who never did anything.
BUSY, FORMER, IDLE = "busy", "former", "idle"
# What is opened; {busy} and the like are the numbers of admins.
PAGES = (
    ("Activity", "/activity"),
    ("Activity, far from its start", "/activity?below=900.250000.250000.300"),
    ("Activity, the way back", "/activity?above=900.250000.250000.300"),
    ("By a person", "/activity?person={busy}"),
    ("By a person who left long ago", "/activity?person={former}"),
    ("By a person who did nothing", "/activity?person={idle}"),
    ("By a kind", "/activity?kind=catalogue"),
    ("By a kind that is rare", "/activity?kind=server"),
    ("By sign-ins", "/activity?kind=sign_in"),
    ("By person and kind", "/activity?person={busy}&kind=settings"),
    ("By person and kind, long ago", "/activity?person={former}&kind=customers"),
    ("By object", "/activity?object=package:7"),
    ("By a customer", "/activity?object=customer:7"),
    ("By object and kind", "/activity?object=customer:7&kind=customers"),
    ("By days", "/activity?since={day}&until={day}"),
    ("By person, kind and days", "/activity?person={busy}&kind=customers&until={day}"),
)
# Of CPU, as for all pages of admins.
MOST_MS = 50
# Draft writes of the batches, in turn; 0 is one write by itself.
BATCHES = (0, 0, 0, 2, 0, 0, 40, 0, 0, 0, 1000)
ROWS_AT_ONCE = 20_000
FIRST, LAST = datetime.now(UTC) - timedelta(days=730), datetime.now(UTC)
MIDDLE = f"{FIRST + (LAST - FIRST) / 2:%Y-%m-%d}"
# Done in the first hundredth alone.
RARE = ("backup_made", "payments_recovered")
OFTEN = [kind for kind in KINDS if kind not in RARE]

Row = dict[str, Any]


def measure_pages(url: str, rows: int = ROWS, rounds: int = ROUNDS) -> list[Figure]:
    """Every page in turn with its floor, the bare answer of as many bytes."""
    with opened(url, PACKAGES) as catalogue:
        people = add_many(catalogue.engine, rows)
        pages = [(what, path.format(**people, day=MIDDLE)) for what, path in PAGES]
        jobs = [
            Job(what, open_page(path), floors.answer_page(path), at_most(MOST_MS))
            for what, path in pages
        ]
        return measure(jobs, [replace(catalogue, size=rows)], rounds)


def add_many(engine: Engine, rows: int) -> dict[str, int]:
    """Half of them draft writes, half acts; releases and hours of failures come on top. The numbers
    of the admins, by what they are here."""
    half = rows // 2
    with engine.connect().execution_options(writing=True) as connection:
        begin = connection.scalar(select(func.max(DraftRevision.id))) or 0
        people = {name: f"{name}@example.com" for name in (BUSY, FORMER, IDLE)}
        accounts = [
            {"email": email, "display_name": name, "password_hash": "none", "role": Role.OWNER}
            for name, email in people.items()
        ]
        connection.execute(insert(Admin), accounts)
        batches: list[Row] = []
        tables: Sequence[tuple[type[Base], Iterator[Row]]] = (
            (DraftRevision, _writes(begin, half, batches)),
            (Activity, (_act(id, id / half) for id in range(1, half + 1))),
            (Release, (_release(number, begin + half) for number in range(2, RELEASES + 1))),
            (FailedSignInHour, _failures(1000)),
            (
                RequestAddress,
                ({"request_id": f"r{id}", "address": "192.0.2.7"} for id in range(half)),
            ),
        )
        for table, many in tables:
            while some := list(islice(many, ROWS_AT_ONCE)):
                connection.execute(insert(table), some)
        connection.execute(insert(DraftBatch), batches)
        numbers = select(Admin.email, Admin.id)
        found = dict(connection.execute(numbers).tuples().all())
        connection.commit()
    if engine.dialect.name == "postgresql":
        vacuum(engine)
    return {name: found[email] for name, email in people.items()}


def _at(part: float) -> datetime:
    return FIRST + (LAST - FIRST) * part


def _who(part: float, dice: random.Random) -> str:
    return f"{FORMER if part < 0.01 and dice.random() < 0.5 else BUSY}@example.com"


def _writes(begin: int, count: int, batches: list[Row]) -> Iterator[Row]:
    """Draft writes after those that are there, and the batches in which some of them are."""
    written, turn = 0, 0
    while written < count:
        dice = random.Random(turn)  # noqa: S311 - no secret
        size = min(BATCHES[turn % len(BATCHES)], count - written)
        author = _who(written / count, dice)
        first = begin + written + 1
        for id in range(first, first + max(size, 1)):
            yield {
                **{"id": id, "item_type": "package", "item_id": dice.randint(1, PACKAGES)},
                **{"action": "edited", "version": 1, "author": author, "request_id": f"r{first}"},
                **{"old": {"name": "A", "credits": 5}, "new": {"name": "B", "credits": 6}},
                "created_at": _at(written / count),
            }
        written += max(size, 1)
        turn += 1
        if size:
            made = {"author": author, "created_at": _at(written / count), "action": "prices"}
            batches.append({"first_id": first, "last_id": first + size - 1, **made})


def _act(id: int, part: float) -> Row:
    dice = random.Random(id)  # noqa: S311 - no secret
    kind = dice.choice((*OFTEN, *RARE) if part < 0.01 else OFTEN)
    return {
        **{"id": id, "at": _at(part), "kind": kind, "author": _who(part, dice)},
        **{"request_id": f"r{id}", "object_type": "customer", "object_id": dice.randint(1, 5000)},
        "details": dict.fromkeys(KINDS[kind], 1) | _words(kind),
    }


def _words(kind: str) -> Row:
    """Of the details those that are no numbers."""
    words = {"fields": ["name"], "role": "owner", "was": "editor", "currency": "EUR"}
    words |= {"email": "new@example.com", "origin": "https://shop.example"}
    return {name: words[name] for name in KINDS[kind] if name in words}


def _release(number: int, writes: int) -> Row:
    """Of all that was written until then: nothing is left for the next one."""
    part = number / RELEASES
    row: Row = {"number": number, "revision_id": int(writes * part)}
    row |= {"created_at": _at(part), "live_from": _at(part)}
    return row | {"change_count": 3, "author": f"{BUSY}@example.com", "note": ""}


def _failures(hours: int) -> Iterator[Row]:
    for hour in range(hours):
        at = _at(hour / hours).replace(minute=0, second=0, microsecond=0)
        yield {"hour": at, "author": f"{BUSY}@example.com", "count": 2}
        yield {"hour": at, "author": "", "count": 20}


def on_sqlite() -> Table:
    with TemporaryDirectory() as folder:
        return _table("SQLite", measure_pages(f"sqlite:///{folder}/activity.db"))


def on_postgresql() -> Table:
    with running_server(options=()) as server:
        server.execute("CREATE DATABASE scrip")
        return _table("PostgreSQL", measure_pages(server.url("scrip")))


def _table(database: str, figures: Sequence[Figure]) -> Table:
    headings = ["rows" if heading == "packages" else heading for heading in HEADINGS]
    notes = (
        f"{ROWS:,} rows of two years: draft writes, many in batches, and acts. The floor is "
        "a bare Flask route with the same bytes at hand."
    )
    return Table(f"Activity on {database}", notes, figures, headings)


def main() -> None:
    for make in (on_sqlite, on_postgresql):
        print(f"{make().as_text()}\n", flush=True)


if __name__ == "__main__":
    main()
