"""Prints a paper as PDF: the same paper gives the same bytes.

Importing this loads fpdf2, fonttools and Pillow, which takes half a second: import it only where
something is printed.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

from fpdf import FPDF, ViewerPreferences

from domain.papers.bidi import Run, break_lines
from domain.papers.sheets import Cell, Row, Rule, Sheet

FONTS = Path(__file__).parent / "fonts"
# Millimetres, on A4.
SIDES, TOP, BOTTOM = 18.0, 20.0, 20.0
PADDING, GAP = 1.0, 7.0
# Points of the letters, millimetres of their lines.
TEXT, TITLE = (9.5, 5.0), (18.0, 10.0)
BLACK, MUTED, LINES = 20, 95, 160


def print_sheet(sheet: Sheet, title: str, author: str, at: datetime) -> bytes:
    """`title`, `author` and `at`, when it was made, are what a reader of PDF says about it."""
    pdf = FPDF(format="A4")
    pdf.set_lang(sheet.language)
    pdf.set_title(title)
    pdf.set_author(author)
    pdf.set_creation_date(at)
    pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
    pdf.add_font("sans", "", FONTS / "dejavu-sans-2.37.ttf")
    pdf.add_font("sans", "B", FONTS / "dejavu-sans-bold-2.37.ttf")
    pdf.set_margins(SIDES, TOP)
    pdf.set_auto_page_break(False)
    pdf.c_margin = 0
    pdf.add_page()
    printer = _Printer(pdf, sheet)
    for row in sheet.rows:
        printer.print_row(row)
    return bytes(pdf.output())


class _Printer:
    def __init__(self, pdf: FPDF, sheet: Sheet) -> None:
        self._pdf, self._sheet = pdf, sheet
        self._is_rtl = sheet.direction == "rtl"

    def print_row(self, row: Row) -> None:
        """Line by line, each on the next page once this one is full."""
        pdf = self._pdf
        points, height = TITLE if row.is_title else TEXT
        if row.is_apart and pdf.y > TOP:
            pdf.y += GAP
        if row.rule is Rule.ABOVE:
            self._rule(row.cells)
        pdf.y += PADDING
        columns = [self._broken(cell, points) for cell in row.cells]
        for lines in zip_longest(*columns, fillvalue=()):
            if pdf.y + height > pdf.h - BOTTOM:
                pdf.add_page()
            for cell, line in zip(row.cells, lines, strict=True):
                self._print_line(cell, line, points, height)
            pdf.y += height
        pdf.y += PADDING
        if row.rule is Rule.BELOW:
            self._rule(row.cells)

    def _broken(self, cell: Cell, points: float) -> list[list[Run]]:
        width = cell.width * self._pdf.epw
        self._pdf.set_font_size(points)
        return [
            broken
            for line in cell.lines
            for broken in break_lines(line, self._sheet.direction, width, self._measure)
        ]

    def _print_line(self, cell: Cell, line: Sequence[Run], points: float, height: float) -> None:
        pdf = self._pdf
        y = pdf.y
        pdf.set_font_size(points)
        widths = [self._measure(run) for run in line]
        pdf.x = self._left(cell, sum(widths))
        for run, width in zip(line, widths, strict=True):
            pdf.set_text_color(MUTED if run.span.is_muted else BLACK)
            self._look(run)
            pdf.cell(width, height, run.span.text)
        pdf.y = y

    def _left(self, cell: Cell, width: float) -> float:
        """Where a line of the cell begins, so long."""
        start, end = self._edges((cell,))
        is_right = cell.is_at_end != self._is_rtl
        return end - width if is_right else start

    def _edges(self, cells: Sequence[Cell]) -> tuple[float, float]:
        """From the left of the page."""
        pdf = self._pdf
        start, end = cells[0].start, cells[-1].start + cells[-1].width
        if self._is_rtl:
            start, end = 1 - end, 1 - start
        return SIDES + start * pdf.epw, SIDES + end * pdf.epw

    def _rule(self, cells: Sequence[Cell]) -> None:
        start, end = self._edges(cells)
        self._pdf.set_draw_color(LINES)
        self._pdf.line(start, self._pdf.y, end, self._pdf.y)

    def _measure(self, run: Run) -> float:
        self._look(run)
        return float(self._pdf.get_string_width(run.span.text))

    def _look(self, run: Run) -> None:
        self._pdf.set_font("sans", "B" if run.span.is_strong else "")
        self._pdf.set_text_shaping(True, direction=run.direction)
