"""A checked file saved as drafts: in several transactions, one batch all the same. Commits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from domain.catalogue.bulk.lines import Line, Refused, plan_lines
from domain.catalogue.changes.diff import ItemKey
from domain.catalogue.drafts.batch_writes import DraftWrites
from domain.catalogue.drafts.ordering import After
from domain.catalogue.drafts.ordering import Place as AtPlace
from domain.catalogue.errors import CatalogueError
from domain.catalogue.imports.comparing import Outcome
from domain.catalogue.imports.files import ReadFile, Titles, claim_file, get_file, read_file
from domain.catalogue.item_types import PACKAGE
from domain.catalogue.pending.planning import Plan, Work, write_planned
from domain.catalogue.undo.batches import plan_batch
from domain.database import AnySession
from domain.messages import message

T = TypeVar("T")

# So many lines are written in about a quarter of a second.
PART = 1000


class StaleImport(CatalogueError):
    """The drafts changed since the file was checked, and with them what it would do."""

    def __init__(self) -> None:
        super().__init__(
            message("Nothing saved: the drafts changed since. Look at what the file does now.")
        )


class UnfitImport(CatalogueError):
    """The file has lines that cannot be taken, or changes nothing."""

    def __init__(self) -> None:
        super().__init__(message("Nothing saved: correct the file, then check it again."))


@dataclass(frozen=True)
class Imported:
    """The first batch (0 where nothing was to be written), how many lines changed a draft, and
    those with which a colleague was faster. After a `failure` of the database the rest is not
    saved."""

    batch_id: int
    written: int
    refused: tuple[Refused, ...]
    failure: SQLAlchemyError | None = None


def save_file(
    session: AnySession,
    file_id: int,
    titles: Titles,
    *,
    digest: str,
    takes_file: Collection[str],
    author: str,
) -> Imported:
    """Saves what the holder of the digest saw; `takes_file` are the ticks of the lines whose
    value replaces what a colleague saved since the export.

    What is written by and by is one batch. Its first part takes the file away, so nothing is saved
    twice; after a save that was cut off, the same file chosen again has the rest.
    """
    read = read_file(get_file(session, file_id, author), titles)
    comparison = read.compare(session)
    if comparison.digest != digest:
        raise StaleImport
    if comparison.errors or not comparison.changes:
        raise UnfitImport
    saving = _Saving(session, file_id, author)
    try:
        saving.write(comparison.to_write(takes_file))
        if comparison.places:
            saving.move(read, comparison.counts[Outcome.MOVED])
    except SQLAlchemyError as error:
        if not saving.batch:
            raise
        return saving.saved(error)
    return saving.saved()


class _Saving:
    """One file on its way into the drafts."""

    def __init__(self, session: AnySession, file_id: int, author: str) -> None:
        self.batch, self._written = 0, 0
        self._refused: list[Refused] = []
        self._session, self._file_id, self._author = session, file_id, author
        self._is_claimed = False

    def write(self, lines: Sequence[Line]) -> None:
        for first in range(0, len(lines), PART):
            part = partial(plan_lines, lines=lines[first : first + PART], action="import")
            saved = self._write_planned(partial(part, author=self._author, part_of=self._part_of))
            self.batch, self._written = self.batch or saved.batch_id, self._written + saved.written
            self._refused += saved.refused

    def move(self, read: ReadFile, most: int) -> None:
        plan = partial(plan_moves, read=read, author=self._author, part_of=self._part_of)
        self.batch = self._write_planned(plan) or self.batch
        self._written += most

    def saved(self, failure: SQLAlchemyError | None = None) -> Imported:
        return Imported(self.batch, self._written, tuple(self._refused), failure)

    @property
    def _part_of(self) -> int | None:
        return self.batch or None

    def _write_planned(self, plan: Plan[T]) -> T:
        claim = None if self._is_claimed else self._file_id
        written = write_planned(self._session, partial(_claim_and, plan=plan, file_id=claim))
        self._is_claimed = True
        return written


def _claim_and(session: AnySession, *, plan: Plan[T], file_id: int | None) -> Work[T]:
    """Under the lock: of two who save the same file at once, the second finds none."""
    work = plan(session)

    def claim_and_write(session: AnySession) -> T:
        if file_id:
            claim_file(session, file_id)
        return work(session)

    return claim_and_write


def plan_moves(
    session: AnySession, *, read: ReadFile, author: str, part_of: int | None
) -> Work[int]:
    """How to give packages the places of the file, once all of them are there; returns the first
    batch."""
    places = read.compare(session).places
    items = {ItemKey(PACKAGE.name, place.id) for order in places.values() for place in order}
    writes = DraftWrites(session, {item for item in items if item.id > 0}, author=author)
    for order in places.values():
        there = [place for place in order if place.id > 0]
        for place, (id, is_moved) in enumerate(there):
            if is_moved:
                to = After(there[place - 1].id) if place else AtPlace(1)
                writes.move(ItemKey(PACKAGE.name, id), to)
    if not writes.revisions:
        return lambda _session: part_of or 0
    work = plan_batch(writes, "import", author, part_of=part_of)

    def write_moves(session: AnySession) -> int:
        batch = work(session)
        return part_of or batch

    return write_moves
