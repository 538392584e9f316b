"""Files of comma-separated values, for people's spreadsheets as for programs."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from flask import Response, stream_with_context

from domain.formulas import harmless

# None is an empty cell. Texts are what people typed, so they are kept from being formulas.
Cell = str | int | datetime | None
BYTE_ORDER_MARK = "\ufeff"  # by which Excel knows UTF-8
ROWS_AT_ONCE = 200


def csv_answer(name: str, rows: Iterable[Sequence[Cell]], separator: str = ",") -> Response:
    """The rows as a file to keep, written while they are read. `name` has letters of ASCII."""
    answer = Response(stream_with_context(_written(rows, separator)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _written(rows: Iterable[Sequence[Cell]], separator: str) -> Iterator[str]:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    text.write(BYTE_ORDER_MARK)
    for number, row in enumerate(rows, start=1):
        writer.writerow([_cell(cell) for cell in row])
        if number % ROWS_AT_ONCE == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def _cell(cell: Cell) -> str | int:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%dT%H:%M:%SZ}"
    return harmless(cell) if isinstance(cell, str) else cell
