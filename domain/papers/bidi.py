"""Lines of a paper: where they break, and in which order their parts stand, seen from the left.

fpdf2 has the levels of Unicode's bidirectional algorithm, but puts a line together with two of
them at most, and prints the marks of isolates.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import NamedTuple

from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection

from domain.papers.sheets import Line, Span

# Embeddings and overrides are none of ours, and the algorithm drops them itself.
MARKS = frozenset("\u2066\u2067\u2068\u2069")


class Run(NamedTuple):
    """A part of a line that has one look and one direction; odd levels run from the right."""

    span: Span
    level: int

    @property
    def direction(self) -> TextDirection:
        return TextDirection.RTL if self.level % 2 else TextDirection.LTR


class Letter(NamedTuple):
    text: str
    span: Span
    level: int


Measure = Callable[[Run], float]


def break_lines(line: Line, direction: str, width: float, measure: Measure) -> list[list[Run]]:
    """Between words; within one that is longer than a line."""
    lines: list[list[Letter]] = [[]]
    filled = 0.0
    for word in _words(_letters(line, direction)):
        for part in _parts(word, width, measure):
            if lines[-1] and filled + _width(_trimmed(part), measure) > width:
                lines.append([])
                filled = 0.0
            lines[-1] += part
            filled += _width(part, measure)
    return [_ordered(_runs(_trimmed(letters))) for letters in lines]


def _letters(line: Line, direction: str) -> list[Letter]:
    spans = [span for span in line for _letter in span.text]
    text = "".join(span.text for span in line)
    base = TextDirection.RTL if direction == "rtl" else TextDirection.LTR
    return [
        Letter(one.character, spans[one.character_index], one.embedding_level)
        for one in BidiParagraph(text, base).get_characters()
        if one.character not in MARKS
    ]


def _words(letters: list[Letter]) -> Iterator[list[Letter]]:
    """Each with the space after it."""
    word: list[Letter] = []
    for letter in letters:
        if word and word[-1].text == " " and letter.text != " ":
            yield word
            word = []
        word.append(letter)
    if word:
        yield word


def _parts(word: list[Letter], width: float, measure: Measure) -> Iterator[list[Letter]]:
    while len(word) > 1 and _width(_trimmed(word), measure) > width:
        lengths = range(1, len(word))
        fitting = bisect_right(lengths, width, key=lambda n: _width(word[:n], measure))
        yield word[: fitting or 1]
        word = word[fitting or 1 :]
    yield word


def _trimmed(letters: list[Letter]) -> list[Letter]:
    end = len(letters)
    while end and letters[end - 1].text == " ":
        end -= 1
    return letters[:end]


def _width(letters: list[Letter], measure: Measure) -> float:
    return sum(map(measure, _runs(letters)))


def _runs(letters: list[Letter]) -> list[Run]:
    runs = groupby(letters, key=lambda letter: (letter.span._replace(text=""), letter.level))
    return [
        Run(span._replace(text="".join(letter.text for letter in part)), level)
        for (span, level), part in runs
    ]


def _ordered(runs: list[Run]) -> list[Run]:
    """Rule L2: from the highest level down to 1, whatever is at it or above is turned round."""
    for level in range(max((run.level for run in runs), default=0), 0, -1):
        turned: list[Run] = []
        for is_turned, part in groupby(runs, key=lambda run: run.level >= level):
            found = list(part)
            turned += reversed(found) if is_turned else found
        runs = turned
    return runs
