"""A file of packages as text, and its lines as cells. Pure.

CSV as RFC 4180 has it, and as spreadsheets write it: with a comma, semicolon or tab between cells,
with or without a byte order mark, with a first line "sep=;" or not.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from domain.catalogue.errors import CatalogueError
from domain.messages import Message, message

MOST_BYTES = 5 * 1024 * 1024
MOST_LINES = 20_000
SEPARATORS = ",;\t"
COLUMNS = (
    *("package", "version", "country", "position", "name", "credits", "price", "currency"),
    "short_info",
)
REQUIRED = ("country", "name", "credits", "price", "currency")
# What spreadsheets and archives begin with: zip, and the older Office.
_BINARY = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_FIRST_LINE = re.compile(r"[^\r\n]*(\r\n|\r|\n|$)")

# Under their columns' names. EXCESS: what stands behind the last column.
Cells = Mapping[str, str]
EXCESS = ""


class FileRefused(CatalogueError):
    """The file as a whole cannot be read; the text says what to do."""


@dataclass(frozen=True)
class Table:
    """The lines of a file below its first one: each with its number in the file, and what stands
    under which column. `unknown` are columns that nothing is known of."""

    lines: tuple[tuple[int, Cells], ...]
    unknown: tuple[str, ...]


def decode(data: bytes) -> str:
    """The text of a file; FileRefused for what is no text in Unicode."""
    if len(data) > MOST_BYTES:
        raise FileRefused(message("The file has more than 5 MB. Split it into several files."))
    if data.startswith(_BINARY):
        raise FileRefused(
            message("This is a spreadsheet, not CSV. Save it as CSV UTF-8 and choose that file.")
        )
    try:
        text = data.decode("utf-16" if data.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError:
        raise FileRefused(
            message("This file is not in UTF-8. In Excel, save it as “CSV UTF-8”.")
        ) from None
    if "\0" in text:
        raise FileRefused(message("This is no text file. Choose a CSV file."))
    if not text.strip():
        raise FileRefused(message("The file is empty. Its first line names the columns."))
    return text


def read_table(text: str, titles: Mapping[str, str]) -> Table:
    """The lines of the text; `titles` has the column of each title that a file may use for it,
    besides the columns' own names. FileRefused."""
    lines = _lines(text)
    first = next(lines)
    number, header = first
    columns = [_column(title, titles) for title in header]
    _refuse_unfit(columns)
    found: list[tuple[int, Cells]] = []
    for number, row in lines:
        if not any(cell.strip() for cell in row):
            continue
        if len(found) == MOST_LINES:
            raise FileRefused(
                message("The file has more than %(most)s lines. Split it.", most=MOST_LINES)
            )
        found.append((number, _cells(columns, row)))
    if not found:
        raise FileRefused(message("The file has no lines below the first one."))
    unknown = zip(header, columns, strict=True)
    return Table(tuple(found), tuple(t.strip() for t, name in unknown if not name and t.strip()))


def _cells(columns: list[str], row: list[str]) -> Cells:
    named = zip_longest(columns, row[: len(columns)], fillvalue="")
    cells = {name: cell.strip() for name, cell in named if name}
    excess = next((cell.strip() for cell in row[len(columns) :] if cell.strip()), "")
    return cells | {EXCESS: excess} if excess else cells


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each with its number, from the one that names the columns on."""
    rest, skipped = text, 0
    if text.lower().startswith("sep="):
        rest, skipped = _FIRST_LINE.sub("", text, count=1), 1
    before = 0
    try:
        reader = csv.reader(io.StringIO(rest, newline=""), delimiter=_separator(rest), strict=True)
        for row in reader:
            yield skipped + before + 1, row
            before = reader.line_num
    except csv.Error:
        number = skipped + before + 1
        raise FileRefused(
            message("Line %(number)s cannot be read: look at its quotes.", number=str(number))
        ) from None
    if not before:
        raise FileRefused(message("The file is empty. Its first line names the columns."))


def _separator(text: str) -> str:
    """That of the first line, outside of quotes."""
    first = re.split("[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    return max(SEPARATORS, key=lambda sign: len(next(csv.reader([first], delimiter=sign), [])))


def _column(title: str, titles: Mapping[str, str]) -> str:
    """The column that a title means; "" for none."""
    bare = title.strip().casefold()
    name = bare.replace(" ", "_")
    return name if name in COLUMNS else titles.get(bare, "")


def _refuse_unfit(columns: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise FileRefused(_missing(missing[0]))
    twice = [name for name in COLUMNS if columns.count(name) > 1]
    if twice:
        raise FileRefused(message("The column “%(name)s” is there twice.", name=twice[0]))


def _missing(name: str) -> Message:
    return message(
        "The file has no column “%(name)s”. Its first line must name: %(names)s.",
        name=name,
        names=", ".join(REQUIRED),
    )
