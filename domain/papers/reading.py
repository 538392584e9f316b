"""Reads the HTML of a paper, so that what is printed says what the page says. Pure.

It knows the elements of templates/macros/receipt.html. Any other one raises UnknownElement: what
is not understood would be missing on paper.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from domain.papers.sheets import Cell, Line, Row, Rule, Sheet, Span

SPACES = re.compile("[ \\n]+")  # a space that does not break stays as it is
BLOCKS = frozenset({"p", "dt", "dd"})
ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"
# Of each: where its columns begin, and how wide they are.
HALVES = ((0.0, 0.48), (0.52, 0.48))
COLUMNS = ((0.0, 0.54), (0.56, 0.18), (0.76, 0.24))
SUMS = ((0.5, 0.28), (0.78, 0.22))


class UnknownElement(Exception):
    pass


@dataclass(slots=True)
class Element:
    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    def is_a(self, name: str) -> bool:
        """Whether it has this class."""
        return name in self.attributes.get("class", "").split()

    def elements(self) -> list["Element"]:
        return [child for child in self.children if isinstance(child, Element)]


def read_paper(html: str) -> Sheet:
    """The `<article>` in the HTML."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    (article,) = reader.root.elements()
    return Sheet(
        language=article.attributes["lang"],
        direction="rtl" if article.attributes["dir"] == "rtl" else "ltr",
        rows=tuple(row for element in article.elements() for row in _rows(element)),
    )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag != "br":
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if self._open.pop().tag != tag:
            raise UnknownElement(f"</{tag}> ends nothing")

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def _rows(element: Element) -> Iterator[Row]:
    match element.tag:
        case "p":
            yield Row((Cell(_lines(element)),), is_apart=True)
        case "header":
            yield from _head(element)
        case "table":
            yield from map(_table_row, _below(element, "tr"))
        case "dl" if element.is_a("paper-sums"):
            yield from _sums(element.elements())
        case "dl":
            groups = zip(element.elements(), HALVES, strict=False)
            yield Row(tuple(Cell(_lines(one), *place) for one, place in groups), is_apart=True)
        case tag:
            raise UnknownElement(f"<{tag}> is not printed")


def _head(header: Element) -> Iterator[Row]:
    """What it is, and who gives it."""
    what, seller = header.elements()
    title, *lines = what.elements()
    yield Row((Cell(_lines(title)),), is_title=True, is_apart=True)
    left = Cell(tuple(line for one in lines for line in _lines(one)), *HALVES[0])
    yield Row((left, Cell(_lines(seller), *HALVES[1], is_at_end=True)))


def _table_row(row: Element) -> Row:
    is_heading = not _below(row, "td")
    cells = tuple(
        Cell(_lines(cell, is_strong=cell.tag == "th" and not is_heading), *place, cell.is_a("end"))
        for cell, place in zip(row.elements(), COLUMNS, strict=True)
    )
    return Row(cells, is_apart=is_heading, rule=Rule.BELOW if is_heading else None)


def _sums(pairs: list[Element]) -> Iterator[Row]:
    for place, pair in enumerate(pairs):
        is_total = pair.is_a("paper-total")
        cells = tuple(
            Cell(_lines(one, is_strong=is_total), *columns, is_at_end=one.tag == "dd")
            for one, columns in zip(pair.elements(), SUMS, strict=True)
        )
        rule = Rule.ABOVE if is_total and len(pairs) > 1 else None
        yield Row(cells, is_apart=place == 0, rule=rule)


def _below(element: Element, tag: str) -> list[Element]:
    found = [element] if element.tag == tag else []
    return found + [one for child in element.elements() for one in _below(child, tag)]


def _lines(element: Element, *, is_strong: bool = False) -> tuple[Line, ...]:
    """A block in it is a line of its own, and so is what comes after a <br>."""
    blocks = [child for child in element.elements() if child.tag in BLOCKS]
    if blocks:
        return tuple(line for block in blocks for line in _lines(block, is_strong=is_strong))
    is_muted = not is_strong and (
        element.tag in ("dt", "address") or element.is_a("muted") or element.tag == "th"
    )
    lines: list[list[Span]] = [[]]
    for span in _spans(element, is_strong=is_strong, is_muted=is_muted):
        if span.text == "\n":
            lines.append([])
        else:
            lines[-1].append(span)
    return tuple(line for line in map(_squeezed, lines) if line)


def _spans(element: Element, *, is_strong: bool, is_muted: bool) -> Iterator[Span]:
    for child in element.children:
        if isinstance(child, str):
            yield Span(SPACES.sub(" ", child), is_strong, is_muted)
        elif child.tag == "br":
            yield Span("\n")
        elif child.tag == "strong":
            yield from _spans(child, is_strong=True, is_muted=False)
        elif child.tag == "bdi":
            yield Span(ISOLATE, is_strong, is_muted)
            yield from _spans(child, is_strong=is_strong, is_muted=is_muted)
            yield Span(END_OF_ISOLATE, is_strong, is_muted)
        else:
            raise UnknownElement(f"<{child.tag}> is not printed")


def _squeezed(spans: list[Span]) -> Line:
    """One space where there are several, none at the ends."""
    line: list[Span] = []
    for span in spans:
        text = SPACES.sub(" ", span.text)
        if not line or line[-1].text.endswith(" "):
            text = text.lstrip(" ")
        if text:
            line.append(span._replace(text=text))
    while line and not line[-1].text.strip(" "):
        line.pop()
    if line:
        line[-1] = line[-1]._replace(text=line[-1].text.rstrip(" "))
    return tuple(line)
