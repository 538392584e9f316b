"""Making the drafts equal to something else: discard and restore.

Every step has its revision; a batch ties together those of one action.
"""

from collections.abc import Collection

from domain.catalogue.changes.diff import ItemKey, Kind, States, kept_in_order, key_of, orders
from domain.catalogue.changes.subset import apply_subset
from domain.catalogue.drafts.batch_writes import DraftWrites
from domain.catalogue.drafts.ordering import After, Place
from domain.catalogue.errors import NothingToDiscard, StaleReview
from domain.catalogue.item_types import ITEM_TYPES
from domain.catalogue.pending.pending import Cursor, Pending, pending_changes
from domain.catalogue.pending.planning import Work, read_cursor
from domain.catalogue.pending.seen import find_unseen_since, read_token
from domain.catalogue.releases.history import (
    drafted_items,
    get_release,
    live_items,
    released_items,
)
from domain.catalogue.undo.batches import plan_batch
from domain.database import AnySession


def plan_discard(
    session: AnySession, token: str, *, author: str, keys: Collection[str] | None = None
) -> Work[int]:
    """How to throw pending changes away: those with these keys, or all of them; returns the id of
    the batch.

    `token` names the pending changes that the author saw.
    """
    pending = pending_changes(session)
    seen = _seen_keys(session, pending, token)
    every = {change.key for change in pending.changes}
    going = every if keys is None else set(keys)
    if not going <= seen:
        raise StaleReview
    live, drafted = live_items(session), drafted_items(session)
    target = apply_subset(live, drafted, pending.changes, every - going)
    return plan_batch(_rewrite(session, drafted, target, author), "discard", author)


def plan_discard_field(
    session: AnySession, token: str, item: ItemKey, field: str, *, author: str
) -> Work[int]:
    """How to give one field of an edit the value that is live, and with it those decided together;
    `token` names the edit as the author saw it."""
    pending, key = pending_changes(session), key_of(item, Kind.EDITED)
    live = next((change.before for change in pending.changes if change.key == key), None)
    if live is None:
        raise NothingToDiscard
    if key not in _seen_keys(session, pending, token):
        raise StaleReview
    writes = DraftWrites(session, [item], author=author)
    together = ITEM_TYPES[item.type].decided_with(field)
    then = {name: getattr(live.values, name) for name in together}
    writes.edit(item, writes.drafts[item].values._replace(**then))
    return plan_batch(writes, "discard", author)


def plan_restore(session: AnySession, number: int, token: str, *, author: str) -> Work[int]:
    """How to make the drafts equal to release `number`; `token` says which drafts the author
    saw."""
    get_release(session, number)
    seen = Cursor.read(token)
    if seen is None or seen.revision_id != read_cursor(session).revision_id:
        raise StaleReview
    drafted, target = drafted_items(session), released_items(session, number)
    return plan_batch(_rewrite(session, drafted, target, author), "restore", author, number)


def _seen_keys(session: AnySession, pending: Pending, token: str) -> set[str]:
    """The keys of the changes that are as whoever holds the token saw them."""
    unseen = find_unseen_since(session, pending, read_token(session, pending, token))
    return {change.key for change in pending.changes} - unseen.keys


def _rewrite(session: AnySession, drafted: States, target: States, author: str) -> DraftWrites:
    """What makes the drafts `target`, with as few writes as that takes."""
    differ = [i for i in {**drafted, **target} if drafted.get(i) != target.get(i)]
    touched = {(i.type, target[i].group) for i in differ if i in target}
    # The fewest moves may name others of the same order.
    others = {i for i, state in target.items() if (i.type, state.group) in touched}
    writes = DraftWrites(session, {*differ, *others}, author=author)
    for item in differ:
        if item not in target:
            writes.remove(item)
        elif item not in drafted:
            writes.keep(item)
    for item in differ:
        if item in target:
            writes.edit(item, target[item].values)
    _reorder(writes, target, touched)
    return writes


def _reorder(writes: DraftWrites, target: States, touched: Collection[tuple[str, str]]) -> None:
    for (type, group), wanted in orders(target).items():
        if (type, group) in touched:
            kept = kept_in_order(writes.order(type, group).ids(), wanted)
            for place, id in enumerate(wanted):
                if id not in kept:
                    writes.move(ItemKey(type, id), After(wanted[place - 1]) if place else Place(1))
