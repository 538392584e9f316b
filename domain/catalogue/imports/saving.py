"""A checked file saved as drafts: in several transactions, one batch all the same. Commits."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from domain.catalogue.bulk.lines import Refused, plan_lines
from domain.catalogue.changes.diff import ItemKey
from domain.catalogue.drafts.batch_writes import DraftWrites
from domain.catalogue.drafts.ordering import After
from domain.catalogue.drafts.ordering import Place as AtPlace
from domain.catalogue.errors import CatalogueError
from domain.catalogue.imports.comparing import Outcome
from domain.catalogue.imports.files import Titles, check_file, forget_file, get_file
from domain.catalogue.item_types import PACKAGE
from domain.catalogue.models import ImportFile
from domain.catalogue.pending.planning import Work, write_planned
from domain.catalogue.undo.batches import plan_batch
from domain.database import AnySession, write
from domain.messages import message

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
    those with which a colleague was faster."""

    batch_id: int
    written: int
    refused: tuple[Refused, ...]


def save_file(
    session: AnySession,
    file_id: int,
    titles: Titles,
    *,
    digest: str,
    takes_file: Collection[str],
    author: str,
) -> Imported:
    """Saves what the holder of the digest saw; `takes_file` are the lines whose value replaces what
    a colleague saved since the export. What is written by and by is one batch; a save that was cut
    off can be done again, and does the rest."""
    file = get_file(session, file_id, author)
    comparison = check_file(session, file, titles)
    if comparison.digest != digest:
        raise StaleImport
    if comparison.errors or not comparison.changes:
        raise UnfitImport
    batch, written = 0, 0
    refused: list[Refused] = []
    lines = comparison.to_write(takes_file)
    for first in range(0, len(lines), PART):
        part = partial(plan_lines, lines=lines[first : first + PART], part_of=batch or None)
        saved = write_planned(session, partial(part, action="import", author=author))
        batch, written = batch or saved.batch_id, written + saved.written
        refused += saved.refused
    if comparison.places:
        plan = partial(plan_moves, file=file, titles=titles, author=author, part_of=batch or None)
        batch = write_planned(session, plan) or batch
        written += comparison.counts[Outcome.MOVED]
    write(session, partial(forget_file, file_id=file_id))
    return Imported(batch, written, tuple(refused))


def plan_moves(
    session: AnySession, *, file: ImportFile, titles: Titles, author: str, part_of: int | None
) -> Work[int]:
    """How to give packages the places of the file, once all of them are there; returns the first
    batch."""
    places = check_file(session, file, titles).places
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
