"""Going back to a release: drafting what buyers saw then, and nothing else."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import select

from domain.catalogue.changes.diff import Change, ItemKey, Kind, orders
from domain.catalogue.drafts.batch_writes import DraftWrites
from domain.catalogue.drafts.ordering import After, Place
from domain.catalogue.errors import AlreadyApplied
from domain.catalogue.item_types import ITEM_TYPES
from domain.catalogue.models import DraftRevision
from domain.catalogue.pending.authorship import find_authorship
from domain.catalogue.pending.pending import Pending, pending_changes
from domain.catalogue.pending.planning import Work
from domain.catalogue.releases.history import compare_releases, get_release, released_items
from domain.catalogue.undo.batches import plan_batch
from domain.database import AnySession


@dataclass(frozen=True, slots=True)
class Replaced:
    """Drafts of colleagues that going back wrote over, of one item."""

    item: ItemKey
    name: str
    authors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WentBack:
    """The batch's id; 0 when everything was drafted like that already."""

    batch_id: int
    replaced: tuple[Replaced, ...] = ()


def plan_go_back(session: AnySession, number: int, *, live: int, author: str) -> Work[WentBack]:
    """How to draft what buyers saw with release `number` wherever they see something else now,
    field by field; whatever is drafted besides stays.

    `live` is the release that the author saw live; when another one came, that is said.
    """
    get_release(session, number)
    pending = pending_changes(session)
    now = pending.live.number
    if live != now:
        raise AlreadyApplied(get_release(session, now))
    back = compare_releases(session, now, number)
    order = orders(released_items(session, number, {g for c in back for g in c.groups}))
    writes = DraftWrites(session, {change.item for change in back}, author=author)
    going = _GoingBack(session, author, pending, writes)
    for change in back:
        going.draft(change)
    for change in sorted(back, key=lambda change: change.state.position):
        if change.places:
            going.place(change, order[change.order])
    if not writes.revisions:
        return lambda _session: WentBack(0)
    replaced, work = tuple(going.find_replaced()), plan_batch(writes, "restore", author, number)
    return lambda session: WentBack(work(session), replaced)


@dataclass(frozen=True)
class _GoingBack:
    """Drafts changes that lead back, one by one. `replaced` has what was pending there before, of
    each edit only the fields that were written over."""

    session: AnySession
    author: str
    pending: Pending
    writes: DraftWrites
    replaced: list[Change] = field(default_factory=list)

    def draft(self, change: Change) -> None:
        """What the change says, places apart; a removal that somebody drafted stays."""
        item, draft = change.item, self.writes.drafts[change.item]
        match change.kind:
            case Kind.REMOVED if not draft.is_removed:
                self._note_edit(item, draft.values._fields)
                self.writes.remove(item)
            case Kind.ADDED:
                self.writes.keep(item)
                self._edit(change, change.state.values._fields)
            case Kind.EDITED if not draft.is_removed:
                self._edit(change, change.fields)

    def _edit(self, change: Change, fields: Iterable[str]) -> None:
        item, now = change.item, self.writes.drafts[change.item].values
        names = {n for field in fields for n in ITEM_TYPES[item.type].decided_with(field)}
        then = {name: getattr(change.state.values, name) for name in names}
        self._note_edit(item, [n for n in then if then[n] != getattr(now, n)])
        self.writes.edit(item, now._replace(**then))

    def _note_edit(self, item: ItemKey, fields: Iterable[str]) -> None:
        for change in self.pending.by_item.get(item, ()):
            # What a colleague kept or added has no fields of its own: all are new.
            lost = tuple(n for n in fields if n in change.fields or change.kind == Kind.ADDED)
            if lost and change.kind != Kind.MOVED:
                self.replaced.append(replace(change, kind=Kind.EDITED, fields=lost))

    def place(self, change: Change, order: Sequence[int]) -> None:
        """Behind the one that it stood behind then, of those that are there now."""
        here, id = self.writes.order(*change.order), change.item.id
        if not here.has(id):
            return
        in_front = reversed(order[: order.index(id)])
        neighbour = next((each for each in in_front if here.has(each)), None)
        if self.writes.move(change.item, After(neighbour) if neighbour else Place(1)):
            its = self.pending.by_item.get(change.item, ())
            self.replaced.extend(pending for pending in its if pending.kind == Kind.MOVED)

    def find_replaced(self) -> Iterator[Replaced]:
        """What of it colleagues made."""
        if not self.replaced:
            return
        made = find_authorship(self.session, replace(self.pending, changes=tuple(self.replaced)))
        for change in self.replaced:
            known = made.get(change.key)
            authors = self._movers(change) if change.kind == Kind.MOVED else known and known.authors
            if others := tuple(a for a in authors or () if a != self.author):
                name = ITEM_TYPES[change.item.type].name_of(change.state)
                yield Replaced(change.item, name, others)

    def _movers(self, change: Change) -> Sequence[str]:
        """Who moved this very item last; an order is the work of others too."""
        revision, live = DraftRevision, self.pending.live
        moves = select(revision.author).where(
            revision.item_type == change.item.type,
            revision.item_id == change.item.id,
            revision.action == "moved",
            revision.id.between(live.made_after(change) + 1, live.newest_id),
        )
        return self.session.scalars(moves.order_by(revision.id.desc()).limit(1)).all()


def keys_back(session: AnySession, changes: Iterable[Change], number: int) -> frozenset[str]:
    """The keys of those pending changes that lead from what is live back to release `number`."""
    back = compare_releases(session, pending_changes(session).live.number, number)
    items = {change.item for change in back if change.kind != Kind.MOVED}
    moved = {change.item for change in back if change.kind == Kind.MOVED}
    moves = [change for change in changes if change.kind == Kind.MOVED]
    # Where the order is explained by others than those that moved, all of them are needed.
    explained = {change.order for change in moves if change.item in moved}
    others = {change.order for change in back if change.kind == Kind.MOVED} - explained
    ticked = [change for change in moves if change.item in moved or change.order in others]
    ticked += [c for c in changes if c.kind != Kind.MOVED and c.item in items]
    return frozenset(change.key for change in ticked)
