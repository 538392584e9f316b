"""Draws every goal in docs/bench.json: how far it is met, and what grows with the catalogue."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from tools.bench.figures import short

DOCS = Path(__file__).parent.parent.parent / "docs"
# How many goals, and how many growths, stand side by side.
WIDE, PHONE = (2, 5), (1, 3)
ADMINS = "The admins' pages"
AREAS = ("The buyers' page", ADMINS, "Start and memory")
SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"

Tables = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Mark:
    """What was measured for one goal, on one database, in one catalogue."""

    area: str
    database: str
    what: str
    packages: int
    goal: str
    measured: float
    is_met: bool

    @property
    def limit(self) -> float:
        return float(self.goal.split()[1])  # "≤ 1.2 × at 100"

    @property
    def share(self) -> float:
        """Of the limit: 1 just meets it."""
        return self.measured / self.limit

    @property
    def is_growth(self) -> bool:
        return self.goal.endswith("× at 100")

    @property
    def decades(self) -> float:
        """2 for a catalogue a hundred times as large as that of 100."""
        return math.log10(self.packages / 100)

    def __str__(self) -> str:
        return short(self.measured)


def write(tables: Tables, folder: Path) -> None:
    for name, columns in (("bench.svg", WIDE), ("bench-phone.svg", PHONE)):
        (folder / name).write_text(draw(tables, columns))


def draw(tables: Tables, columns: tuple[int, int]) -> str:
    """The picture of tables as bench.json has them."""
    marks = list(read_marks(tables))
    levels = [mark for mark in marks if not mark.is_growth]
    growing = [mark for mark in marks if mark.is_growth]
    return _template().render(
        columns=columns,
        marks=marks,
        missed=[mark for mark in marks if not mark.is_met],
        areas={area: worst(mark for mark in levels if mark.area == area) for area in AREAS},
        growths=growths(growing),
        # How far the scales go: in limits, and in costs with 100 packages.
        span=max([2, *(math.ceil(mark.share * 2) / 2 for mark in levels)]),
        rise=max([1, *(max(mark.limit, mark.measured) for mark in growing)]),
    )


def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("plot.svg.jinja")


def read_marks(tables: Tables) -> Iterator[Mark]:
    for table in tables:
        area, _, database = table["title"].partition(" on ")
        if area in (SQLITE, POSTGRESQL):
            area, database = ADMINS, area
        for figure in table["figures"]:
            work = (area, database or SQLITE, figure["what"], figure.get("packages", 0))
            yield from (Mark(*work, **goal) for goal in figure["goals"])


def worst(marks: Iterable[Mark]) -> dict[tuple[str, str], dict[str, Mark]]:
    """By work and goal, then by database: the catalogue that costs most."""
    rows: dict[tuple[str, str], dict[str, Mark]] = {}
    for mark in marks:
        row = rows.setdefault((mark.what, mark.goal), {})
        row[mark.database] = max(row.get(mark.database, mark), mark, key=lambda one: one.measured)
    return rows


def growths(marks: Iterable[Mark]) -> dict[str, dict[str, list[Mark]]]:
    """By work, buyers first, then by database: from small catalogues to large ones."""
    works: dict[str, dict[str, list[Mark]]] = {}
    for mark in sorted(marks, key=lambda mark: (AREAS.index(mark.area), mark.packages)):
        works.setdefault(mark.what, {}).setdefault(mark.database, []).append(mark)
    return works


if __name__ == "__main__":
    write(json.loads((DOCS / "bench.json").read_text()), DOCS)
