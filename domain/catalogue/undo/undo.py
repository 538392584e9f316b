"""Taking a batch of draft writes back, as far as nobody changed the same again since."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import select

from domain.catalogue.changes.diff import ItemKey, ItemState
from domain.catalogue.changes.merge import merge
from domain.catalogue.drafts.batch_writes import DraftWrites
from domain.catalogue.drafts.ordering import After, Before, Place
from domain.catalogue.drafts.revisions import take_back
from domain.catalogue.errors import (
    BatchNotFound,
    CatalogueError,
    NothingToDiscard,
    NothingToUndo,
    TooOldToUndo,
)
from domain.catalogue.item_types import ITEM_TYPES
from domain.catalogue.models import DraftBatch, DraftRevision
from domain.catalogue.pending.planning import Work, write_planned
from domain.catalogue.rules import Values
from domain.catalogue.undo.batches import UNDO_DAYS, parts_of, plan_batch
from domain.catalogue.undo.standing import still_done
from domain.database import AnySession, portions


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was not taken back: somebody changed the same since."""

    item: ItemKey
    name: str
    author: str


@dataclass(frozen=True, slots=True)
class Undone:
    """The id of the batch that took it back, which can be undone as well."""

    batch_id: int
    left_out: tuple[LeftOut, ...]


def undo_batch(session: AnySession, batch_id: int, *, author: str) -> Undone:
    """Takes a batch back, part by part, each in a transaction of its own. Commits."""
    batch = session.get(DraftBatch, batch_id)
    if batch is None:
        raise BatchNotFound
    parts = [part.id for part in parts_of(session, [batch])]
    undone: list[Undone] = []
    refused: CatalogueError | None = None
    for part in reversed(parts):
        first = undone[0].batch_id if undone else None
        plan = partial(plan_undo, batch_id=part, author=author, part_of=first)
        try:
            undone.append(write_planned(session, plan))
        except (NothingToDiscard, NothingToUndo) as error:
            refused = error
    if not undone:
        raise refused or NothingToDiscard
    return Undone(undone[0].batch_id, tuple(left for each in undone for left in each.left_out))


def plan_undo(
    session: AnySession, batch_id: int, *, author: str, part_of: int | None = None
) -> Work[Undone]:
    """How to take one part of a batch back; `part_of` is the undo of the parts after it."""
    batch = session.get(DraftBatch, batch_id)
    if batch is None:
        raise BatchNotFound
    if datetime.now(UTC) - batch.created_at > timedelta(days=UNDO_DAYS):
        raise TooOldToUndo(UNDO_DAYS)
    done = _revisions_of(session, batch)
    writes = DraftWrites(session, _concerned(done), author=author)
    own = _own_parts(session, batch, part_of)
    undoing = _Undoing(writes, author, _revisions_since(session, batch, done, own))
    for revision in done:
        undoing.reverse(revision)
    left_out = tuple(dict.fromkeys(undoing.left_out))
    if left_out and not writes.revisions:
        raise NothingToUndo(left_out[0].author)
    work = plan_batch(writes, "undo", author, part_of=part_of)
    return lambda session: Undone(work(session), left_out)


def _own_parts(session: AnySession, batch: DraftBatch, undo_id: int | None) -> Sequence[DraftBatch]:
    """What the whole batch wrote, and what its undo wrote so far: nobody else's doing."""
    roots = [session.get(DraftBatch, id) for id in (batch.part_of or batch.id, undo_id) if id]
    return parts_of(session, [root for root in roots if root])


def _revisions_of(session: AnySession, batch: DraftBatch) -> Sequence[DraftRevision]:
    """Newest first: what was done last is taken back first."""
    within = DraftRevision.id.between(batch.first_id, batch.last_id)
    return session.scalars(
        select(DraftRevision).where(within).order_by(DraftRevision.id.desc())
    ).all()


def _item_of(revision: DraftRevision) -> ItemKey:
    return ItemKey(revision.item_type, revision.item_id)


def _concerned(done: Iterable[DraftRevision]) -> set[ItemKey]:
    """The items that these were written to, and those they were moved away from."""
    behind = {ItemKey(r.item_type, r.old["behind"]) for r in done if r.old.get("behind")}
    return behind.union(map(_item_of, done))


