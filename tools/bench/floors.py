"""The least that the same work could cost: a bare Flask route, and bare SQL."""

import json
from collections.abc import Callable

from flask import Flask
from sqlalchemy import TextClause, text

from tests.conftest import ADMIN
from tools.bench.catalogues import Catalogue
from tools.bench.timing import Task

FIELDS = ("name", "credits", "price_minor", "currency", "country", "short_info", "rank")
TWO_ROWS = [
    text("UPDATE credit_package SET short_info = :info, version = version + 1 WHERE id = :id"),
    text(
        "INSERT INTO draft_revision (item_type, item_id, action, version, old, new, author,"
        " created_at) VALUES ('package', :id, 'edited', 1, '{}', :new, :author, CURRENT_TIMESTAMP)"
    ),
]
NEW = "(SELECT max(number) FROM release)"
RELEASE = [
    text(
        "INSERT INTO release"
        " (number, created_at, live_from, revision_id, change_count, author, note)"
        " SELECT number + 1, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP,"
        " (SELECT max(id) FROM draft_revision), 0, author, ''"
        " FROM release ORDER BY number DESC LIMIT 1"
    ),
    text(
        f"INSERT INTO released_package (release_number, item_id, {', '.join(FIELDS)})"  # noqa: S608
        f" SELECT {NEW}, live.item_id, {', '.join(f'r.{name}' for name in FIELDS)}"
        " FROM live_package live JOIN released_package r ON r.id = live.released_id"
        " ORDER BY live.item_id LIMIT :number"
    ),
    text(
        "DELETE FROM live_package WHERE item_id IN"  # noqa: S608
        f" (SELECT item_id FROM released_package WHERE release_number = {NEW})"
    ),
    text(
        "INSERT INTO live_package (item_id, released_id, country, rank)"  # noqa: S608
        f" SELECT item_id, id, country, rank FROM released_package WHERE release_number = {NEW}"
    ),
    text(f"INSERT INTO release_seal (release_number) SELECT {NEW}"),
]
CHANGED = text(
    "SELECT * FROM credit_package"
    " LEFT JOIN live_package ON live_package.item_id = credit_package.id"
    " LEFT JOIN released_package ON released_package.id = live_package.released_id"
    " WHERE credit_package.id IN (SELECT item_id FROM draft_revision"
    " WHERE id > (SELECT revision_id FROM release ORDER BY number DESC LIMIT 1))"
)


IN_COUNTRY = text(
    "SELECT r.* FROM live_package live JOIN released_package r ON r.id = live.released_id"
    " WHERE live.country = :country ORDER BY live.rank"
)


def write_two_rows(catalogue: Catalogue) -> Task:
    """What a save and a move have to write: the draft and its revision."""

    def run() -> None:
        info = catalogue.text()
        new = json.dumps({"short_info": info})
        values = {"id": catalogue.ids[-1], "info": info, "new": new, "author": ADMIN}
        _write(catalogue, TWO_ROWS, values)

    return lambda: run


def write_drafts(number: int) -> Callable[[Catalogue], Task]:
    """The same for many at once."""

    def task(catalogue: Catalogue) -> Task:
        def run() -> None:
            info = catalogue.text()
            new = json.dumps({"short_info": info})
            every = {"info": info, "new": new, "author": ADMIN}
            _write(catalogue, TWO_ROWS, [{"id": id, **every} for id in catalogue.ids[-number:]])

        return lambda: run

    return task


def write_release(number: int) -> Callable[[Catalogue], Task]:
    """So many packages as they are live, as a new release; nothing is compared or looked at."""

    def task(catalogue: Catalogue) -> Task:
        return lambda: lambda: _write(catalogue, RELEASE, {"number": number})

    return task


def read_changed(catalogue: Catalogue) -> Task:
    """The drafts that were written since the release, beside what is live."""

    def run() -> None:
        with catalogue.engine.connect() as connection:
            connection.execute(CHANGED).all()

    return lambda: run


def read_country(catalogue: Catalogue) -> Task:
    """The live rows of a country, in order."""

    def run() -> None:
        with catalogue.engine.connect() as connection:
            connection.execute(IN_COUNTRY, {"country": catalogue.country}).all()

    return lambda: run


def answer_page(path: str) -> Callable[[Catalogue], Task]:
    """A bare route that has the bytes of this page ready."""
    return answer(lambda catalogue: catalogue.get(path).data)


def answer(make: Callable[[Catalogue], bytes]) -> Callable[[Catalogue], Task]:
    """A bare route that has these bytes ready."""
    return lambda catalogue: _bare_route(make(catalogue))


def answer_nothing(_catalogue: Catalogue) -> Task:
    """A bare route that has nothing to say."""
    return _bare_route(b"")


def answer_after_write(catalogue: Catalogue) -> Task:
    """A bare route that writes what a save and a move have to write."""
    return _bare_route(b"Saved.", write_two_rows(catalogue))


def _bare_route(content: bytes, task: Task | None = None) -> Task:
    app = Flask("bare")

    @app.get("/")
    def answer() -> bytes:
        if task:
            task()()
        return content

    client = app.test_client()
    return lambda: lambda: client.get("/")


def _write(
    catalogue: Catalogue,
    statements: list[TextClause],
    values: dict[str, object] | list[dict[str, object]],
) -> None:
    with catalogue.engine.connect().execution_options(writing=True) as connection:
        for statement in statements:
            connection.execute(statement, values)
        connection.commit()
