"""What is to become of many packages: a line for each, written together as one batch."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from domain.catalogue.changes.diff import ItemKey
from domain.catalogue.changes.merge import merge
from domain.catalogue.drafts.batch_writes import Draft, DraftWrites
from domain.catalogue.drafts.drafts import package_key
from domain.catalogue.drafts.revisions import edits_after, take_back
from domain.catalogue.errors import (
    CatalogueError,
    EditConflict,
    PackageNotFound,
    PackageRemoved,
    StaleVersion,
)
from domain.catalogue.item_types import PACKAGE
from domain.catalogue.packages.rules import PackageValues
from domain.catalogue.pending.planning import Work
from domain.catalogue.undo.batches import plan_batch
from domain.database import AnySession
from domain.messages import message, plural_message


class Add(NamedTuple):
    """A new package, last in its country. `key` names the line in a form or a file."""

    key: str
    values: PackageValues


class Edit(NamedTuple):
    """New values of a draft, as somebody made them from this version of it."""

    key: str
    package_id: int
    version: int
    values: PackageValues


class Remove(NamedTuple):
    key: str
    package_id: int
    version: int


class Keep(NamedTuple):
    key: str
    package_id: int
    version: int


Line = Add | Edit | Remove | Keep
# Gives the packages of lines, named by their keys, their places.
Arrange = Callable[[DraftWrites, Mapping[str, ItemKey]], None]


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that cannot be saved. An EditConflict has both sides; see `theirs` for the draft."""

    line: Line
    error: CatalogueError
    theirs: PackageValues | None = None
    version: int = 0


class TwoLines(CatalogueError):
    """A line about a package that another line was about."""

    def __init__(self, name: str) -> None:
        super().__init__(message("%(name)s is there twice. Leave one line out.", name=name))


class LinesRefused(CatalogueError):
    """Nothing was saved, as these lines cannot be."""

    def __init__(self, refused: Iterable[Refused]) -> None:
        self.refused = tuple(refused)
        super().__init__(
            plural_message(
                "Nothing saved yet: look at %(count)s line first",
                "Nothing saved yet: look at %(count)s lines first",
                count=len(self.refused),
            )
        )


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of lines: the batch (0 where nothing was to be written), how many lines changed
    a draft, and those that were refused."""

    batch_id: int
    written: int
    refused: tuple[Refused, ...] = ()


def plan_lines(
    session: AnySession,
    lines: Iterable[Line],
    *,
    action: str,
    author: str,
    whole: bool = False,
    arrange: Arrange | None = None,
    part_of: int | None = None,
) -> Work[Saved]:
    """How to write these lines as one batch. Those that cannot be saved are left out; with `whole`
    nothing is written then, which LinesRefused says. See plan_batch for `part_of`."""
    writing = _take(session, lines, author)
    writes = writing.writes
    if whole and writing.refused:
        raise LinesRefused(writing.refused)
    if arrange:
        arrange(writes, writing.items)
    refused = tuple(writing.refused)
    if not writes.revisions:
        return lambda _session: Saved(0, 0, refused)
    work = plan_batch(writes, action, author, part_of=part_of)
    return lambda session: Saved(work(session), writing.written, refused)


def find_refused(session: AnySession, lines: Iterable[Line], *, author: str) -> list[Refused]:
    """The lines that could not be saved as the drafts are now. Writes nothing."""
    return _take(session, lines, author).refused


def _take(session: AnySession, lines: Iterable[Line], author: str) -> "_Writing":
    lines = list(lines)
    items = {package_key(line.package_id) for line in lines if not isinstance(line, Add)}
    writing = _Writing(session, DraftWrites(session, items, author=author))
    for line in lines:
        writing.take(line)
    return writing


class _Writing:
    """Lines on their way into `writes`."""

    def __init__(self, session: AnySession, writes: DraftWrites) -> None:
        self.refused: list[Refused] = []
        self.items: dict[str, ItemKey] = {}
        self.written = 0
        self._taken: set[ItemKey] = set()
        self._session, self.writes = session, writes

    def take(self, line: Line) -> None:
        before = len(self.writes.revisions)
        try:
            self.items[line.key] = self._write(line)
        except CatalogueError as error:
            self.refused.append(self._refusal(line, error))
        self.written += len(self.writes.revisions) > before

    def _write(self, line: Line) -> ItemKey:
        if isinstance(line, Add):
            return self.writes.add(PACKAGE, line.values)
        item = package_key(line.package_id)
        draft = self.writes.drafts.get(item)
        if draft is None:
            raise PackageNotFound
        if item in self._taken:
            raise TwoLines(draft.values.name)
        self._taken.add(item)
        match line:
            case Edit():
                self.writes.edit(item, self._merged(item, draft, line))
            case Remove():
                _of_version(_staying(draft), line.version)
                self.writes.remove(item)
            case Keep():
                _of_version(draft, line.version)
                self.writes.keep(item)
        return item

    def _merged(self, item: ItemKey, draft: Draft, line: Edit) -> PackageValues:
        """The line's values, with what others changed since its version."""
        theirs: PackageValues = _staying(draft).values
        if draft.version == line.version:
            return line.values
        _refuse_unknown(draft, line.version)
        revisions = edits_after(self._session, item, line.version)
        base = take_back(theirs, revisions)
        merged = merge(base, line.values, theirs, PACKAGE.decided_together)
        if merged.conflicts:
            author = revisions[0].author
            raise EditConflict(merged.conflicts, author, draft.version, merged.values)
        values: PackageValues = merged.values
        return values

    def _refusal(self, line: Line, error: CatalogueError) -> Refused:
        key = None if isinstance(line, Add) else package_key(line.package_id)
        draft = self.writes.drafts.get(key) if key else None
        return Refused(line, error, draft.values, draft.version) if draft else Refused(line, error)


def _staying(draft: Draft) -> Draft:
    if draft.is_removed:
        raise PackageRemoved(draft.values.name)
    return draft


def _of_version(draft: Draft, version: int) -> None:
    _refuse_unknown(draft, version)
    if draft.version != version:
        raise StaleVersion(
            message("%(name)s was changed after you opened it.", name=draft.values.name)
        )


def _refuse_unknown(draft: Draft, version: int) -> None:
    if not 1 <= version <= draft.version:
        raise StaleVersion(message("This form is not one of ours. Reload the page and try again."))
