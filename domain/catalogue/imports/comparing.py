"""What a file would change in the drafts, line by line."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from sqlalchemy import select

from domain.catalogue.bulk.copying import Likeness, likeness
from domain.catalogue.bulk.lines import Add, Edit, Line, Remove
from domain.catalogue.changes.merge import merge
from domain.catalogue.drafts.listing import Placed, list_all_drafts, list_by_id
from domain.catalogue.drafts.revisions import take_back
from domain.catalogue.imports.cells import CellError, FileLine
from domain.catalogue.imports.ordering import Place, find_moves
from domain.catalogue.item_types import PACKAGE
from domain.catalogue.models import DraftRevision
from domain.catalogue.packages.rules import PACKAGE_TYPE, PackageValues
from domain.database import AnySession, portions
from domain.messages import Message, message


class Outcome(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    MOVED = "moved"
    REMOVED = "removed"
    SAME = "same"


@dataclass(frozen=True)
class Clash:
    """Fields that somebody changed after the file was exported, and the file does too."""

    fields: tuple[str, ...]
    author: str
    theirs: PackageValues


@dataclass(frozen=True)
class Compared:
    """A line of the file (0: none), or a package that the file leaves out. `before` is its draft;
    `places` its place now and in the file, where it is moved."""

    number: int
    outcome: Outcome
    draft: Placed | None
    after: PackageValues
    clash: Clash | None = None
    places: tuple[int, int] | None = None

    @property
    def key(self) -> str:
        return (
            f"line-{self.number}"
            if self.number
            else f"package-{self.draft.id}"
            if self.draft
            else ""
        )

    @property
    def tick(self) -> str:
        """Names what both changed, as somebody saw it: not what a colleague saves later."""
        return f"{self.number}.{self.draft.version}" if self.clash and self.draft else ""

    def settled(self, takes_file: bool) -> PackageValues:
        """The values, with the file's or theirs where both changed the same."""
        if not self.clash or takes_file:
            return self.after
        theirs = {name: getattr(self.clash.theirs, name) for name in self.clash.fields}
        return self.after._replace(**theirs)


@dataclass(frozen=True)
class Comparison:
    """Everything that a file would change, and every reason why it cannot be taken."""

    lines: Sequence[Compared] = ()
    errors: Sequence[CellError] = ()
    unknown: Sequence[str] = ()
    places: Mapping[str, Sequence[Place]] = field(default_factory=dict)

    @cached_property
    def counts(self) -> Mapping[Outcome, int]:
        return Counter(line.outcome for line in self.lines)

    @property
    def changes(self) -> int:
        return len(self.lines) - self.counts[Outcome.SAME]

    @cached_property
    def ticks(self) -> AbstractSet[str]:
        """Of all lines in which both changed the same."""
        return {line.tick for line in self.lines if line.tick}

    @cached_property
    def digest(self) -> str:
        """Names what somebody saw."""
        said = hashlib.sha256()
        for line in self.lines:
            if line.outcome != Outcome.SAME:
                before = line.draft.values if line.draft else None
                seen = (line.number, line.outcome, before, line.after, line.places)
                said.update(repr(seen).encode())
        return said.hexdigest()

    def to_write(self, takes_file: Collection[str]) -> list[Line]:
        """Lines for all but the moves; `takes_file` are the ticks of those whose value replaces a
        colleague's."""
        found: list[Line] = []
        for line in self.lines:
            values, draft = line.settled(line.tick in takes_file), line.draft
            if draft is None:
                found.append(Add(line.key, values))
            elif line.outcome == Outcome.REMOVED:
                found.append(Remove(line.key, draft.id, draft.version))
            elif values != draft.values:
                found.append(Edit(line.key, draft.id, draft.version, values))
        return found


def compare_file(
    session: AnySession,
    lines: Sequence[FileLine],
    errors: Iterable[CellError] = (),
    unknown: Sequence[str] = (),
    *,
    removes: bool = False,
) -> Comparison:
    """`removes`: packages that the file leaves out go, in the countries that it has."""
    drafts = _Drafts(session, lines)
    wrong = list(errors)
    matched: list[tuple[FileLine, Placed | None]] = []
    for line in lines:
        problem = drafts.refuse(line)
        if problem:
            wrong.append(CellError(line.number, "package", problem))
        else:
            matched.append(_with_info(line, drafts.take(line)))
    bases = _read_bases(session, matched)
    found = [_compare(line, draft, bases) for line, draft in matched]
    gone = drafts.left_out() if removes else []
    found += [Compared(0, Outcome.REMOVED, draft, draft.values) for draft in gone]
    places, moved = find_moves(drafts.orders, matched, {draft.id for draft in gone})
    lines_moved = [_with_move(line, moved) for line in found]
    return Comparison(lines_moved, sorted(wrong, key=lambda e: e.number), unknown, places)