def _revisions_since(
    session: AnySession,
    batch: DraftBatch,
    done: Sequence[DraftRevision],
    own: Sequence[DraftBatch],
) -> dict[ItemKey, list[DraftRevision]]:
    """What anybody wrote after the batch to what it wrote to, and to whom it moved things away
    from, by item, newest first. Its `own` parts are left out, and what was taken back again."""
    oldest_first = (
        select(DraftRevision).where(DraftRevision.id > batch.last_id).order_by(DraftRevision.id)
    )
    later: dict[ItemKey, list[DraftRevision]] = defaultdict(list)
    for ids in portions({item.id for item in _concerned(done)}):
        for revision in session.scalars(oldest_first.where(DraftRevision.item_id.in_(ids))):
            later[_item_of(revision)].append(revision)
    undos, own_ids = _ids_of(_undos_since(session, batch)), _ids_of(own)
    found: dict[ItemKey, list[DraftRevision]] = defaultdict(list)
    for item, revisions in later.items():
        standing = reversed(still_done(revisions, undos))
        found[item] = [revision for revision in standing if revision.id not in own_ids]
    return found


def _undos_since(session: AnySession, batch: DraftBatch) -> Sequence[DraftBatch]:
    undos = DraftBatch.action == "undo", DraftBatch.id > batch.id
    return session.scalars(select(DraftBatch).where(*undos)).all()


def _ids_of(batches: Iterable[DraftBatch]) -> set[int]:
    """Of their revisions."""
    return {id for batch in batches for id in range(batch.first_id, batch.last_id + 1)}


@dataclass
class _Undoing:
    """One undo under way; `since` holds what was written after the batch."""

    writes: DraftWrites
    author: str
    since: dict[ItemKey, list[DraftRevision]]
    left_out: list[LeftOut] = field(default_factory=list)

    def reverse(self, revision: DraftRevision) -> None:
        item = _item_of(revision)
        is_removed = self.writes.drafts[item].is_removed
        if revision.action == "removed":
            self.writes.keep(item)
        elif revision.action == "kept":
            if not is_removed:
                self.writes.remove(item)
        elif is_removed:
            self._leave_out(item, self.since[item])
        elif revision.action == "added":
            self._take_out(item)
        elif revision.action == "moved":
            self._move_back(item, revision)
        elif revision.action == "edited":
            self._edit_back(item, revision)

    def _take_out(self, item: ItemKey) -> None:
        """One that the batch added, unless somebody worked on it since."""
        if self.since[item]:
            self._leave_out(item, self.since[item])
        else:
            self.writes.remove(item)

    def _move_back(self, item: ItemKey, revision: DraftRevision) -> None:
        moved_since = self._moved_since(item)
        if moved_since:
            self._leave_out(item, moved_since)
        else:
            self.writes.move(item, self._old_place(item, revision))

    def _edit_back(self, item: ItemKey, revision: DraftRevision) -> None:
        group = self.writes.drafts[item].group
        self.writes.edit(item, self._put_back(item, revision))
        if "position" in revision.old and self.writes.drafts[item].group != group:
            self.writes.move(item, self._old_place(item, revision))

    def _old_place(self, item: ItemKey, revision: DraftRevision) -> Before | After | Place:
        """Behind whom it stood, removed or not, if nobody moved that one since; else the place."""
        group, behind = self.writes.drafts[item].group, revision.old.get("behind")
        if behind == 0:
            return Before(self.writes.order(item.type, group).first())
        if behind:
            neighbour = ItemKey(item.type, behind)
            if not self._moved_since(neighbour) and self.writes.drafts[neighbour].group == group:
                return After(behind)
        return Place(revision.old["position"])

    def _moved_since(self, item: ItemKey) -> list[DraftRevision]:
        group = ITEM_TYPES[item.type].group
        return [
            later for later in self.since[item] if later.action == "moved" or group in later.new
        ]

    def _put_back(self, item: ItemKey, revision: DraftRevision) -> Values:
        """The draft with what the revision changed taken back, where it is still as it left it."""
        now = self.writes.drafts[item].values
        later = [r for r in self.since[item] if r.action == "edited"]
        left = take_back(now, later)
        together = ITEM_TYPES[item.type].decided_together
        merged = merge(left, take_back(left, [revision]), now, together)
        if merged.conflicts:
            fields = set(merged.conflicts)
            self._leave_out(item, [r for r in later if fields & r.new.keys()])
        theirs = {conflict: getattr(now, conflict) for conflict in merged.conflicts}
        return merged.values._replace(**theirs)

    def _leave_out(self, item: ItemKey, since: Sequence[DraftRevision]) -> None:
        draft = self.writes.drafts[item]
        name = ITEM_TYPES[item.type].name_of(ItemState(item, draft.values, draft.group))
        author = since[0].author if since else self.author
        self.left_out.append(LeftOut(item, name, author))
