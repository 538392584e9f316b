"""A paper, ready to be printed: rows from the top down, cells from the start of the line on."""

from dataclasses import dataclass
from enum import Enum
from typing import Literal, NamedTuple


class Span(NamedTuple):
    """Text of one look. What is between U+2068 and U+2069 has a direction of its own."""

    text: str
    is_strong: bool = False
    is_muted: bool = False


Line = tuple[Span, ...]


class Rule(Enum):
    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Cell:
    """Lines, each as long as it likes. `start` and `width` are shares of the width of the paper."""

    lines: tuple[Line, ...]
    start: float = 0
    width: float = 1
    is_at_end: bool = False  # where numbers and the address of the seller stand


@dataclass(frozen=True, slots=True)
class Row:
    cells: tuple[Cell, ...]
    is_title: bool = False
    is_apart: bool = False  # from what is above it
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """`language` is a code of domain/languages.py."""

    language: str
    direction: Literal["ltr", "rtl"]
    rows: tuple[Row, ...]
