"""Files that admins checked, until they are saved as drafts or forgotten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, or_, select

from domain.catalogue.errors import NotFound
from domain.catalogue.imports.cells import CellError, FileLine, read_line
from domain.catalogue.imports.comparing import Comparison, compare_file
from domain.catalogue.imports.reading import read_table
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
    """What the lines of a file say, and why others cannot be taken."""

    lines: Sequence[FileLine]
    errors: Sequence[CellError]
    unknown: Sequence[str]
    removes: bool

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


def read_file(file: ImportFile, titles: Titles) -> ReadFile:
    """FileRefused for one that cannot be read at all."""
    table = read_table(file.text, titles)
    lines: list[FileLine] = []
    errors: list[CellError] = []
    for number, cells in table.lines:
        read = read_line(number, cells, file.decimal_sign)
        if isinstance(read, FileLine):
            lines.append(read)
        else:
            errors += read
    return ReadFile(lines, errors, table.unknown, file.removes)


def claim_file(session: AnySession, file_id: int) -> None:
    """Takes the file away, for whoever saves it; FileNotFound once somebody has."""
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
