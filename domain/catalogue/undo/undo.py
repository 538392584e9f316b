"""Taking a discard, a restore or an undo back, as far as nobody changed the same again since."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from domain.catalogue.changes.diff import ItemKey, ItemState
from domain.catalogue.changes.merge import merge
from domain.catalogue.drafts import drafts
from domain.catalogue.drafts.drafts import get_item, lock_catalogue
from domain.catalogue.drafts.ordering import After, Before, Destination, Place, first_of
from domain.catalogue.drafts.revisions import take_back
from domain.catalogue.errors import BatchNotFound, NothingToDiscard, NothingToUndo, TooOldToUndo
from domain.catalogue.item_types import ITEM_TYPES
from domain.catalogue.models import DraftBatch, DraftRevision
from domain.catalogue.rules import Values
from domain.catalogue.undo.batches import UNDO_DAYS, write_as_batch
from domain.database import AnySession


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was not taken back: somebody changed the same since."""

    item: ItemKey
    name: str
    author: str


@dataclass(frozen=True, slots=True)
class Undone:
    batch: DraftBatch
    left_out: tuple[LeftOut, ...]


def undo(session: AnySession, batch_id: int, *, author: str) -> Undone:
    lock_catalogue(session)
    batch = session.get(DraftBatch, batch_id)
    if batch is None:
        raise BatchNotFound
    if datetime.now(UTC) - batch.created_at > timedelta(days=UNDO_DAYS):
        raise TooOldToUndo(UNDO_DAYS)
    done = _revisions_of(session, batch)
    undoing = _Undoing(session, author, _revisions_since(session, batch, done))

    def reverse_all() -> None:
        for revision in done:
            undoing.reverse(revision)

    try:
        undone = write_as_batch(session, "undo", author, reverse_all)
    except NothingToDiscard:
        if undoing.left_out:
            raise NothingToUndo(undoing.left_out[0].author) from None
        raise
    return Undone(undone, tuple(dict.fromkeys(undoing.left_out)))


def _revisions_of(session: AnySession, batch: DraftBatch) -> Sequence[DraftRevision]:
    """Newest first: what was done last is taken back first."""
    within = DraftRevision.id.between(batch.first_id, batch.last_id)
    return session.scalars(
        select(DraftRevision).where(within).order_by(DraftRevision.id.desc())
    ).all()


def _item_of(revision: DraftRevision) -> ItemKey:
    return ItemKey(revision.item_type, revision.item_id)


def _revisions_since(
    session: AnySession, batch: DraftBatch, done: Sequence[DraftRevision]
) -> dict[ItemKey, list[DraftRevision]]:
    """What anybody wrote after the batch to what it wrote to, and to whom it moved things away
    from, by item, newest first."""
    ids = {r.item_id for r in done} | {r.old["behind"] for r in done if "behind" in r.old}
    newest_first = (
        select(DraftRevision)
        .where(DraftRevision.id > batch.last_id, DraftRevision.item_id.in_(ids))
        .order_by(DraftRevision.id.desc())
    )
    found: dict[ItemKey, list[DraftRevision]] = defaultdict(list)
    for later in session.scalars(newest_first):
        found[_item_of(later)].append(later)
    return found


@dataclass
class _Undoing:
    """One undo under way; `since` holds what was written after the batch."""

    session: AnySession
    author: str
    since: dict[ItemKey, list[DraftRevision]]
    left_out: list[LeftOut] = field(default_factory=list)

    def reverse(self, revision: DraftRevision) -> None:
        item = _item_of(revision)
        draft = get_item(self.session, item)
        if revision.action in ("removed", "kept"):
            self._reverse_removal(item, draft, was_removed=revision.action == "kept")
        elif draft.is_removed:
            self._leave_out(item, draft, self.since[item])
        elif revision.action == "moved":
            self._move_back(item, draft, revision)
        elif revision.action == "edited":
            self._edit_back(item, draft, revision)

    def _reverse_removal(self, item: ItemKey, draft: Any, *, was_removed: bool) -> None:  # noqa: ANN401
        if draft.is_removed == was_removed:
            return
        write = drafts.remove_item if was_removed else drafts.keep_item
        write(self.session, item, version=draft.version, author=self.author)

    def _move_back(self, item: ItemKey, draft: Any, revision: DraftRevision) -> None:  # noqa: ANN401
        moved_since = self._moved_since(item)
        if moved_since:
            self._leave_out(item, draft, moved_since)
            return
        self._move_to_old_place(item, draft, revision)

    def _edit_back(self, item: ItemKey, draft: Any, revision: DraftRevision) -> None:  # noqa: ANN401
        group = ITEM_TYPES[item.type].group
        values = self._put_back(item, draft, revision)
        is_back = "position" in revision.old and getattr(values, group) != getattr(draft, group)
        drafts.edit_item(self.session, item, values, version=draft.version, author=self.author)
        if is_back:
            self._move_to_old_place(item, draft, revision)

    def _move_to_old_place(self, item: ItemKey, draft: Any, revision: DraftRevision) -> None:  # noqa: ANN401
        group = getattr(draft, ITEM_TYPES[item.type].group)
        to = self._old_place(item, group, revision)
        drafts.move_item(self.session, item, to, group=group, author=self.author)

    def _old_place(self, item: ItemKey, group: str, revision: DraftRevision) -> Destination:
        """Behind whom it stood, removed or not, if nobody moved that one since; else the place."""
        behind = revision.old.get("behind")
        if behind == 0:
            return Before(first_of(self.session, group))
        if behind and not self._moved_since(ItemKey(item.type, behind)):
            neighbour = get_item(self.session, ItemKey(item.type, behind))
            if getattr(neighbour, ITEM_TYPES[item.type].group) == group:
                return After(behind)
        return Place(revision.old["position"])

    def _moved_since(self, item: ItemKey) -> list[DraftRevision]:
        group = ITEM_TYPES[item.type].group
        return [
            later for later in self.since[item] if later.action == "moved" or group in later.new
        ]

    def _put_back(self, item: ItemKey, draft: Any, revision: DraftRevision) -> Values:  # noqa: ANN401
        """The draft with what the revision changed taken back, where it is still as it left it."""
        now = draft.values
        later = [r for r in self.since[item] if r.action == "edited"]
        left = take_back(now, later)
        together = ITEM_TYPES[item.type].decided_together
        merged = merge(left, take_back(left, [revision]), now, together)
        if merged.conflicts:
            fields = set(merged.conflicts)
            self._leave_out(item, draft, [r for r in later if fields & r.new.keys()])
        theirs = {conflict: getattr(now, conflict) for conflict in merged.conflicts}
        return merged.values._replace(**theirs)

    def _leave_out(self, item: ItemKey, draft: Any, since: Sequence[DraftRevision]) -> None:  # noqa: ANN401
        item_type = ITEM_TYPES[item.type]
        group = getattr(draft, item_type.group) if item_type.group else ""
        name = item_type.name_of(ItemState(item, draft.values, group))
        author = since[0].author if since else self.author
        self.left_out.append(LeftOut(item, name, author))
