"""Which of the pending changes somebody has not seen, or not as they are now. Reads only."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from domain.catalogue.changes.diff import (
    Change,
    ItemKey,
    ItemState,
    Kind,
    list_changes,
    read_key,
)
from domain.catalogue.drafts.drafts import get_item
from domain.catalogue.drafts.revisions import take_back
from domain.catalogue.errors import AlreadyApplied, StaleReview
from domain.catalogue.item_columns import group_column
from domain.catalogue.item_types import ITEM_TYPES, ItemType
from domain.catalogue.models import DraftRevision, Release
from domain.catalogue.pending.diff_queries import Pair, read_pairs
from domain.catalogue.pending.pending import Cursor, Pending
from domain.database import AnySession

# Written to an item, newest first.
Revisions = Mapping[ItemKey, Sequence[DraftRevision]]
# A type and a group.
Order = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Unseen:
    """The keys of pending changes that are `new` since somebody looked, and of those that were
    there, but are another change now, or none any more.

    `orders` are those in which something was moved, removed or kept since, `altered_orders` those
    of them in which moves were pending before.
    """

    new: frozenset[str] = frozenset()
    altered: frozenset[str] = frozenset()
    orders: frozenset[Order] = frozenset()
    altered_orders: frozenset[Order] = frozenset()

    @property
    def keys(self) -> frozenset[str]:
        return self.new | self.altered


def read_token(session: AnySession, pending: Pending, token: str) -> Cursor:
    """How much the holder of the token has seen; refuses one of before the live release, and says
    who was faster."""
    seen = Cursor.read(token)
    if seen and seen.release_number < pending.live.number:
        raise AlreadyApplied(session.get_one(Release, pending.live.number))
    now = pending.cursor
    if seen and seen.release_number == now.release_number and seen.revision_id <= now.revision_id:
        return seen
    if pending.changes:
        raise StaleReview
    return now


def find_unseen_since(session: AnySession, pending: Pending, seen: Cursor) -> Unseen:
    """What became pending, or another change, since somebody had `seen` so much.

    Revisions tell what each draft was then. Of moves they do not tell it: when an order was touched
    since, all moves there count as others.
    """
    if seen == pending.cursor:
        return Unseen()
    later = _revisions_after(session, seen)
    then = {change.key: change for change in _changes_then(session, later)}
    now = {c.key: c for c in pending.changes if c.item in later and c.kind != Kind.MOVED}
    new, altered = set(now.keys() - then.keys()), set(then.keys() - now.keys())
    for key in now.keys() & then.keys():
        is_same = _placeless(now[key].after) == _placeless(then[key].after)
        if not is_same or _was_placed_anew(now[key], later):
            altered.add(key)
    orders = _orders_touched(session, later)
    altered_orders = orders & _orders_moved_before(session, pending, seen, later, orders)
    for change in pending.changes:
        if change.kind == Kind.MOVED and change.order in orders:
            (altered if change.order in altered_orders else new).add(change.key)
    return Unseen(frozenset(new), frozenset(altered), frozenset(orders), frozenset(altered_orders))


def _revisions_after(session: AnySession, seen: Cursor) -> Revisions:
    newest_first = (
        select(DraftRevision)
        .where(DraftRevision.id > seen.revision_id)
        .order_by(DraftRevision.id.desc())
    )
    found: dict[ItemKey, list[DraftRevision]] = {}
    for revision in session.scalars(newest_first):
        found.setdefault(ItemKey(revision.item_type, revision.item_id), []).append(revision)
    return found


def _by_type(later: Revisions) -> Iterator[tuple[ItemType, list[ItemKey]]]:
    for name, item_type in ITEM_TYPES.items():
        items = [item for item in later if item.type == name]
        if items:
            yield item_type, items


def _changes_then(session: AnySession, later: Revisions) -> Iterator[Change]:
    """What was pending of these items before their revisions, moves apart."""
    for item_type, items in _by_type(later):
        for pair in read_pairs(
            session, item_type, dict.fromkeys((item.id for item in items), False)
        ):
            then = _state_then(session, item_type, pair, later[pair.item])
            before = {pair.item: pair.live} if pair.live else {}
            after = {pair.item: then} if then else {}
            yield from list_changes([pair.item], before, after, ())


def _state_then(
    session: AnySession, item_type: ItemType, pair: Pair, later: Sequence[DraftRevision]
) -> ItemState | None:
    """The draft before these revisions; None where it was not there, or to be removed."""
    draft = get_item(session, pair.item)
    was_there = not draft.is_removed
    for revision in later:
        if revision.action in ("added", "removed", "kept"):
            was_there = revision.action == "removed"
    if not was_there:
        return None
    values = take_back(draft.values, later)
    is_field = item_type.group in item_type.fields
    group = getattr(values if is_field else draft, item_type.group) if item_type.group else ""
    return ItemState(pair.item, values, group)


def _placeless(state: ItemState | None) -> ItemState | None:
    return state and state._replace(position=0)


def _was_placed_anew(change: Change, later: Revisions) -> bool:
    return change.places and any(r.action == "moved" for r in later[change.item])


def _orders_touched(session: AnySession, later: Revisions) -> set[Order]:
    """The orders in which these revisions moved, removed or kept something, or from which they took
    it: whatever decides what stands in front of what, or which moves explain it."""
    orders: set[Order] = set()
    for item_type, items in _by_type(later):
        for item in items if item_type.is_ordered else ():
            for revision in later[item]:
                if revision.action in ("moved", "removed", "kept"):
                    group = getattr(get_item(session, item), item_type.group)
                    orders.add((item.type, group))
                elif came_from := revision.old.get(item_type.group):
                    orders.add((item.type, came_from))
    return orders


def _orders_moved_before(
    session: AnySession,
    pending: Pending,
    seen: Cursor,
    later: Revisions,
    orders: Iterable[Order],
) -> set[Order]:
    """Those of the types of these orders in which something moved may have been pending."""
    found: set[Order] = set()
    left_out = [read_key(key) for key in pending.live.left_out]
    for type in {type for type, _group in orders}:
        item_type, draft = ITEM_TYPES[type], ITEM_TYPES[type].draft
        ids = [item.id for item, kind in left_out if item.type == type and kind == Kind.MOVED]
        moved = select(DraftRevision.item_id).where(
            DraftRevision.item_type == type,
            DraftRevision.id.between(pending.live.revision_id + 1, seen.revision_id),
            DraftRevision.old["position"].as_string().is_not(None),
        )
        drafts = select(draft.id, group_column(item_type, draft))
        for id, group in session.execute(drafts.where(or_(draft.id.in_(moved), draft.id.in_(ids)))):
            came_from = (r.old.get(item_type.group) for r in later.get(ItemKey(type, id), ()))
            found |= {(type, each) for each in (group, *came_from) if each}
    return found
