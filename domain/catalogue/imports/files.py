"""Files that admins checked, until they are saved as drafts or forgotten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, or_, select, update

from domain.catalogue.errors import NotFound
from domain.catalogue.imports.cells import CellError, FileLine, read_line
from domain.catalogue.imports.comparing import Comparison, compare_file
from domain.catalogue.imports.reading import Table, read_table
from domain.catalogue.models import FILE_NAME_LIMIT, ImportFile
from domain.database import AnySession
from domain.messages import message

KEPT_FOR = timedelta(days=1)
# Of each admin.
KEPT_FILES = 3

# The column of each title that a file may have, in small letters.
Titles = Mapping[str, str]


class FileNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__(
            message(
                "This file was saved already, or is older than a day. Choose it again to see what "
                "it would still change."
            )
        )


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What the lines of a file say, and why others cannot be taken. `better_sign` is the decimal
    sign with which all prices could be read, where they cannot with the one that was chosen."""

    lines: Sequence[FileLine]
    errors: Sequence[CellError]
    unknown: Sequence[str]
    removes: bool
    better_sign: str = ""

    def compare(self, session: AnySession) -> Comparison:
        """What the file would change now."""
        return compare_file(session, self.lines, self.errors, self.unknown, removes=self.removes)


def keep_file(
    session: AnySession, text: str, *, name: str, decimal_sign: str, removes: bool, author: str
) -> int:
    """Keeps the text of a file to be looked at and saved; its id."""
    _forget_old(session, author)
    file = ImportFile(
        author=author,
        name=name[:FILE_NAME_LIMIT],
        decimal_sign=decimal_sign,
        removes=removes,
        text=text,
    )
    session.add(file)
    session.flush()
    return file.id


def get_file(session: AnySession, file_id: int, author: str) -> ImportFile:
    """One of the admin's own."""
    file = session.get(ImportFile, file_id)
    if file is None or file.author != author or file.created_at < datetime.now(UTC) - KEPT_FOR:
        raise FileNotFound
    return file


def choose_sign(session: AnySession, file_id: int, decimal_sign: str, author: str) -> None:
    """Has one of the admin's own files read with another decimal sign from now on."""
    file = get_file(session, file_id, author)
    chosen = update(ImportFile).where(ImportFile.id == file.id)
    session.execute(chosen.values(decimal_sign=decimal_sign))


def read_file(file: ImportFile, titles: Titles) -> ReadFile:
    """FileRefused for one that cannot be read at all."""
    table, sign = read_table(file.text, titles), file.decimal_sign
    lines, errors = _read_lines(table, sign)
    other = "," if sign == "." else "."
    is_better = _has_prices(errors) and not _has_prices(_read_lines(table, other)[1])
    return ReadFile(lines, errors, table.unknown, file.removes, other if is_better else "")


def _read_lines(table: Table, decimal_sign: str) -> tuple[list[FileLine], list[CellError]]:
    lines: list[FileLine] = []
    errors: list[CellError] = []
    for number, cells in table.lines:
        read = read_line(number, cells, decimal_sign)
        if isinstance(read, FileLine):
            lines.append(read)
        else:
            errors += read
    return lines, errors


def _has_prices(errors: Sequence[CellError]) -> bool:
    return any(error.column == "price" for error in errors)


def claim_file(session: AnySession, file_id: int) -> None:
    """Deletes the file in the transaction that saves it. Raises FileNotFound if it was saved
    already."""
    claimed = delete(ImportFile).where(ImportFile.id == file_id).returning(ImportFile.id)
    if session.scalar(claimed) is None:
        raise FileNotFound


def _forget_old(session: AnySession, author: str) -> None:
    """Those older than a day, and all but the newest of this admin."""
    newest_first = select(ImportFile.id).where(ImportFile.author == author)
    newest_first = newest_first.order_by(ImportFile.id.desc())
    older: Sequence[int] = session.scalars(newest_first.offset(KEPT_FILES - 1)).all()
    begin = datetime.now(UTC) - KEPT_FOR
    session.execute(
        delete(ImportFile).where(or_(ImportFile.created_at < begin, ImportFile.id.in_(older)))
    )
