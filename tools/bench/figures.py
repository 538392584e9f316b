"""What was measured, and how it is shown: a table on the screen, Markdown and JSON in docs/."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from tools.bench.timing import Cost

HEADINGS = ("", "packages", "ms", "CPU ms", "floor ms", "× floor", "SQL", "rows", "KB", "goal")


@dataclass(frozen=True)
class Goal:
    """Something that is to be at most `limit`; `text` says what, with {} for the limit."""

    text: str
    measured: float
    limit: float

    @property
    def is_met(self) -> bool:
        return self.measured <= self.limit

    def __str__(self) -> str:
        words = self.text.format(f"{self.limit:g}")
        return f"{'✓' if self.is_met else '✗'} {words} ({short(self.measured)})"


class AtLeast(Goal):
    """Something that is to be `limit` or more."""

    @property
    def is_met(self) -> bool:
        return self.measured >= self.limit


@dataclass(frozen=True)
class Figure:
    """The cost of `what` in a catalogue of `packages`, beside a floor of the same run.

    `statements` SQL statements were sent, `rows` rows written, `kilobytes` answered after gzip.
    """

    what: str
    packages: int
    cost: Cost
    floor: Cost
    goals: tuple[Goal, ...] = ()
    statements: int | None = None
    rows: int | None = None
    kilobytes: float | None = None

    @property
    def times_floor(self) -> float:
        return self.cost.over(self.floor)

    def with_goals(self, *goals: Goal) -> "Figure":
        return replace(self, goals=(*self.goals, *goals))

    def cells(self) -> list[str]:
        numbers = (self.cost.ms, self.cost.cpu_ms, self.floor.ms, self.times_floor)
        counts = (self.statements, self.rows, self.kilobytes)
        return [
            self.what,
            f"{self.packages:,}",
            *map(short, numbers),
            *("" if count is None else short(count) for count in counts),
            "; ".join(map(str, self.goals)),
        ]


class Row(Protocol):
    """What a table shows in one of its lines."""

    @property
    def goals(self) -> Sequence[Goal]: ...

    def cells(self) -> list[str]: ...


@dataclass(frozen=True)
class Table:
    """The figures of one database; `notes` say how they came about."""

    title: str
    notes: str
    figures: Sequence[Row]
    headings: Sequence[str] = HEADINGS

    def as_text(self) -> str:
        rows = self._rows()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(_aligned(row, widths)).rstrip() for row in rows]
        return "\n".join([f"{self.title}. {self.notes}", *lines])

    def as_markdown(self) -> str:
        head, *rows = ("| " + " | ".join(row) + " |" for row in self._rows())
        rule = "|---|" + "---:|" * (len(self.headings) - 2) + "---|"
        return "\n".join([f"## {self.title}", "", self.notes, "", head, rule, *rows])

    def _rows(self) -> list[list[str]]:
        return [list(self.headings), *(figure.cells() for figure in self.figures)]


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Words to the left, numbers to the right."""
    first, last = cells[0].ljust(widths[0]), cells[-1]
    return [first, *(c.rjust(w) for c, w in zip(cells[1:-1], widths[1:-1], strict=True)), last]


def short(number: float) -> str:
    """As many digits as are worth reading: 1,234, 123, 12.3, 1.23."""
    if isinstance(number, int) or number >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"
