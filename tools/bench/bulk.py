"""Many packages at once: prices by a rule, and files. Nothing is pending before and after."""

import csv
import io
from collections.abc import Callable
from decimal import Decimal

from sqlalchemy import text
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from domain.catalogue.imports.saving import PART
from tests.html import find_all, values
from tests.page_helpers import LIST
from tools.bench import floors
from tools.bench.catalogues import Catalogue, Fields
from tools.bench.figures import Figure, Goal
from tools.bench.holding import measure_longest
from tools.bench.jobs import Job, measure
from tools.bench.publishing import within
from tools.bench.timing import Task

BULK, IMPORT = f"{LIST}bulk", f"{LIST}import"
MANY = 1_000
RULE = {"how": "percent", "amount": "5", "ending": "", "direction": "nearest"}
HOLD_FILE = "Longest hold of the writer, a file of 10,000 lines"
# The same as for all else that is long.
MOST_HELD_MS = 1000
DRAFTS = text("SELECT * FROM credit_package ORDER BY country, rank")


def measure_bulk(catalogue: Catalogue, rounds: int) -> list[Figure]:
    figures = measure(LOOKS, [catalogue], rounds)
    figures += measure(PRICES_SAVED, [catalogue], rounds)
    figures += measure(FILE_SAVED, [catalogue], rounds)
    floor = floors.write_drafts(PART)(catalogue)
    held = measure_longest(HOLD_FILE, catalogue, save_file(catalogue), floor, rounds)
    catalogue.apply()
    return [*figures, held.with_goals(Goal("≤ {} ms", held.cost.ms, MOST_HELD_MS))]


def preview_prices(catalogue: Catalogue) -> Task:
    """As htmx asks while the rule is typed; the answer brings every line."""

    def prepare() -> Callable[[], TestResponse]:
        fields = {**_opened(catalogue), **RULE}
        return lambda: catalogue.press(f"{BULK}/preview", "", fields)

    return prepare


def previewed(catalogue: Catalogue) -> bytes:
    fields = {**_opened(catalogue), **RULE}
    return catalogue.press(f"{BULK}/preview", "", fields).get_data()


def save_prices(catalogue: Catalogue) -> Task:
    """What was previewed; each time 5 % more."""

    def prepare() -> Callable[[], TestResponse]:
        shown = catalogue.show(f"{BULK}/preview", {**_opened(catalogue), **RULE})
        fields = {**_fields(shown), **RULE}
        return lambda: catalogue.send(f"{BULK}/save", fields)

    return prepare


def check_file(catalogue: Catalogue) -> Task:
    """The file is sent, and the answer is what it would change: every price."""

    def prepare() -> Callable[[], TestResponse]:
        file = _dearer(catalogue)
        return lambda: _check(catalogue, file)

    return prepare


def save_file(catalogue: Catalogue) -> Task:
    def prepare() -> Callable[[], TestResponse]:
        page = _check(catalogue, _dearer(catalogue)).text
        (path,) = values(page, "#import-form", "action")
        digest = {"digest": values(page, "[name=digest]", "value")}
        return lambda: catalogue.send(path, digest)

    return prepare


def read_file(catalogue: Catalogue) -> Task:
    """The lines as cells, and every draft."""
    file = _dearer(catalogue).decode()

    def run() -> None:
        list(csv.reader(io.StringIO(file)))
        with catalogue.engine.connect() as connection:
            connection.execute(DRAFTS).all()

    return lambda: run


def _opened(catalogue: Catalogue) -> Fields:
    """The form, with a line for each of the first thousand packages."""
    ids = [str(id) for id in catalogue.ids[:MANY]]
    return _fields(catalogue.show(BULK, {"action": "prices", "package": ids}))


def _fields(page: str) -> Fields:
    """What a browser sends of the form."""
    found: dict[str, list[str]] = {}
    for node in find_all(page, "#bulk-form input"):
        given = node.attributes
        if given.get("type") != "checkbox" or "checked" in given:
            found.setdefault(str(given["name"]), []).append(given.get("value") or "")
    return found


def _dearer(catalogue: Catalogue) -> bytes:
    """The export with every price a whole unit higher."""
    exported = catalogue.get(f"{LIST}export.csv?decimal=point").data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(exported)))
    file = io.StringIO()
    writer = csv.DictWriter(file, rows[0].keys())
    writer.writeheader()
    writer.writerows(row | {"price": str(Decimal(row["price"]) + 1)} for row in rows)
    return file.getvalue().encode()


def _check(catalogue: Catalogue, file: bytes) -> TestResponse:
    upload = FileStorage(io.BytesIO(file), "packages.csv")
    sent = {"csrf_token": catalogue.csrf_token, "decimal": "point", "file": upload}
    boundary, body = encode_multipart(sent)
    kind = f"multipart/form-data; boundary={boundary}"
    answer = catalogue.client.post(IMPORT, data=body, content_type=kind)
    return catalogue.get(answer.location)


LOOKS = [
    Job(
        "Preview prices of 1,000 packages",
        preview_prices,
        floors.answer(previewed),
        within(2000),
    ),
    Job("Check a file of 10,000 lines", check_file, read_file, within(5000)),
]
PRICES_SAVED = [
    Job("Save prices of 1,000 packages", save_prices, floors.write_drafts(MANY), within(2000)),
]
FILE_SAVED = [Job("Save a file of 10,000 lines", save_file, floors.write_drafts(10_000))]
