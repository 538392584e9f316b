"""The least that the same work could cost: a bare Flask route, and bare SQL."""

import json
from collections.abc import Callable

from flask import Flask
from sqlalchemy import TextClause, text

from tests.conftest import ADMIN
from tools.bench.catalogues import Catalogue
from tools.bench.timing import Task

TWO_ROWS = [
    text("UPDATE credit_package SET short_info = :info, version = version + 1 WHERE id = :id"),
    text(
        "INSERT INTO draft_revision (package_id, action, version, old, new, author, created_at)"
        " VALUES (:id, 'edited', 1, '{}', :new, :author, CURRENT_TIMESTAMP)"
    ),
]
RELEASE = [
    text(
        "INSERT INTO release"
        " (number, created_at, live_from, revision_id, change_count, author, note)"
        " SELECT number + 1, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP,"
        " (SELECT max(id) FROM draft_revision), 0, author, ''"
        " FROM release ORDER BY number DESC LIMIT 1"
    ),
    text(
        "INSERT INTO released_package (release_number, package_id, position,"
        " name, credits, price_minor, currency, country, short_info, rank)"
        " SELECT (SELECT max(number) FROM release), id,"
        " row_number() OVER (PARTITION BY country ORDER BY rank, id),"
        " name, credits, price_minor, currency, country, short_info, rank"
        " FROM credit_package WHERE removed_at IS NULL"
    ),
    text(
        "INSERT INTO released_settings (release_number, platform_name, default_country, intro_text)"
        " SELECT (SELECT max(number) FROM release), platform_name, default_country, intro_text"
        " FROM storefront_settings"
    ),
]
CHANGED = text(
    "SELECT * FROM credit_package"
    " LEFT JOIN released_package ON package_id = credit_package.id"
    " AND release_number = (SELECT max(number) FROM release)"
    " WHERE credit_package.id IN (SELECT package_id FROM draft_revision"
    " WHERE id > (SELECT revision_id FROM release ORDER BY number DESC LIMIT 1))"
)


def write_two_rows(catalogue: Catalogue) -> Task:
    """What a save and a move have to write: the draft and its revision."""

    def run() -> None:
        info = catalogue.text()
        new = json.dumps({"short_info": info})
        values = {"id": catalogue.ids[-1], "info": info, "new": new, "author": ADMIN}
        _write(catalogue, TWO_ROWS, values)

    return lambda: run


def write_release(catalogue: Catalogue) -> Task:
    """All drafts as a new release, with nothing looked at."""
    return lambda: lambda: _write(catalogue, RELEASE, {})


def read_changed(catalogue: Catalogue) -> Task:
    """The drafts that were written since the release, beside what is live."""

    def run() -> None:
        with catalogue.engine.connect() as connection:
            connection.execute(CHANGED).all()

    return lambda: run


def answer_page(path: str) -> Callable[[Catalogue], Task]:
    """A bare route that has the bytes of this page ready."""
    return lambda catalogue: _bare_route(catalogue.get(path).data)


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


def _write(catalogue: Catalogue, statements: list[TextClause], values: dict[str, object]) -> None:
    with catalogue.engine.connect().execution_options(writing=True) as connection:
        for statement in statements:
            connection.execute(statement, values)
        connection.commit()