class _Drafts:
    """The drafts that a file may mean, each by one line only."""

    def __init__(self, session: AnySession, lines: Sequence[FileLine]) -> None:
        countries = sorted({line.values.country for line in lines})
        self.orders = {
            country: [placed for placed in drafts if placed.position]
            for country, drafts in list_all_drafts(session, countries).items()
        }
        staying = [placed for drafts in self.orders.values() for placed in drafts]
        self._by_id = {placed.id: placed for placed in staying}
        named = {line.package_id for line in lines if line.package_id} - self._by_id.keys()
        self._others = list_by_id(session, named)
        numbered = {line.package_id for line in lines}
        self._alike: dict[Likeness, Placed] = {}
        for placed in staying:
            # One that another line names by its number is another one.
            if placed.id not in numbered:
                self._alike.setdefault(likeness(placed.values), placed)
        self._taken: dict[int | Likeness, int] = {}

    def refuse(self, line: FileLine) -> Message | None:
        """Why the line can mean no draft."""
        if line.package_id:
            draft = self._find(line)
            if draft is None:
                return message("There is no such package. Leave the cell empty to add one.")
            if draft.position is None:
                return message(
                    "%(name)s is to be removed. Press Keep first, or leave the line out.",
                    name=draft.values.name,
                )
            if line.version and line.version > draft.version:
                return message("The version is none of this package. Export it again.")
        first = self._taken.setdefault(self._key(line), line.number)
        if first != line.number:
            return message("The same package as line %(number)s.", number=str(first))
        return None

    def take(self, line: FileLine) -> Placed | None:
        return self._find(line)

    def left_out(self) -> list[Placed]:
        return [placed for id, placed in self._by_id.items() if id not in self._taken]

    def _find(self, line: FileLine) -> Placed | None:
        if line.package_id:
            return self._by_id.get(line.package_id) or self._others.get(line.package_id)
        return self._alike.get(likeness(line.values))

    def _key(self, line: FileLine) -> int | Likeness:
        draft = self._find(line)
        return draft.id if draft else likeness(line.values)


def _with_info(line: FileLine, draft: Placed | None) -> tuple[FileLine, Placed | None]:
    """The draft's short info stays where the file has no column for it."""
    if draft is None or line.has_info:
        return line, draft
    values = line.values._replace(short_info=draft.values.short_info)
    return replace(line, values=values), draft


def _read_bases(
    session: AnySession, matched: Iterable[tuple[FileLine, Placed | None]]
) -> dict[int, tuple[PackageValues, str]]:
    """For drafts that were saved since they were exported: what they were then, and who did so."""
    stale = {
        draft.id: (line.version, draft)
        for line, draft in matched
        if draft and line.version and line.version < draft.version
    }
    edits: dict[int, list[DraftRevision]] = {}
    revision = DraftRevision
    for ids in portions(stale):
        oldest = min(stale[id][0] for id in ids)
        rows = select(revision).where(
            revision.item_type == PACKAGE_TYPE,
            revision.item_id.in_(ids),
            revision.action == "edited",
            revision.version > oldest,
        )
        for edit in session.scalars(rows.order_by(revision.id.desc())):
            if edit.version > stale[edit.item_id][0]:
                edits.setdefault(edit.item_id, []).append(edit)
    return {
        id: (take_back(stale[id][1].values, done), done[0].author) for id, done in edits.items()
    }


def _compare(
    line: FileLine, draft: Placed | None, bases: Mapping[int, tuple[PackageValues, str]]
) -> Compared:
    if draft is None:
        return Compared(line.number, Outcome.ADDED, None, line.values)
    after, clash = line.values, None
    if draft.id in bases:
        base, author = bases[draft.id]
        merged = merge(base, line.values, draft.values, PACKAGE.decided_together)
        after = merged.values
        if merged.conflicts:
            clash = Clash(merged.conflicts, author, draft.values)
    outcome = Outcome.SAME if after == draft.values else Outcome.CHANGED
    return Compared(line.number, outcome, draft, after, clash)


def _with_move(line: Compared, moved: Mapping[int, tuple[int, int]]) -> Compared:
    places = moved.get(line.draft.id) if line.draft else None
    if not places:
        return line
    outcome = Outcome.MOVED if line.outcome == Outcome.SAME else line.outcome
    return replace(line, outcome=outcome, places=places)
